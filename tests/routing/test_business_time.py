"""Business time against an oracle that looks at every minute, over zones, holidays, midnights and summer time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.routing.promising.business import HORIZON, moment_after, open_time
from apps.routing.promising.running import Run

MINUTE = timedelta(minutes=1)
ZONES = ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
Stretch = tuple[time, time]


class Week:
    """Open hours as a test writes them; midnight as an end is that of the same day."""

    def __init__(
        self, zone: str, week: dict[int, list[Stretch]], special: dict[date, list[Stretch]] | None = None
    ) -> None:
        self.zone = ZoneInfo(zone)
        self.week, self.special = week, special or {}

    def stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in sorted(self.special.get(day, self.week.get(day.weekday(), []))):
            ends = datetime.combine(day + timedelta(days=closes == time(0)), closes, self.zone)
            yield datetime.combine(day, opens, self.zone), ends

    def is_open(self, at: datetime) -> bool:
        return any(opens <= at < closes for opens, closes in self.stretches(at.astimezone(self.zone).date()))


def minutes(week: Week, since: datetime, until: datetime) -> int:
    """The oracle: how many of the minutes between begin while it is open."""
    count, at = 0, since
    while at < until:
        count += week.is_open(at)
        at += MINUTE
    return count


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    """Up to three stretches of a day on whole minutes; they may touch and overlap."""
    found = []
    for _each in range(draw(st.integers(0, 3))):
        begins = draw(st.integers(0, 24 * 60 - 1))
        ends = draw(st.integers(begins + 1, 24 * 60))
        found.append((time(begins // 60, begins % 60), time(ends // 60 % 24, ends % 60)))
    return found


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    week = {day: draw(stretches()) for day in range(7)}
    days = st.dates(date(2026, 10, 20), date(2026, 11, 5)) | st.dates(date(2026, 3, 5), date(2026, 4, 8))
    return Week(draw(st.sampled_from(ZONES)), week, draw(st.dictionaries(days, stretches(), max_size=3)))


# Weeks in which clocks are changed in Berlin, New York and on Lord Howe.
BEGINNINGS = st.sampled_from(
    [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]
)


@settings(max_examples=150, deadline=None)
@given(weeks(), BEGINNINGS, st.integers(0, 3000), st.integers(0, 4000))
def test_open_time_is_the_number_of_open_minutes(
    week: Week, day: datetime, skipped: int, length: int
) -> None:
    since = day + skipped * MINUTE
    until = since + length * MINUTE
    assert open_time(week, since, until) == minutes(week, since, until) * MINUTE


@settings(max_examples=150, deadline=None)
@given(weeks(), BEGINNINGS, st.integers(0, 3000), st.integers(1, 2000))
def test_the_moment_due_is_the_first_by_which_so_many_minutes_were_open(
    week: Week, day: datetime, skipped: int, needed: int
) -> None:
    since = day + skipped * MINUTE
    due = moment_after(week, since, needed * MINUTE)
    if due - since > timedelta(days=5):
        assert minutes(week, since, since + timedelta(days=5)) < needed
        return
    assert minutes(week, since, due) == needed
    assert minutes(week, since, due - MINUTE) == needed - 1


@settings(max_examples=100, deadline=None)
@given(weeks(), BEGINNINGS, st.lists(st.integers(1, 600), min_size=1, max_size=6))
def test_a_clock_that_stands_still_now_and_then_runs_only_between(
    week: Week, day: datetime, lengths: list[int]
) -> None:
    moments = [day]
    for length in lengths:
        moments.append(moments[-1] + length * MINUTE)
    run, expected = Run(seconds=10**9), 0
    for number, (begins, ends) in enumerate(pairwise(moments)):
        run = run.resumed(begins) if number % 2 == 0 else run.paused(begins, week)
        expected += minutes(week, begins, ends) if number % 2 == 0 else 0
    assert run.spent_at(moments[-1], week) == expected * 60


MOSCOW_DAYS = Week("Europe/Moscow", {day: [(time(9), time(18))] for day in range(5)})
FRIDAY_EVENING = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)  # 17:50 in Moscow


def test_ten_minutes_before_closing_are_ten_and_the_rest_comes_on_monday() -> None:
    assert moment_after(MOSCOW_DAYS, FRIDAY_EVENING, timedelta(minutes=15)) == datetime(
        2026, 11, 23, 6, 5, tzinfo=UTC
    )


def test_what_is_due_at_the_closing_minute_is_due_then_and_not_at_the_next_opening() -> None:
    assert moment_after(MOSCOW_DAYS, FRIDAY_EVENING, timedelta(minutes=10)) == datetime(
        2026, 11, 20, 15, 0, tzinfo=UTC
    )


def test_round_the_clock_every_minute_counts() -> None:
    night = datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert open_time(None, FRIDAY_EVENING, night) == night - FRIDAY_EVENING
    assert moment_after(None, FRIDAY_EVENING, timedelta(hours=5)) == FRIDAY_EVENING + timedelta(hours=5)


def test_a_holiday_does_not_count_and_a_short_day_counts_short() -> None:
    special = {date(2026, 11, 23): [], date(2026, 11, 24): [(time(9), time(10))]}
    week = Week("Europe/Moscow", MOSCOW_DAYS.week, special)
    assert moment_after(week, FRIDAY_EVENING, timedelta(minutes=80)) == datetime(
        2026, 11, 25, 6, 10, tzinfo=UTC
    )


def test_a_night_over_the_change_of_clocks_lasts_what_it_lasts() -> None:
    """Berlin, 25 October 2026: from 0:00 to 6:00 on the wall are seven hours."""
    week = Week("Europe/Berlin", {6: [(time(0), time(6))]})
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert open_time(week, midnight, midnight + timedelta(days=1)) == timedelta(hours=7)


def test_what_a_line_that_never_opens_owes_is_due_at_the_horizon() -> None:
    never = Week("Europe/Moscow", {})
    assert moment_after(never, FRIDAY_EVENING, MINUTE) == FRIDAY_EVENING + HORIZON
    assert open_time(never, FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=9)) == timedelta()


def test_what_has_run_stays_run_when_the_hours_change_while_it_stands_still() -> None:
    run = (
        Run(seconds=3600).resumed(FRIDAY_EVENING - timedelta(minutes=30)).paused(FRIDAY_EVENING, MOSCOW_DAYS)
    )
    assert run.spent == 1800
    assert run.due(MOSCOW_DAYS) is None
    assert run.resumed(FRIDAY_EVENING).due(None) == FRIDAY_EVENING + timedelta(minutes=30)


@pytest.mark.parametrize(("percent", "minute"), [(50, 30), (80, 48), (99, 59.4)])
def test_a_warning_comes_when_its_share_has_run(percent: int, minute: float) -> None:
    run = Run(seconds=3600).resumed(FRIDAY_EVENING)
    assert run.warning(percent, None) == FRIDAY_EVENING + timedelta(minutes=minute)
    assert run.warning(None, None) is None
