"""Business hours: midnight, summer time, special days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.operators.calendar import Hours, is_open
from apps.operators.models import Calendar, CalendarException, CalendarInterval

WEEK = list[tuple[int, int, int]]


class Days:
    """Rows of a calendar without a database: what ``all()`` would bring."""

    def __init__(self, rows: list[object]) -> None:
        self.rows = rows

    def all(self) -> list[object]:
        return self.rows


class Plain:
    def __init__(self, zone: str, week: WEEK, special: list[CalendarException] | None = None) -> None:
        self.time_zone, self.follows_production = zone, False
        self.intervals = Days(
            [
                CalendarInterval(weekday=day, opens=time(opens), closes=time(closes % 24))
                for day, opens, closes in week
            ]
        )
        self.exceptions = Days(list(special or []))


def hours(zone: str, week: WEEK, special: list[CalendarException] | None = None) -> Hours:
    return Hours(Plain(zone, week, special))  # type: ignore[arg-type]  # the same shape without rows


ALL_WEEK_9_18 = [(day, 9, 18) for day in range(7)]


def at(text: str, zone: str = "Europe/Moscow") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "open_"),
    [("08:59:59", False), ("09:00:00", True), ("17:59:59", True), ("18:00:00", False)],
)
def test_the_first_minute_is_open_and_the_closing_one_is_closed(moment: str, open_: bool) -> None:
    assert hours("Europe/Moscow", ALL_WEEK_9_18).is_open(at(f"2026-11-20T{moment}")) is open_


def test_the_lines_own_zone_decides() -> None:
    moscow, vladivostok = (hours(z, ALL_WEEK_9_18) for z in ("Europe/Moscow", "Asia/Vladivostok"))
    moment = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert moscow.is_open(moment)
    assert vladivostok.is_open(moment)
    assert not vladivostok.is_open(moment + timedelta(hours=1))


def test_midnight_as_the_end_is_the_end_of_that_day() -> None:
    late = hours("Europe/Moscow", [(4, 20, 24)])  # Friday 20:00 to midnight
    assert late.is_open(at("2026-11-20T23:59:59"))
    assert not late.is_open(at("2026-11-21T00:00:00"))
    assert late.text(date(2026, 11, 20)) == "20:00–00:00"


def test_two_days_that_meet_at_midnight_leave_no_gap() -> None:
    night = hours("Europe/Moscow", [(4, 20, 24), (5, 0, 6)])
    assert night.is_open(at("2026-11-21T00:00:00"))
    assert not night.is_open(at("2026-11-21T06:00:00"))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_the_day_the_clocks_change_hours_are_those_on_the_wall(day: str) -> None:
    berlin = hours("Europe/Berlin", ALL_WEEK_9_18)
    assert berlin.is_open(at(f"{day}T09:00:00", "Europe/Berlin"))
    assert not berlin.is_open(at(f"{day}T08:59:00", "Europe/Berlin"))
    assert berlin.next_opening(at(f"{day}T00:30:00", "Europe/Berlin")) == at(
        f"{day}T09:00:00", "Europe/Berlin"
    )


def test_a_night_shift_through_the_change_lasts_as_long_as_the_clock_says() -> None:
    night = hours("Europe/Berlin", [(6, 0, 6)])  # Sunday 0:00 to 6:00
    start = at("2026-03-29T00:00:00", "Europe/Berlin").astimezone(UTC)
    assert night.is_open(start + timedelta(hours=4, minutes=59))
    assert not night.is_open(start + timedelta(hours=5))


def test_a_special_day_replaces_the_week() -> None:
    special = [
        CalendarException(date=date(2026, 11, 20)),
        CalendarException(date=date(2026, 11, 21), opens=time(12), closes=time(14)),
    ]
    found = hours("Europe/Moscow", ALL_WEEK_9_18, special)
    assert not found.is_open(at("2026-11-20T12:00:00"))
    assert found.next_opening(at("2026-11-20T12:00:00")) == at("2026-11-21T12:00:00")
    assert (found.text(date(2026, 11, 20)), found.text(date(2026, 11, 21))) == ("", "12:00–14:00")


def test_without_hours_in_sight_there_is_no_next_opening() -> None:
    assert hours("Europe/Moscow", []).next_opening(at("2026-11-20T12:00:00")) is None


def test_a_line_without_a_calendar_is_always_open() -> None:
    assert is_open(None, datetime(2026, 1, 1, tzinfo=UTC))
    assert Calendar().time_zone == "Europe/Moscow"


@given(
    zone=st.sampled_from(
        ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo"]
    ),
    week=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 22), st.integers(1, 24)).filter(
            lambda each: each[1] < each[2]
        ),
        max_size=6,
    ),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_the_next_opening_is_open_later_and_nothing_opens_before_it(
    zone: str, week: WEEK, moment: datetime
) -> None:
    found = hours(zone, week)
    opening = found.next_opening(moment)
    if opening is None:
        assert not week
        return
    assert opening > moment
    assert found.is_open(opening) or opening.hour != opening.astimezone(UTC).astimezone(ZoneInfo(zone)).hour
    if not found.is_open(moment):
        step = (opening - moment) / 5
        assert not any(found.is_open(moment + step * part) for part in range(1, 5))


@pytest.mark.parametrize(("opens", "closes"), [(time(18), time(9)), (time(9), time(9))])
def test_hours_that_end_before_they_begin_are_refused_in_weeks_and_on_special_days(
    opens: time, closes: time
) -> None:
    for row in (
        CalendarInterval(weekday=0, opens=opens, closes=closes),
        CalendarException(date=date(2026, 11, 20), opens=opens, closes=closes),
    ):
        with pytest.raises(ValidationError) as refused:
            row.clean()
        assert list(refused.value.message_dict) == ["closes"]


@pytest.mark.django_db
def test_the_database_keeps_hours_in_order_and_takes_midnight_as_an_end() -> None:
    calendar = Calendar.objects.create(name="Ночь")
    calendar.intervals.create(weekday=0, opens=time(22), closes=time(0))
    calendar.exceptions.create(date=date(2026, 11, 20), opens=time(22), closes=time(0))
    calendar.exceptions.create(date=date(2026, 11, 21))
    with pytest.raises(IntegrityError, match="calendar_interval_in_order"), transaction.atomic():
        calendar.intervals.create(weekday=1, opens=time(18), closes=time(9))
    with pytest.raises(IntegrityError, match="calendar_exception_in_order"), transaction.atomic():
        calendar.exceptions.create(date=date(2026, 11, 22), opens=time(18), closes=time(9))
