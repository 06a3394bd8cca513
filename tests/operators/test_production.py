"""The production calendar: what the file says, what it does to hours, and that taking it twice changes nothing."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.core.actors import SYSTEM
from apps.core.errors import Invalid
from apps.core.models import Event
from apps.operators.calendar import Hours, closes_within
from apps.operators.models import Calendar, CalendarException, CalendarInterval, ProductionDay
from apps.operators.services import production
from tests.factories import organisation, roles
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

PAGE = "/admin/operators/productionday/import/"
HEAD = "date,kind,hours_of,note\n"


def office(*, follows: bool = True, saturday: bool = False) -> Calendar:
    """Weekdays 9 to 18 in Moscow."""
    found = Calendar.objects.create(name="Office", follows_production=follows)
    for weekday in range(6 if saturday else 5):
        opens, closes = ("10:00", "14:00") if weekday == 5 else ("09:00", "18:00")
        CalendarInterval.objects.create(calendar=found, weekday=weekday, opens=opens, closes=closes)
    return Calendar.objects.get(pk=found.pk)


def hours_on(calendar: Calendar, day: str) -> str:
    return Hours(calendar).text(date.fromisoformat(day))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Moscow"))


def last(words: str) -> str:
    """The reason at the end of what a day is."""
    return words.split(" · ")[-1]


def keep(text: str) -> production.Difference:
    return production.take_over(production.read(HEAD + text), actor=SYSTEM, now=NOW)


# --- the file that came with the product --------------------------------------------------------------------


def test_the_shipped_year_2026_has_the_official_number_of_working_days() -> None:
    production.take_over(production.read(production.shipped()), actor=SYSTEM, now=NOW)
    hours = Hours(office())
    days = [
        date.fromordinal(number)
        for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    ]
    texts = [hours.text(day) for day in days]
    assert (texts.count("09:00–18:00"), texts.count("09:00–17:00"), texts.count("")) == (243, 4, 118)


def test_the_shipped_file_says_what_is_not_decided_about_2027() -> None:
    assert "2027: only what article 112 says by itself" in production.shipped()
    assert not any(day.date == date(2027, 11, 5) for day in production.read(production.shipped()))


def test_taking_the_file_over_twice_changes_nothing() -> None:
    days = production.read(production.shipped())
    office()
    organisation.line(calendar=Calendar.objects.get())
    first = production.take_over(days, actor=SYSTEM, now=NOW)
    told = Event.objects.filter(kind="queue.changed").count()
    second = production.take_over(days, actor=SYSTEM, now=NOW)
    assert (len(first.new), first.same, told) == (len(days), 0, 1)
    assert (second.is_empty, second.same) == (True, len(days))
    assert Event.objects.filter(kind="queue.changed").count() == 1
    assert production.read(production.written(ProductionDay.objects.all())) == days


# --- what it does to hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("follows", "expected"), [(True, ""), (False, "09:00–18:00")])
def test_only_a_calendar_that_follows_is_closed_on_a_holiday(follows: bool, expected: str) -> None:
    keep("2026-11-04,off,,Unity")
    assert hours_on(office(follows=follows), "2026-11-04") == expected


def test_a_special_day_of_the_calendar_stands_above_the_holiday() -> None:
    keep("2026-11-04,off,,Unity")
    calendar = office()
    CalendarException.objects.create(calendar=calendar, date="2026-11-04", opens="10:00", closes="12:00")
    assert hours_on(Calendar.objects.get(), "2026-11-04") == "10:00–12:00"


def test_a_day_before_a_holiday_ends_an_hour_earlier() -> None:
    keep("2026-11-03,short,,")
    calendar = office()
    assert hours_on(calendar, "2026-11-03") == "09:00–17:00"
    assert hours_on(calendar, "2026-11-02") == "09:00–18:00"


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [("00:00", "00:00", "00:00–23:00"), ("17:00", "18:00", ""), ("22:00", "00:00", "22:00–23:00")],
)
def test_an_hour_less_of_a_day_to_midnight_and_of_an_hour(opens: str, closes: str, expected: str) -> None:
    keep("2026-11-03,short,,")
    calendar = Calendar.objects.create(name="Odd", follows_production=True)
    CalendarInterval.objects.create(calendar=calendar, weekday=1, opens=opens, closes=closes)
    assert hours_on(Calendar.objects.get(), "2026-11-03") == expected


def test_a_working_saturday_keeps_the_hours_of_the_day_it_is_worked_for() -> None:
    keep("2027-02-20,working,mon,Moved to 22 February\n2027-02-22,off,,")
    assert hours_on(office(), "2027-02-20") == "09:00–18:00"


def test_a_working_saturday_of_an_office_that_works_on_saturdays_keeps_its_own_hours() -> None:
    keep("2027-02-20,working,,")
    assert hours_on(office(saturday=True), "2027-02-20") == "10:00–14:00"


# --- the end of the day, and open time ----------------------------------------------------------------------


def test_the_end_of_open_hours_is_found_over_midnight() -> None:
    calendar = Calendar.objects.create(name="Night")
    CalendarInterval.objects.create(calendar=calendar, weekday=0, opens="20:00", closes="00:00")
    CalendarInterval.objects.create(calendar=calendar, weekday=1, opens="00:00", closes="06:00")
    hours = Hours(Calendar.objects.get())
    assert hours.closing(at("2026-11-16T21:00:00")) == at("2026-11-17T06:00:00")
    assert hours.closing(at("2026-11-17T06:00:00")) is None


def test_round_the_clock_never_closes() -> None:
    calendar = Calendar.objects.create(name="Always")
    for weekday in range(7):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens="00:00", closes="00:00")
    found = Calendar.objects.get()
    assert Hours(found).closing(NOW) is None
    assert not closes_within(found, NOW, minutes=240)


def test_open_time_leaves_out_nights_weekends_and_holidays() -> None:
    keep("2026-11-04,off,,Unity")
    hours = Hours(office())
    spent = hours.open_time(at("2026-11-03T17:30:00"), at("2026-11-05T09:10:00"))
    assert spent.total_seconds() == 40 * 60
    assert hours.open_time(at("2026-11-07T10:00:00"), at("2026-11-08T10:00:00")).total_seconds() == 0


def test_an_hour_that_summer_time_takes_away_is_not_counted() -> None:
    calendar = Calendar.objects.create(name="Berlin", time_zone="Europe/Berlin")
    CalendarInterval.objects.create(calendar=calendar, weekday=6, opens="00:00", closes="06:00")
    berlin = ZoneInfo("Europe/Berlin")
    hours = Hours(Calendar.objects.get())
    spent = hours.open_time(datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 29, 6, tzinfo=berlin))
    assert spent.total_seconds() == 5 * 3600


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,kind\n", "The first row"),
        ("", "The first row"),
        (HEAD + "2026-13-01,off,,", "Line 2: a date"),
        (HEAD + "0001-01-01,off,,", "Line 2: a date"),
        (HEAD + "2026-01-01,holiday,,", "Line 2: a day is"),
        (HEAD + "2026-01-01,off,mon,", "Line 2: hours of"),
        (HEAD + "2026-01-01,working,monday,", "Line 2: hours of"),
        (HEAD + "2026-01-01,off,", "Line 2 has not four"),
        (HEAD + "2026-01-01,off,,\n2026-01-01,short,,", "2026-01-01 stands there twice"),
        (HEAD + "2026-01-01,off,,\n" * 2000, "more than 2000"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, words: str) -> None:
    with translation.override("en"), pytest.raises(Invalid, match=words):
        production.read(text)


def test_a_file_says_all_of_its_years_and_nothing_of_others() -> None:
    keep("2026-11-04,off,,\n2027-11-04,off,,")
    difference = keep("2026-06-12,off,,\n")
    assert [day.date for day in difference.gone] == [date(2026, 11, 4)]
    assert [str(row) for row in ProductionDay.objects.all()] == ["2026-06-12", "2027-11-04"]


def test_a_day_off_with_hours_cannot_be_kept() -> None:
    with pytest.raises(IntegrityError, match="production_day_off_has_no_hours"), transaction.atomic():
        ProductionDay.objects.create(date="2026-01-01", kind="off", hours_of=0)


# --- the page -----------------------------------------------------------------------------------------------


def test_the_page_shows_what_would_change_and_changes_nothing_until_it_is_confirmed() -> None:
    client = roles.browser(roles.staff("administrator"))
    keep("2026-11-04,short,,Wrong\n2026-11-05,off,,Gone")
    file = SimpleUploadedFile("year.csv", (HEAD + "2026-11-04,off,,Unity\n2026-06-12,off,,Russia\n").encode())
    looked = client.post(PAGE, {"file": file})
    rows = [(f"{row['date']}", last(row["before"]), last(row["after"])) for row in looked.context["rows"]]
    assert rows == [
        ("2026-06-12", "", "Russia"),
        ("2026-11-04", "Wrong", "Unity"),
        ("2026-11-05", "Gone", ""),
    ]
    assert ProductionDay.objects.get(date="2026-11-04").kind == "short"
    client.post(PAGE, {"days": looked.context["kept"].initial["days"]})
    assert [(str(day), day.kind) for day in ProductionDay.objects.all()] == [
        ("2026-06-12", "off"),
        ("2026-11-04", "off"),
    ]


def test_without_a_file_the_shipped_one_is_looked_at_and_the_second_time_it_changes_nothing() -> None:
    client = roles.browser(roles.staff("administrator"))
    first = client.post(PAGE, {})
    client.post(PAGE, {"days": first.context["kept"].initial["days"]})
    assert ProductionDay.objects.filter(date__year=2026).count() == 22
    second = client.post(PAGE, {})
    assert second.context["rows"] == []


def test_what_was_kept_is_a_file_that_brings_it_back() -> None:
    client = roles.browser(roles.staff("administrator"))
    client.post(PAGE, {"days": HEAD + '2026-11-04,off,,"Праздник, ""День"""\n2026-12-31,short,fri,=1\n'})
    before = production.read(client.get("/admin/operators/productionday/export/").content.decode())
    looked = client.post(PAGE, {"file": SimpleUploadedFile("x.csv", f"{HEAD}2026-11-05,off,,".encode())})
    assert "/admin/operators/productionday/export/" in looked.content.decode()
    client.post(PAGE, {"days": looked.context["kept"].initial["days"]})
    assert [str(day.date) for day in ProductionDay.objects.all()] == ["2026-11-05"]
    client.post(PAGE, {"days": production.written(before)})
    kept = ProductionDay.objects.order_by("date").values_list("date", "kind", "hours_of", "note")
    assert list(kept) == [
        (date(2026, 11, 4), "off", None, 'Праздник, "День"'),
        (date(2026, 12, 31), "short", 4, "=1"),
    ]


