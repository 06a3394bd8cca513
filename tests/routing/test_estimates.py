"""The range of waiting: from who is at work, how fast they are and who goes before."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from apps.core.actors import SYSTEM
from apps.operators.models import Operator, Queue
from apps.operators.services.presence import set_presence
from apps.routing.estimating.pace import Seen, estimate, wait_of
from apps.routing.estimating.ranges import NARROW, range_of
from apps.routing.estimating.spread import Spread
from apps.routing.services import estimates, handling, publishing
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

BUSY = Seen(free=0, places=40, waiting=9, held=40 * 1800.0, ends=240, answering=Spread(10.0, 100.0))


# --- pure -------------------------------------------------------------------------------------------------


def test_a_spread_knows_its_quantiles_as_a_gamma_does() -> None:
    chance = random.Random(1)
    spread = Spread(300.0, 300.0 * 60.0)
    drawn = sorted(chance.gammavariate(5.0, 60.0) for _each in range(20_000))
    for share in (0.05, 0.5, 0.95):
        assert spread.quantile(share) == pytest.approx(drawn[int(share * 20_000)], rel=0.04)
        assert spread.share_within(spread.quantile(share)) == pytest.approx(share, abs=0.001)


def test_a_place_in_line_is_reached_after_so_many_ends() -> None:
    wait = wait_of(BUSY, 9)
    assert wait is not None
    assert wait.mean == pytest.approx(
        10 * 300 / 40 + 10
    )  # ten ends, of 40 places that are held for 300 s each


def test_whoever_stands_further_back_is_shown_a_later_range() -> None:
    first, last = estimate(BUSY, ahead=0), estimate(BUSY, ahead=100)
    assert first is not None
    assert last is not None
    assert first.low < last.low
    assert first.high < last.high


def test_more_important_conversations_make_everybody_wait_longer() -> None:
    alone, overtaken = wait_of(BUSY, 9), wait_of(Seen(**{**_values(BUSY), "overtaking": 0.05}), 9)
    assert alone is not None
    assert overtaken is not None
    assert overtaken.mean > 1.4 * alone.mean


def test_with_a_free_place_only_the_answer_is_waited_for() -> None:
    assert wait_of(Seen(**{**_values(BUSY), "free": 12}), 9) == BUSY.answering


def test_free_places_count_for_nothing_while_somebody_is_passed_over() -> None:
    seen = {**_values(BUSY), "free": 12}
    assert wait_of(Seen(**{**seen, "passed_over": 20.0}), 9) == BUSY.answering
    assert wait_of(Seen(**{**seen, "passed_over": 60.0}), 9) == wait_of(BUSY, 9)


def test_nothing_is_promised_when_nobody_works_or_nothing_was_seen() -> None:
    assert estimate(Seen(free=0, places=0, waiting=3)) is None
    assert estimate(Seen(free=0, places=5, waiting=3)) is None


@pytest.mark.parametrize("mean", [5.0, 60.0, 400.0, 3000.0])
@pytest.mark.parametrize("shape", [0.6, 1.0, 3.0, 40.0])
def test_a_range_is_never_wider_than_it_may_be(mean: float, shape: float) -> None:
    wait = Spread(mean, mean * mean / shape)
    found = range_of(wait)
    assert found is not None
    assert found.high - found.low <= max(2 * wait.quantile(0.5), NARROW)


def test_a_wait_of_half_a_day_is_not_promised() -> None:
    assert range_of(Spread(40_000.0, 4e6)) is None


def _values(seen: Seen) -> dict[str, object]:
    return {name: getattr(seen, name) for name in Seen.__slots__}


# --- from rows --------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _look_anew() -> None:
    estimates.forget()


@pytest.fixture
def line() -> Queue:
    return organisation.common_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=2)


def _worked(anna: Operator, line: Queue, *, times: int) -> None:
    """She held so many conversations for five minutes each, one after another."""
    for number in range(times):
        began = NOW + timedelta(minutes=5 * number)
        found = dialogues.conversation(line=line, holder=anna, now=began)
        handling.close(people.sight(anna), found.pk, now=began + timedelta(minutes=5))


@pytest.mark.django_db
def test_the_pace_of_a_line_is_read_from_its_rows(line: Queue, anna: Operator) -> None:
    _worked(anna, line, times=6)
    now = NOW + timedelta(minutes=30)
    dialogues.conversation(line=line, holder=anna, now=now)
    dialogues.conversation(line=line, now=now)
    found = estimates.look(line.pk, now=now)
    assert (found.places, found.free, found.waiting, found.ends, found.held) == (2, 1, 1, 6, 1800.0)


@pytest.mark.django_db
def test_a_line_with_nobody_at_work_promises_nothing(line: Queue, anna: Operator) -> None:
    _worked(anna, line, times=6)
    now = NOW + timedelta(minutes=30)
    set_presence(anna.pk, state="offline", actor=SYSTEM, now=now)
    assert estimates.estimate(line.pk, now=now) is None


@pytest.mark.django_db
def test_longer_ago_is_asked_where_little_happened_lately(line: Queue, anna: Operator) -> None:
    _worked(anna, line, times=6)
    later = NOW + timedelta(hours=3)
    held = [dialogues.conversation(line=line, holder=anna, now=later) for _each in range(2)]
    assert len(held) == 2
    found = estimates.estimate(line.pk, now=later)
    assert found is not None
    assert found.high > 60


@pytest.mark.django_db
def test_in_a_line_where_work_is_taken_the_wait_of_others_is_believed(line: Queue, anna: Operator) -> None:
    _worked(anna, line, times=6)
    came, now = NOW + timedelta(minutes=30), NOW + timedelta(minutes=40)
    dialogues.conversation(line=line, now=came)
    assert estimates.look(line.pk, now=now).passed_over == 600.0
    found = estimates.estimate(line.pk, now=now)
    assert found is not None
    assert found.high > 150
    Queue.objects.filter(pk=line.pk).update(offering="automatic")
    publishing.publish(actor=SYSTEM, now=now)
    assert estimates.look(line.pk, now=now).passed_over == 0.0


@pytest.mark.django_db
def test_a_more_important_line_with_the_same_operators_is_counted_before(line: Queue, anna: Operator) -> None:
    important = organisation.line("VIP", priority=10, live_priority=10)
    anna.memberships.create(queue=important)
    _worked(anna, important, times=6)
    now = NOW + timedelta(minutes=30)
    dialogues.conversation(line=important, now=now)
    found = estimates.look(line.pk, now=now)
    assert found.elsewhere == 1.0
    assert found.overtaking == pytest.approx(6 / 1800)
    assert estimates.look(important.pk, now=now).overtaking == 0.0


@pytest.mark.django_db
def test_looks_at_a_line_once_in_a_few_seconds(
    line: Queue, anna: Operator, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    estimates.estimate(line.pk, now=NOW)
    with django_assert_num_queries(0):
        estimates.estimate(line.pk, now=NOW + timedelta(seconds=4), ahead=7)
    anna.capacity = 9
    anna.save()
    assert estimates.seen(line.pk, now=NOW + timedelta(seconds=4)).places == 2
    assert estimates.seen(line.pk, now=NOW + timedelta(seconds=5)).places == 9
