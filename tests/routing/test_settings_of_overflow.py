"""When a line cannot cope: each way out, its limit, and why a reserve line may not be one."""

from __future__ import annotations

import pytest

from apps.conversations.models import Conversation
from apps.operators.models import Calendar, CalendarInterval, DeclineReason, Overflow, Presence, Queue
from apps.operators.overflowing import circle_through
from apps.routing.models import Decision, QueueEntry
from apps.routing.services import offers
from apps.routing.services import overflow as overflowing
from apps.routing.services.overflow import overflow
from tests.factories.people import NOW
from tests.routing.offering import after, arrives, asked, change, customer, held, offering_line, whom, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Queue:
    return offering_line("Cash desk")


@pytest.fixture
def reserve() -> Queue:
    return offering_line("Support")


def way_out(line: Queue, reserve: Queue, by: str, limit: int) -> Overflow:
    return Overflow.objects.create(queue=line, by=by, limit=limit, reserve=reserve)


def waiting_in(line: Queue) -> list[int]:
    found = QueueEntry.objects.filter(queue=line, stage="waiting")
    return list(found.order_by("waiting_since", "id").values_list("conversation", flat=True))


def test_a_line_without_a_way_out_keeps_what_waits(line: Queue, reserve: Queue) -> None:
    waits = arrives(line)
    assert overflow(now=after(24 * 3600)) == 0
    assert waiting_in(line) == [waits.pk]


@pytest.mark.parametrize(("limit", "goes"), [(60, True), (61, False)])
def test_who_has_waited_long_enough_goes_on(line: Queue, reserve: Queue, limit: int, goes: bool) -> None:
    way_out(line, reserve, "wait", limit)
    waits = arrives(line)
    assert overflow(now=after(60)) == int(goes)
    assert waiting_in(reserve if goes else line) == [waits.pk]


def test_what_goes_on_keeps_its_age_and_says_why(line: Queue, reserve: Queue) -> None:
    way_out(line, reserve, "wait", 60)
    waits = arrives(line)
    overflow(now=after(60))
    assert QueueEntry.objects.get(conversation=waits, stage="waiting").waiting_since == NOW
    decision = Decision.objects.filter(conversation=waits).latest("pk")
    assert (decision.reason, decision.queue_id) == (Decision.Reason.OVERFLOW, reserve.pk)
    assert decision.details == {"line": line.pk, "by": "wait", "limit": 60, "waited": 60.0}


def test_the_reserves_members_are_asked(line: Queue, reserve: Queue) -> None:
    worker("Борис", reserve)
    way_out(line, reserve, "wait", 60)
    waits = arrives(line)
    assert asked(at=after(59)) == {}
    overflow(now=after(60))
    assert asked(at=after(60)) == {waits.pk: "Борис"}


@pytest.mark.parametrize(("limit", "stay"), [(1, 1), (2, 2), (3, 3)])
def test_those_behind_the_first_ones_go_on(line: Queue, reserve: Queue, limit: int, stay: int) -> None:
    way_out(line, reserve, "length", limit)
    numbers = [arrives(line, at=after(number)).pk for number in range(3)]
    assert overflow(now=after(10)) == 3 - stay
    assert (waiting_in(line), waiting_in(reserve)) == (numbers[:stay], numbers[stay:])


@pytest.mark.parametrize(("limit", "goes"), [(300, True), (301, False)])
def test_all_go_on_when_nobody_has_been_at_work_for_so_long(
    line: Queue, reserve: Queue, limit: int, goes: bool
) -> None:
    anna = worker("Анна", line, capacity=1)
    arrives(line)
    asked()
    Presence.objects.filter(operator=anna).update(state="offline", since=NOW)
    way_out(line, reserve, "no_staff", limit)
    waits = arrives(line, at=after(1))
    assert overflow(now=after(300)) == int(goes)
    assert waiting_in(reserve if goes else line) == [waits.pk]


def test_while_somebody_is_at_work_the_line_has_staff_however_full(line: Queue, reserve: Queue) -> None:
    worker("Анна", line, capacity=1)
    arrives(line)
    asked()
    way_out(line, reserve, "no_staff", 0)
    arrives(line, at=after(1))
    assert overflow(now=after(3600)) == 0


@pytest.mark.parametrize(("limit", "goes"), [(0, True), (60, True), (61, False)])
def test_what_everybody_at_work_has_declined_goes_on_as_if_nobody_were_there(
    line: Queue, reserve: Queue, limit: int, goes: bool
) -> None:
    anna = worker("Анна", line)
    way_out(line, reserve, "no_staff", limit)
    not_mine = DeclineReason.objects.create(name_ru="Не мой вопрос", until_written=True)
    waits, wanted = arrives(line), arrives(line)
    asked()
    offers.decline(anna.pk, waits.pk, reason_id=not_mine.pk, now=after(1))
    offers.accept(anna.pk, wanted.pk, now=after(1))
    assert overflow(now=after(61)) == int(goes)
    assert waiting_in(reserve if goes else line) == [waits.pk]