def test_a_file_that_a_russian_spreadsheet_saved_is_read() -> None:
    [day] = production.read("date;kind;hours_of;note\n20.02.2027;working;mon;Перенос, с 22-го\n")
    assert day == production.Day(date(2027, 2, 20), "working", 0, "Перенос, с 22-го")


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"nonsense", HEAD.encode(), b"date,kind,hours_of,note\n2026-01-01,party,,\n"]
)
def test_a_bad_file_is_explained_on_the_page(body: bytes) -> None:
    client = roles.browser(roles.staff("administrator"))
    answer = client.post(PAGE, {"file": SimpleUploadedFile("x.csv", body)})
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert not ProductionDay.objects.exists()


def test_days_that_were_changed_on_the_way_are_refused() -> None:
    client = roles.browser(roles.staff("administrator"))
    assert client.post(PAGE, {"days": "nonsense"}).status_code == 302
    assert not ProductionDay.objects.exists()


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_who_has_not_all_lines_only_looks(role: str) -> None:
    line = organisation.line()
    client = roles.browser(roles.staff(role, lines=(line,)))
    keep("2026-11-04,off,,")
    assert client.get("/admin/operators/productionday/").status_code == 200
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"days": HEAD}).status_code == 403
    assert ProductionDay.objects.count() == 1


def test_a_changed_day_is_told_to_the_lines_that_follow() -> None:
    client = roles.browser(roles.staff("administrator"))
    line = organisation.line(calendar=office())
    organisation.line(calendar=Calendar.objects.create(name="Own way"))
    answer = client.post(
        "/admin/operators/productionday/add/",
        {"date": "2026-11-04", "kind": "off", "hours_of": "", "note": ""},
    )
    assert answer.status_code == 302
    events = Event.objects.filter(kind="queue.changed").values_list("details", flat=True)
    assert list(events) == [{"queue": line.pk, "fields": ["hours"]}]
