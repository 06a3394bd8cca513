"""How much an operator holds, when a silent customer's place is given away, and how long he rests after closing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps.conversations.models import Conversation, State
from apps.core.errors import Conflict
from apps.operators.models import Operator, Queue
from apps.routing.models import Assignment, KindWeight, OperatorLimit, QueueEntry
from apps.routing.services import after_work, handling, silence
from tests.factories import people
from tests.factories.people import NOW
from tests.routing.offering import (
    after,
    answered,
    arrives,
    asked,
    change,
    closed,
    held,
    offering_line,
    whom,
    worker,
    writes_again,
)

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture
def line() -> Queue:
    return offering_line(accept_seconds=0)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return worker("Анна", line, capacity=1)


# --- capacity, weights, limits ------------------------------------------------------------------------------


@pytest.mark.parametrize(("capacity", "given"), [(1, 1), (2, 2), (3, 3)])
def test_an_operator_gets_as_many_as_he_may_hold(
    line: Queue, anna: Operator, capacity: int, given: int
) -> None:
    change(anna, capacity=capacity)
    for number in range(3):
        arrives(line, at=after(number))
    assert len(asked(at=after(5))) == given


def test_an_offer_takes_a_place_like_what_is_held(line: Queue, anna: Operator) -> None:
    change(line, accept_seconds=30)
    first, _second = arrives(line), arrives(line, at=after(1))
    assert asked(at=after(2)) == {first.pk: "Анна"}


@pytest.mark.parametrize(("units", "given"), [("0.5", 4), ("1", 2), ("2", 1), ("3", 0)])
def test_what_a_kind_of_channel_weighs_says_how_many_fit(
    line: Queue, anna: Operator, units: str, given: int
) -> None:
    change(anna, capacity=2)
    KindWeight.objects.create(kind="web", units=Decimal(units))
    for number in range(5):
        arrives(line, at=after(number))
    assert len(asked(at=after(5))) == given


def test_a_kind_weighs_only_in_its_own_channels(line: Queue, anna: Operator) -> None:
    KindWeight.objects.create(kind="app", units=Decimal(3))
    heavy, light = arrives(line, "app"), arrives(line, "web", at=after(1))
    assert asked(at=after(2)) == {light.pk: "Анна"}
    assert heavy.pk not in whom()


def test_what_is_held_keeps_the_weight_with_which_it_was_taken(line: Queue, anna: Operator) -> None:
    change(anna, capacity=2)
    first = arrives(line)
    asked()
    KindWeight.objects.create(kind="web", units=Decimal(2))
    arrives(line, at=after(1))
    assert asked(at=after(2)) == {first.pk: "Анна"}
    KindWeight.objects.update(units=Decimal(1))
    assert len(asked(at=after(3))) == 2


@pytest.mark.parametrize(("at_most", "given"), [(0, 0), (1, 1), (2, 2)])
def test_a_limit_of_a_kind_holds_whatever_room_there_is(
    line: Queue, anna: Operator, at_most: int, given: int
) -> None:
    change(anna, capacity=10)
    OperatorLimit.objects.create(operator=anna, kind="web", at_most=at_most)
    for number in range(3):
        arrives(line, at=after(number))
    other = arrives(line, "app", at=after(4))
    found = asked(at=after(5))
    assert other.pk in found
    assert len(found) == given + 1


def test_a_limit_holds_for_what_he_takes_himself(line: Queue, anna: Operator) -> None:
    change(anna, capacity=10)
    OperatorLimit.objects.create(operator=anna, kind="web", at_most=1)
    held(line, anna)
    second = arrives(line, at=after(1))
    with pytest.raises(Conflict) as refused:
        handling.accept(people.sight(anna), second.pk, now=after(2))
    assert refused.value.code == "at_capacity"
    assert second.pk not in whom()


def test_a_limit_is_of_one_operator(line: Queue, anna: Operator) -> None:
    OperatorLimit.objects.create(operator=anna, kind="web", at_most=0)
    worker("Борис", line)
    waits = arrives(line)
    assert asked() == {waits.pk: "Борис"}


# --- silence ------------------------------------------------------------------------------------------------


def silent(line: Queue, anna: Operator) -> Conversation:
    """Answered at once, and the customer has said nothing since."""
    found = held(line, anna)
    answered(found, anna, at=NOW)
    return found


@pytest.mark.parametrize(("minutes", "after_ten"), [(10, True), (11, False), (0, False)])
def test_a_silent_conversation_gives_its_place_away_after_the_lines_time(
    line: Queue, anna: Operator, minutes: int, after_ten: bool
) -> None:
    change(line, idle_minutes=minutes)
    first = silent(line, anna)
    waits = arrives(line, at=after(1))
    assert silence.free_the_silent(now=after(10 * MINUTE)) == int(after_ten)
    found = asked(at=after(10 * MINUTE))
    assert found == {first.pk: "Анна", **({waits.pk: "Анна"} if after_ten else {})}


def test_while_the_customer_waits_for_an_answer_nothing_is_silent(line: Queue, anna: Operator) -> None:
    change(line, idle_minutes=10)
    found = silent(line, anna)
    writes_again(found, at=after(MINUTE))
    assert silence.free_the_silent(now=after(60 * MINUTE)) == 0


def test_a_silent_one_takes_its_place_back_while_there_is_one(line: Queue, anna: Operator) -> None:
    change(line, idle_minutes=10)
    found = silent(line, anna)
    silence.free_the_silent(now=after(10 * MINUTE))
    writes_again(found, at=after(11 * MINUTE))
    assert silence.heard(found.pk, now=after(11 * MINUTE))
    found.refresh_from_db()
    assert (found.state, found.holder_id, found.idle) == (State.ASSIGNED, anna.pk, False)
    assert Assignment.objects.get(conversation=found, ended_at__isnull=True).freed_at is None
    arrives(line, at=after(12 * MINUTE))
    assert asked(at=after(12 * MINUTE)) == {found.pk: "Анна"}


def full_again(line: Queue, anna: Operator) -> tuple[Conversation, Conversation]:
    """The silent one, whose customer writes at minute 11, and the one that took its place."""
    change(line, idle_minutes=10)
    first = silent(line, anna)
    silence.free_the_silent(now=after(10 * MINUTE))
    second = arrives(line, at=after(10 * MINUTE))
    asked(at=after(10 * MINUTE))
    writes_again(first, at=after(11 * MINUTE))
    assert not silence.heard(first.pk, now=after(11 * MINUTE))
    first.refresh_from_db()
    assert (first.state, first.holder_id) == (State.QUEUED, None)
    return first, second


@pytest.mark.parametrize(("seconds", "at_once"), [(120, False), (0, True)])
def test_when_its_holder_is_full_it_waits_for_him_as_long_as_the_line_says(
    line: Queue, anna: Operator, seconds: int, at_once: bool
) -> None:
    change(line, own_wait_seconds=seconds)
    first, _second = full_again(line, anna)
    worker("Борис", line)
    entry = QueueEntry.objects.get(conversation=first, left_at__isnull=True)
    assert entry.kept_reason == ("" if at_once else "holder")
    assert (first.pk in asked(at=after(11 * MINUTE))) is at_once
    assert asked(at=after(11 * MINUTE + 120))[first.pk] == "Борис"


def test_its_holder_serves_it_before_anything_new(line: Queue, anna: Operator) -> None:
    change(line, own_wait_seconds=600)
    first, second = full_again(line, anna)
    new = arrives(line, at=after(2))
    closed(second, anna, at=after(12 * MINUTE))
    assert asked(at=after(12 * MINUTE)) == {first.pk: "Анна"}
    assert new.pk not in whom()


# --- after-work ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "rests"), [(60, True), (0, False)])
def test_after_closing_nothing_is_offered_for_the_lines_time(
    line: Queue, anna: Operator, seconds: int, rests: bool
) -> None:
    change(line, wrap_up_seconds=seconds)
    first = held(line, anna)
    waits = arrives(line, at=after(1))
    closed(first, anna, at=after(10))
    assert asked(at=after(10)) == ({} if rests else {waits.pk: "Анна"})
    assert asked(at=after(70)) == {waits.pk: "Анна"}


def test_after_work_can_be_cut_short(line: Queue, anna: Operator) -> None:
    change(line, wrap_up_seconds=60)
    first = held(line, anna)
    waits = arrives(line, at=after(1))
    closed(first, anna, at=after(10))
    after_work.finish(anna.pk, now=after(20))
    assert asked(at=after(20)) == {waits.pk: "Анна"}


def test_during_after_work_he_may_still_take_one_himself(line: Queue, anna: Operator) -> None:
    change(line, wrap_up_seconds=60)
    first = held(line, anna)
    waits = arrives(line, at=after(1))
    closed(first, anna, at=after(10))
    assert handling.accept(people.sight(anna), waits.pk, now=after(11)).holder_id == anna.pk