def test_what_one_has_declined_stays_while_another_may_be_asked(line: Queue, reserve: Queue) -> None:
    anna, boris = worker("Анна", line), worker("Борис", line, capacity=1)
    way_out(line, reserve, "no_staff", 0)
    held(line, boris)
    waits = arrives(line, at=after(1))
    assert asked(at=after(1))[waits.pk] == "Анна"
    offers.decline(anna.pk, waits.pk, reason_id=None, now=after(2))
    assert overflow(now=after(60)) == 0  # he is full, and will be free
    Presence.objects.filter(operator=boris).update(state="break")
    assert overflow(now=after(60)) == 1


# --- where nothing goes -------------------------------------------------------------------------------------


def test_nothing_goes_into_a_line_that_is_off(line: Queue, reserve: Queue) -> None:
    way_out(line, reserve, "wait", 60)
    waits = arrives(line)
    change(reserve, is_active=False)
    assert overflow(now=after(60)) == 0
    assert waiting_in(line) == [waits.pk]
    change(reserve, is_active=True)
    assert overflow(now=after(60)) == 1


def test_nothing_goes_into_a_line_that_is_closed(line: Queue, reserve: Queue) -> None:
    way_out(line, reserve, "wait", 60)
    calendar = Calendar.objects.create(name="Never")
    change(reserve, calendar=calendar)
    waits = arrives(line)
    assert overflow(now=after(60)) == 0
    assert waiting_in(line) == [waits.pk]
    CalendarInterval.objects.create(calendar=calendar, weekday=NOW.weekday(), opens="00:00", closes="00:00")
    assert overflow(now=after(60)) == 1


def test_what_went_round_once_stays_in_the_last_line(line: Queue, reserve: Queue) -> None:
    way_out(line, reserve, "wait", 60)
    way_out(reserve, line, "wait", 60)
    waits = arrives(line)
    assert overflow(now=after(60)) == 1
    assert overflow(now=after(600)) == 0
    assert waiting_in(reserve) == [waits.pk]


@pytest.mark.parametrize(("by", "limit"), [("wait", 60), ("length", 0), ("staff", 60)])
def test_what_stays_for_good_holds_up_nobody_behind_it(
    line: Queue, reserve: Queue, monkeypatch: pytest.MonkeyPatch, by: str, limit: int
) -> None:
    monkeypatch.setattr(overflowing, "BATCH", 1)
    way_out(line, reserve, "wait", 60)
    way_out(reserve, line, by, limit)
    arrives(line)
    assert overflow(now=after(60)) == 1
    native = arrives(reserve, at=after(61))
    assert overflow(now=after(600)) == 1
    assert native.pk in waiting_in(line)


def test_who_waits_for_one_certain_operator_waits_the_whole_of_that_time(line: Queue, reserve: Queue) -> None:
    boris = worker("Борис", line, capacity=1)
    arrives(line)
    asked()
    change(line, prefers_manager_seconds=120)
    way_out(line, reserve, "wait", 60)
    waits = arrives(line, by=customer(line, manager=boris.user))
    assert overflow(now=after(119)) == 0
    assert overflow(now=after(120)) == 1
    assert waiting_in(reserve) == [waits.pk]


def test_what_is_being_offered_does_not_go_on(line: Queue, reserve: Queue) -> None:
    worker("Анна", line)
    change(line, accept_seconds=600)
    way_out(line, reserve, "wait", 60)
    waits = arrives(line)
    asked()
    assert overflow(now=after(60)) == 0
    assert whom() == {waits.pk: "Анна"}
    assert Conversation.objects.get(pk=waits.pk).line_id == line.pk


# --- circles ------------------------------------------------------------------------------------------------


def test_a_circle_is_found_however_long(line: Queue, reserve: Queue) -> None:
    third = offering_line("Common questions")
    way_out(line, reserve, "wait", 60)
    way_out(reserve, third, "wait", 60)
    assert circle_through(line) == []
    way_out(third, line, "wait", 60)
    assert circle_through(line) == [line, reserve, third]
    assert circle_through(third) == [third, line, reserve]


def test_a_circle_elsewhere_is_none_of_this_line(line: Queue, reserve: Queue) -> None:
    third = offering_line("Common questions")
    way_out(reserve, third, "wait", 60)
    way_out(third, reserve, "wait", 60)
    way_out(line, reserve, "wait", 60)
    assert circle_through(line) == []
