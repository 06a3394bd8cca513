"""Who is at work, shifts and working rules in the back office."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.core.models import Event, User
from apps.operators.models import BreakReason, Operator, Presence, Queue, Shift, WeeklyShift, WorkSetting
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db

LIST = "/admin/operators/presence/"


@pytest.fixture
def line() -> Queue:
    return organisation.line("Своя")


@pytest.fixture
def boss(line: Queue) -> User:
    return roles.staff("supervisor", lines=(line,))


@pytest.fixture
def client(boss: User) -> Client:
    return roles.browser(boss)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,))


@pytest.fixture
def stranger() -> Operator:
    return people.operator("Чужой", lines=(organisation.line("Чужая"),))


@pytest.fixture
def lunch() -> BreakReason:
    return BreakReason.objects.create(name_ru="Обед", minutes=30)


def send(client: Client, action: str, *who: Operator, **values: object) -> object:
    chosen = {"action": action, "_selected_action": [each.pk for each in who]}
    return client.post(LIST, {**chosen, **values}, follow=True)


def at_work(who: Operator) -> Presence:
    return Presence.objects.get(operator=who)


# --- sending somebody away ------------------------------------------------------------------------------


def test_sending_asks_first_and_says_what_becomes_of_the_conversations(
    client: Client, anna: Operator, lunch: BreakReason
) -> None:
    page = send(client, "send_home", anna).content.decode()
    assert "Анна" in page
    assert "confirmed" in page
    assert at_work(anna).state == "online"


def test_a_supervisor_sends_members_of_his_lines_and_the_log_names_him(
    client: Client, boss: User, anna: Operator, lunch: BreakReason
) -> None:
    send(client, "send_on_a_break", anna, confirmed="yes", reason=lunch.pk)
    row = at_work(anna)
    assert (row.state, row.reason_id, row.cause, row.sent_by_id) == ("break", lunch.pk, "sent", boss.pk)
    event = Event.objects.filter(kind="presence.changed").last()
    assert event is not None
    assert (event.actor_kind, event.actor_id, event.subject_id) == ("staff", boss.pk, anna.pk)


def test_a_break_without_a_reason_is_asked_for_again(client: Client, anna: Operator) -> None:
    send(client, "send_on_a_break", anna, confirmed="yes", reason="")
    assert at_work(anna).state == "online"
    send(client, "send_home", anna, confirmed="yes", reason="")
    assert (at_work(anna).state, at_work(anna).cause) == ("offline", "sent")


def test_nobody_sends_operators_of_other_lines(
    client: Client, stranger: Operator, lunch: BreakReason
) -> None:
    for action in ("send_on_a_break", "send_home"):
        send(client, action, stranger, confirmed="yes", reason=lunch.pk)
    assert at_work(stranger).state == "online"
    assert "Чужой" not in client.get(LIST).content.decode()


def test_who_may_only_look_sends_nobody(anna: Operator, lunch: BreakReason) -> None:
    auditor = roles.browser(roles.staff("auditor"))
    send(auditor, "send_home", anna, confirmed="yes")
    assert at_work(anna).state == "online"


# --- what the list tells --------------------------------------------------------------------------------


def test_a_break_longer_than_it_takes_shows_its_overtime(
    client: Client, anna: Operator, lunch: BreakReason
) -> None:
    since = clock.now() - timedelta(minutes=42)
    Presence.objects.filter(operator=anna).update(state="break", reason=lunch, since=since)
    assert "42 of 30" in page(client)
    lunch.minutes = 60
    lunch.save()
    assert "of 60" not in page(client)
    lunch.minutes = None
    lunch.save()
    assert "42 of" not in page(client)


def page(client: Client) -> str:
    return client.get(LIST, headers={"accept-language": "en"}).content.decode()


def english(boss: User) -> None:
    User.objects.filter(pk=boss.pk).update(language="en")


@pytest.fixture(autouse=True)
def _english(boss: User) -> None:
    english(boss)


@pytest.mark.parametrize(("allowed", "late"), [(5, True), (720, False)])
def test_who_is_late_for_his_shift_is_seen(client: Client, anna: Operator, allowed: int, late: bool) -> None:
    WorkSetting.objects.create(pk=1, late_minutes=allowed)
    Presence.objects.filter(operator=anna).update(state="offline", since=clock.now() - timedelta(days=2))
    begins = clock.now() - timedelta(minutes=20)
    User.objects.filter(pk=anna.pk).update(time_zone="UTC")
    for number in range(2):  # whichever side of midnight the test runs
        day = (begins + timedelta(days=number)).date()
        Shift.objects.create(operator=anna, date=day, begins=begins.time(), ends=begins.time())
    assert ("late by" in page(client)) is late


def test_the_list_asks_as_much_for_many_with_shifts_as_for_few(
    client: Client, line: Queue, django_assert_max_num_queries: object
) -> None:
    def fill(number: int) -> None:
        for _each in range(number):
            WeeklyShift.objects.create(
                operator=people.operator(lines=(line,)), weekday=1, begins=time(9), ends=time(18)
            )

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fill(2)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    fill(15)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few)


# --- shifts ---------------------------------------------------------------------------------------------


def test_shifts_are_given_to_members_of_ones_own_lines_only(
    client: Client, anna: Operator, stranger: Operator
) -> None:
    form = {"date": "2026-11-20", "begins": "09:00", "ends": "18:00", "note": ""}
    for who in (anna, stranger):
        client.post(reverse("admin:operators_shift_add"), {**form, "operator": who.pk})
        client.post(
            reverse("admin:operators_weeklyshift_add"),
            {"operator": who.pk, "weekday": 0, "begins": "22:00", "ends": "06:00"},
        )
    assert list(Shift.objects.values_list("operator", flat=True)) == [anna.pk]
    assert list(WeeklyShift.objects.values_list("operator", flat=True)) == [anna.pk]


def upload(client: Client, text: str) -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = SimpleUploadedFile("shifts.csv", text.encode(), "text/csv")
    return client.post(reverse("admin:operators_shift_import"), {"format": "0", "import_file": sent})


def confirm(client: Client, looked_at: object) -> None:
    form = looked_at.context["confirm_form"]
    client.post(reverse("admin:operators_shift_process_import"), form.initial)


def test_shifts_come_from_a_file_after_a_look(client: Client, anna: Operator) -> None:
    Shift.objects.create(operator=anna, date=date(2026, 11, 23), begins=time(9), ends=time(18))
    name = anna.user.username
    looked_at = upload(
        client,
        f"operator,date,from,to,note\n{name},2026-11-23,09:00,17:00,короче\n{name},2026-11-24,,,отпуск\n",
    )
    assert Shift.objects.count() == 1
    confirm(client, looked_at)
    found = Shift.objects.order_by("date").values_list("date", "begins", "ends", "note")
    assert list(found) == [
        (date(2026, 11, 23), time(9), time(17), "короче"),
        (date(2026, 11, 24), None, None, "отпуск"),
    ]


@pytest.mark.parametrize("row", ["{stranger},2026-11-23,09:00,18:00,", "{anna},2026-11-23,09:00,,"])
def test_a_file_with_somebody_elses_operator_or_half_a_shift_is_refused(
    client: Client, anna: Operator, stranger: Operator, row: str
) -> None:
    names = {"anna": anna.user.username, "stranger": stranger.user.username}
    looked_at = upload(client, "operator,date,from,to,note\n" + row.format(**names))
    assert looked_at.context["result"].has_errors() or looked_at.context["result"].has_validation_errors()
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [
        *(("0001-01-01", False), ("1999-12-31", False), ("2000-01-01", True)),
        *(("2099-12-31", True), ("2100-01-01", False), ("9999-12-31", False)),
    ],
)
def test_a_file_brings_shifts_of_no_other_age(
    client: Client, anna: Operator, day: str, is_taken: bool
) -> None:
    looked_at = upload(client, f"operator,date,from,to,note\n{anna.user.username},{day},09:00,18:00,\n")
    assert ("between the years 2000 and 2100" in looked_at.content.decode()) != is_taken
    if is_taken:
        confirm(client, looked_at)
    assert [shift.date.isoformat() for shift in Shift.objects.all()] == [day] * is_taken


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-13-01,09:00,18:00,", "“2026-13-01” is no date. Write it as 2026-11-25."),
        ("2026-11-23,nine,18:00,", "“nine” is no time. Write it as 09:00."),
    ],
)
def test_what_is_no_date_or_time_is_named_with_how_to_write_it(
    client: Client, anna: Operator, row: str, said: str
) -> None:
    looked_at = upload(client, f"operator,date,from,to,note\n{anna.user.username},{row}\n")
    assert said in looked_at.content.decode()
    assert not Shift.objects.exists()


def test_several_shifts_become_one_day_off(client: Client, anna: Operator) -> None:
    rows = [
        Shift.objects.create(operator=anna, date=date(2026, 11, 23), begins=time(at), ends=time(at + 4))
        for at in (8, 14)
    ]
    client.post(
        reverse("admin:operators_shift_changelist"),
        {"action": "make_days_off", "_selected_action": [row.pk for row in rows]},
    )
    assert list(Shift.objects.values_list("date", "begins", "ends")) == [(date(2026, 11, 23), None, None)]


def test_supervisors_read_the_working_rules_and_administrators_change_them(client: Client) -> None:
    assert client.get("/admin/operators/worksetting/", follow=True).status_code == 200
    form = {"away_minutes": 10, "early_minutes": 0, "ending_minutes": 0, "last_minutes": 0}
    form |= {"missed_offers": 0, "late_minutes": 0}
    address = reverse("admin:operators_worksetting_change", args=[1])
    assert client.post(address, form).status_code == 403
    administrator = roles.browser(roles.staff("administrator"))
    assert administrator.post(address, {**form, "away_minutes": 2}).status_code == 200
    assert WorkSetting.current().away_minutes == 0
    assert administrator.post(address, form).status_code == 302
    assert WorkSetting.current().away_minutes == 10


@pytest.mark.parametrize("page", ["operators_worksetting", "routing_rulessetting", "routing_lookupsetting"])
def test_what_is_one_for_the_house_is_written_only_by_who_has_all_lines(
    client: Client, boss: User, page: str
) -> None:
    boss.user_permissions.set(Permission.objects.filter(codename__endswith=page.split("_")[1]))
    assert client.get(reverse(f"admin:{page}_changelist"), follow=True).status_code == 200
    assert client.post(reverse(f"admin:{page}_change", args=[1]), {}).status_code == 403


def test_weights_of_channel_kinds_are_made_only_by_who_has_all_lines(client: Client, boss: User) -> None:
    boss.user_permissions.set(Permission.objects.filter(codename__endswith="_kindweight"))
    assert client.get(reverse("admin:routing_kindweight_changelist")).status_code == 200
    weight = {"kind": "web", "units": "2"}
    assert client.post(reverse("admin:routing_kindweight_add"), weight).status_code == 403
