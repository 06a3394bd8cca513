"""The forecast of a line and the operators it needs, beside its shifts."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from apps.analytics.models import StaffingTarget
from apps.analytics.staffing import history, planning
from apps.analytics.staffing.chart import chart, scale_of
from apps.analytics.staffing.forecast import forecast, trimmed
from apps.analytics.staffing.planning import Outlook, Quarter, outlook
from apps.conversations.models import Conversation
from apps.core import clock
from apps.operators.models import Calendar, CalendarException, Operator, Queue, Shift, WeeklyShift
from apps.routing.models import Assignment, QueueEntry
from tests.factories import dialogues, organisation, people, roles
from tests.factories.people import NOW

MOSCOW = ZoneInfo("Europe/Moscow")
# NOW is Friday, 20 November 2026, 12:00 in Moscow; the Monday after it:
MONDAY = date(2026, 11, 23)
TEN = 40  # the quarter of an hour from 10:00


# --- without the database -------------------------------------------------------------------------------


def never(_day: date) -> bool:
    return False


def mondays(*counts: int) -> dict[date, dict[int, int]]:
    return {MONDAY - timedelta(weeks=n + 1): {TEN: count} for n, count in enumerate(counts)}


def test_one_odd_day_changes_no_forecast() -> None:
    ordinary = forecast(mondays(10, 12, 11, 9, 10, 11), MONDAY, is_special=never)
    odd = forecast(mondays(10, 12, 11, 9, 10, 400), MONDAY, is_special=never)
    assert ordinary.quarters[TEN].mean == 10.5
    assert odd.quarters[TEN].mean == 10.75
    assert odd.quarters[TEN].spread < 2
    assert trimmed([7, 1, 300]) == [1, 7, 300]


def test_only_days_of_the_same_kind_count() -> None:
    past = mondays(10, 10, 40) | {MONDAY - timedelta(days=1): {TEN: 99}}
    holiday = MONDAY - timedelta(weeks=3)

    def special(day: date) -> bool:
        return day == holiday

    assert forecast(past, MONDAY, is_special=never).quarters[TEN].mean == 20
    assert forecast(past, MONDAY, is_special=special).quarters[TEN].mean == 10


def test_a_special_day_is_forecast_from_special_ones_and_borrows_where_there_are_none() -> None:
    past = mondays(10, 10, 40)
    holiday = MONDAY - timedelta(weeks=3)
    known = forecast(past, MONDAY, is_special=lambda day: day in (holiday, MONDAY))
    assert (known.quarters[TEN].mean, known.days, known.borrowed) == (40, [holiday], False)
    borrowed = forecast(past, MONDAY, is_special=lambda day: day == MONDAY)
    assert (borrowed.quarters[TEN].mean, len(borrowed.days), borrowed.borrowed) == (20, 3, True)


def test_single_customers_of_a_quiet_line_are_no_peaks() -> None:
    """Of four Mondays with six customers each, all within two and a half hours, a level is left and no spike."""
    past = {
        MONDAY - timedelta(weeks=n): {TEN + place: 1 for place in range(n % 2, 12, 2)} for n in range(1, 5)
    }
    found = forecast(past, MONDAY, is_special=never)
    inside = [each.mean for each in found.quarters[TEN : TEN + 12]]
    assert (found.around, found.came, found.is_thin) == (9, 24, True)
    assert sum(inside) == pytest.approx(6, rel=0.05)
    assert max(inside) < 0.6
    assert {each.mean for each in (*found.quarters[:TEN], *found.quarters[TEN + 12 :])} == {0.0}


def test_a_busy_line_is_forecast_by_the_quarter() -> None:
    found = forecast(mondays(12, 12, 12), MONDAY, is_special=never)
    assert (found.around, found.quarters[TEN].mean, found.is_thin) == (1, 12, False)


def test_where_no_day_is_known_nobody_is_expected() -> None:
    found = forecast({}, MONDAY, is_special=never)
    assert ({each.mean for each in found.quarters}, list(found.days)) == ({0.0}, [])


def test_the_drawing_leaves_out_the_night_in_which_nothing_happens() -> None:
    """From nine to six: shown from eight to six, forty quarters wide."""
    midnight = datetime(2026, 11, 23, tzinfo=MOSCOW)
    quarters = [
        Quarter(midnight + n * planning.QUARTER, float(busy), 0.0, int(busy), 1, True)
        for n, busy in ((n, 36 <= n < 72) for n in range(96))
    ]
    idle = [replace(each, scheduled=0) for each in quarters]
    day = planning.Day(MONDAY, idle, forecast({}, MONDAY, is_special=never), False)
    scale = scale_of([day])
    assert (scale.first, scale.last, scale.slot) == (32, 72, 24.0)
    drawn = chart(day, scale)
    assert (len(drawn.arrivals), drawn.arrivals[0].x, drawn.hours[0].text) == (36, "97.5", "8:00")


def test_gaps_that_touch_are_told_as_one() -> None:
    start = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
    quarters = [
        Quarter(start + n * planning.QUARTER, 5, 1, needed, 2, True)
        for n, needed in enumerate([2, 3, 5, 2, 4])
    ]
    day = planning.Day(MONDAY, quarters, forecast({}, MONDAY, is_special=never), False)
    told = [(gap.begins, gap.ends, gap.missing) for gap in day.gaps]
    assert told == [("10:15", "10:45", 3), ("11:00", "11:15", 2)]


# --- from rows ------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Queue:
    return organisation.line("Поддержка")


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,))


@pytest.fixture
def some(line: Queue, anna: Operator) -> Conversation:
    """A conversation to which the past is pinned; its own stay is of no account."""
    found = dialogues.conversation(line=line, holder=anna)
    Assignment.objects.all().delete()
    QueueEntry.objects.all().delete()
    return found


def came(
    some: Conversation,
    line: Queue,
    at: datetime,
    times: int = 1,
    *,
    reason: str = "placed",
    left: str = "assigned",
    wait: int = 30,
) -> None:
    QueueEntry.objects.bulk_create(
        QueueEntry(
            conversation=some,
            queue=line,
            reason=reason,
            entered_at=at,
            waiting_since=at,
            stage="left",
            left_at=at + timedelta(seconds=wait),
            left_reason=left,
        )
        for _number in range(times)
    )


def handled(some: Conversation, line: Queue, anna: Operator, at: datetime, seconds: int) -> None:
    Assignment.objects.create(
        conversation=some,
        operator=anna.user,
        queue=line,
        reason="accepted",
        kind="web",
        started_at=at,
        accepted_at=at,
        ended_at=at + timedelta(seconds=seconds),
        end_reason="closed",
    )


def moscow(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), MOSCOW)


def arrivals(line: Queue, weeks: int = 4) -> dict[date, dict[int, int]]:
    return history.arrivals(line.pk, MOSCOW, today=NOW.astimezone(MOSCOW).date(), weeks=weeks)


def test_arrivals_are_counted_by_the_days_and_quarters_of_the_lines_zone(
    some: Conversation, line: Queue
) -> None:
    first = MONDAY - timedelta(weeks=2)
    came(some, line, moscow(first - timedelta(days=1), 12))
    came(some, line, moscow(first, 0, 14), 3)
    came(some, line, moscow(first, 10, 44), 2)
    found = arrivals(line)
    assert found[first] == {0: 3, TEN + 2: 2}
    assert found[first + timedelta(days=1)] == {}
    assert sorted(found)[0] == first  # the first day may be half a day
    assert NOW.astimezone(MOSCOW).date() not in found


def test_who_comes_back_or_is_moved_by_opening_is_no_new_arrival(some: Conversation, line: Queue) -> None:
    first = MONDAY - timedelta(weeks=2)
    came(some, line, moscow(first - timedelta(days=1), 12))
    came(some, line, moscow(first, 3), left="opened")
    came(some, line, moscow(first, 9), reason="opened")
    came(some, line, moscow(first, 10), reason="returned")
    came(some, line, moscow(first, 10), reason="holder_gone")
    assert arrivals(line)[first] == {36: 1}


def test_only_so_many_weeks_count(some: Conversation, line: Queue) -> None:
    came(some, line, NOW - timedelta(weeks=20))
    assert (len(arrivals(line, weeks=2)), len(arrivals(line, weeks=4))) == (14, 28)


def test_handling_conversations_at_once_and_patience_are_measured(
    some: Conversation, line: Queue, anna: Operator
) -> None:
    at = NOW - timedelta(days=2)
    rows = [(0, 600), (300, 600), (3000, 300)]  # 900 s with two that overlap for 300 s, then one alone
    for start, seconds in rows:
        handled(some, line, anna, at + timedelta(seconds=start), seconds)
    came(some, line, at, 3, wait=60)
    came(some, line, at, 2, wait=120, left="closed")
    found = history.measured(line.pk, since=NOW - timedelta(weeks=1), until=NOW)
    assert (found.handling, found.handled) == (500, 3)
    assert found.concurrency == pytest.approx(1500 / 1200)
    assert found.patience == (3 * 60 + 2 * 120) / 2


def test_where_nobody_gave_up_and_nothing_was_handled_nothing_is_measured(line: Queue) -> None:
    found = history.measured(line.pk, since=NOW - timedelta(weeks=1), until=NOW)
    assert (found.handling, found.handled, found.concurrency, found.patience) == (None, 0, None, None)


# --- the plan -------------------------------------------------------------------------------------------


@pytest.fixture
def past(some: Conversation, line: Queue, anna: Operator) -> None:
    """Six Mondays with twenty arrivals in the quarter from 10:00, each handled for ten minutes."""
    came(some, line, moscow(MONDAY - timedelta(weeks=7), 12))
    for week in range(1, 7):
        day = MONDAY - timedelta(weeks=week)
        came(some, line, moscow(day, 10), 20)
        handled(some, line, anna, moscow(day, 10), 600)


def target(line: Queue, **values: object) -> StaffingTarget:
    defaults = {"shrinkage_percent": 0, "seconds": 60, "percent": 80, **values}
    return StaffingTarget.objects.update_or_create(queue=line, defaults=defaults)[0]


def plan(line: Queue, **values: object) -> Outlook:
    return outlook(target(line, **values), MONDAY, days=1, zone=MOSCOW, now=NOW)


def ten(found: Outlook) -> Quarter:
    return found.days[0].quarters[TEN]


@pytest.mark.usefixtures("past")
def test_a_monday_is_forecast_and_staffed(line: Queue) -> None:
    found = plan(line)
    quarter = ten(found)
    assert (quarter.expected, quarter.spread, quarter.begins) == (20, 0, moscow(MONDAY, 10))
    # 20 in 900 s of 600 s each are 13.3 places; Erlang A asks for one more for 80 % in 60 s.
    assert quarter.needed in range(13, 17)
    assert found.days[0].quarters[TEN + 4].needed == 0
    assert found.basis.handling == 600


@pytest.mark.usefixtures("past")
def test_each_setting_moves_the_need(line: Queue) -> None:
    usual = ten(plan(line)).needed
    assert ten(plan(line, percent=99)).needed > usual
    assert ten(plan(line, seconds=3600)).needed < usual
    assert ten(plan(line, shrinkage_percent=50)).needed == 2 * usual
    assert ten(plan(line, slots=4)).needed < usual / 2
    assert ten(plan(line, patience_seconds=36000)).needed > ten(plan(line, patience_seconds=30)).needed - 3
    assert plan(line, patience_seconds=30).basis.patience == 30
    assert plan(line, patience_seconds=None).basis.patience == planning.PATIENCE


@pytest.mark.usefixtures("past")
def test_the_weeks_of_history_are_those_that_the_target_says(line: Queue, some: Conversation) -> None:
    came(some, line, moscow(MONDAY - timedelta(weeks=1), 10), 20)
    assert ten(plan(line, weeks=1)).expected == 40
    assert ten(plan(line, weeks=8)).expected == 20


@pytest.mark.usefixtures("past")
def test_shifts_of_members_stand_beside_the_need(line: Queue, anna: Operator) -> None:
    other = people.operator("Борис", lines=(organisation.line(),))
    for who in (anna, other):
        WeeklyShift.objects.create(operator=who, weekday=0, begins=time(9), ends=time(18))
    quarter = ten(plan(line))
    assert (quarter.scheduled, quarter.missing) == (1, quarter.needed - 1)
    assert plan(line).days[0].gaps[0].missing == quarter.missing
    Shift.objects.create(operator=anna, date=MONDAY)
    assert ten(plan(line)).scheduled == 0


@pytest.mark.usefixtures("past")
def test_nobody_is_needed_while_the_line_is_closed(line: Queue) -> None:
    calendar = Calendar.objects.create(name="Дни", time_zone="Europe/Moscow")
    calendar.intervals.create(weekday=0, opens=time(12), closes=time(18))
    Queue.objects.filter(pk=line.pk).update(calendar=calendar)
    quarter = ten(plan(line))
    assert (quarter.is_open, quarter.needed, quarter.expected) == (False, 0, 0)
    CalendarException.objects.create(calendar=calendar, date=MONDAY, opens=time(9), closes=time(18))
    assert ten(plan(line)).needed > 0
    assert plan(line).days[0].known.borrowed


def test_a_line_without_a_past_has_no_forecast(line: Queue) -> None:
    assert list(plan(line).days) == []


# --- the page -------------------------------------------------------------------------------------------


@pytest.fixture
def client(line: Queue) -> Client:
    """A supervisor of this line, whose clock is that of Moscow."""
    boss = roles.staff("supervisor", lines=(line,))
    boss.time_zone = "Europe/Moscow"
    boss.save()
    return roles.browser(boss)


def address(row: StaffingTarget, page: str = "change") -> str:
    return reverse(f"admin:analytics_staffingtarget_{page}", args=[row.pk])


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.usefixtures("past", "today")
def test_the_page_tells_gaps_in_words_and_a_table(client: Client, line: Queue) -> None:
    page = client.get(f"{address(target(line))}?from=2026-11-23&days=1").content.decode()
    assert 'class="staffing-gaps"' in page
    assert 'class="staffing-table"' in page
    assert "<svg" in page
    assert "style=" not in page.partition('<section class="staffing"')[2].partition("</section>")[0]


@pytest.mark.usefixtures("today")
def test_an_empty_line_says_so_and_every_line_has_its_row(client: Client, line: Queue) -> None:
    listed = client.get("/admin/analytics/staffingtarget/")
    row = StaffingTarget.objects.get(queue=line)
    assert listed.status_code == 200
    page = client.get(address(row)).content.decode()
    assert 'class="module nothing"' in page
    assert "<polyline" not in page


@pytest.mark.usefixtures("past", "today")
def test_other_lines_are_neither_listed_nor_opened_nor_exported(client: Client) -> None:
    foreign = target(organisation.line("Чужая"))
    assert "Чужая" not in client.get("/admin/analytics/staffingtarget/").content.decode()
    assert client.get(address(foreign)).status_code == 302
    assert client.get(address(foreign, "csv")).status_code == 404


@pytest.mark.usefixtures("today")
def test_the_list_says_how_often_the_time_shown_came_true(
    client: Client, line: Queue, some: Conversation
) -> None:
    asked = NOW - timedelta(minutes=2)
    Conversation.objects.filter(pk=some.pk).update(first_answer_at=asked + timedelta(seconds=60))
    came(some, line, asked, times=3)
    QueueEntry.objects.update(shown_at=asked, shown_low=0, shown_high=60)
    QueueEntry.objects.filter(pk=QueueEntry.objects.latest("pk").pk).update(shown_high=59)
    page = client.get("/admin/analytics/staffingtarget/").content.decode()
    assert [text for text in ("67 % of 3", "67 % из 3") if text in page]


@pytest.mark.usefixtures("past", "today")
def test_the_file_has_every_quarter_of_what_is_shown(client: Client, line: Queue) -> None:
    answer = client.get(f"{address(target(line), 'csv')}?from=2026-11-23&days=1")
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 96
    assert (rows[TEN]["begins"], rows[TEN]["expected"]) == ("2026-11-23T10:00+03:00", "20.00")
    assert int(rows[TEN]["missing"]) == int(rows[TEN]["needed"])


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(
    "asked", ["from=nonsense", "from=9999-12-31&days=7", "days=x", "from=0001-01-01", "from=2026-11-19"]
)
def test_what_is_not_understood_or_over_begins_today(client: Client, line: Queue, asked: str) -> None:
    page = client.get(f"{address(target(line))}?{asked}")
    assert (page.context["first"], page.context["before"]) == (date(2026, 11, 20), "")


@pytest.mark.usefixtures("today")
def test_the_time_before_is_offered_as_far_as_it_is_not_over(client: Client, line: Queue) -> None:
    row = target(line)
    page = client.get(f"{address(row)}?from=2026-11-23&days=7")
    assert page.context["before"] == f"{address(row)}?from=2026-11-20&days=7"


@pytest.mark.usefixtures("past")
def test_for_what_is_over_of_a_day_nobody_is_missing(line: Queue) -> None:
    during = outlook(
        target(line), MONDAY, days=1, zone=MOSCOW, now=moscow(MONDAY, 10) + timedelta(minutes=20)
    )
    before = ten(plan(line))
    assert (ten(during).needed, ten(during).missing) == (before.needed, 0)
    assert before.missing == before.needed


@pytest.mark.usefixtures("today", "past")
def test_a_day_of_few_conversations_is_told_as_thin_history(client: Client, line: Queue) -> None:
    """Six Mondays with twenty are a pattern; of the Tuesdays nothing is known but that they were empty."""
    assert not plan(line).days[0].known.is_thin
    row = target(line)
    assert "staffing-thin" not in client.get(f"{address(row)}?from=2026-11-23&days=1").content.decode()
    assert "staffing-thin" in client.get(f"{address(row)}?from=2026-11-24&days=1").content.decode()


@pytest.mark.usefixtures("today")
def test_a_history_of_some_days_is_told_to_be_short(
    client: Client, line: Queue, some: Conversation, anna: Operator
) -> None:
    came(some, line, moscow(date(2026, 11, 9), 12))
    handled(some, line, anna, moscow(date(2026, 11, 12), 10), 600)
    row = target(line)
    assert (plan(line).known, plan(line).is_short) == (10, True)
    assert "staffing-short" in client.get(address(row)).content.decode()
    came(some, line, moscow(date(2026, 11, 2), 12))
    assert (plan(line).known, plan(line).is_short) == (17, False)
    assert "staffing-short" not in client.get(address(row)).content.decode()


@pytest.mark.usefixtures("past", "today")
def test_a_saved_target_stays_on_the_page_and_changes_it(client: Client, line: Queue) -> None:
    row = target(line)
    form = {"percent": 95, "seconds": 20, "shrinkage_percent": 30, "weeks": 4}
    answer = client.post(f"{address(row)}?from=2026-11-23&days=1", form)
    assert (answer.status_code, answer["Location"]) == (302, f"{address(row)}?from=2026-11-23&days=1")
    row.refresh_from_db()
    assert (row.percent, row.seconds, row.shrinkage_percent, row.weeks) == (95, 20, 30, 4)
