"""Every event that frees a place, or lets something fit, asks for a pass; the pass gives what waits longest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from apps.conversations.models import Conversation
from apps.core.actors import SYSTEM, Actor
from apps.core.events import announce
from apps.operators.events import StaffRightsChanged
from apps.operators.models import Operator, Presence, Queue
from apps.operators.services import presence
from apps.routing import subscribers
from apps.routing.services import after_work, dispatch, handling, offers, silence
from tests.factories import organisation, people
from tests.factories.people import NOW
from tests.routing.offering import answered, arrives, change, held, offering_line, whom, worker

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def line() -> Queue:
    return offering_line(accept_seconds=0)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return worker("Анна", line, capacity=1)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The passes that receivers ask for, each run at once."""
    asked: list[datetime] = []

    def at_once() -> None:
        asked.append(LATER)
        dispatch.dispatch(now=LATER)

    monkeypatch.setattr(subscribers, "dispatch", SimpleNamespace(delay=at_once))
    return asked


def by_operator(anna: Operator, one: Conversation) -> None:
    handling.close(people.sight(anna), one.pk, now=LATER)


def by_customer(_anna: Operator, one: Conversation) -> None:
    handling.close_by_customer(one.identity, one.pk, now=LATER)


def sent_on(anna: Operator, one: Conversation) -> None:
    handling.transfer_to_line(people.sight(anna), one.pk, organisation.line().pk, comment="", now=LATER)


def put_aside(anna: Operator, one: Conversation) -> None:
    handling.snooze(people.sight(anna), one.pk, until=None, now=LATER)


def fell_silent(anna: Operator, one: Conversation) -> None:
    answered(one, anna, at=NOW)
    change(one.line, idle_minutes=5)
    assert silence.free_the_silent(now=LATER) == 1


@pytest.mark.parametrize("frees", [by_operator, by_customer, sent_on, put_aside, fell_silent])
def test_a_place_that_became_free_is_filled_by_who_waits_longest(
    line: Queue,
    anna: Operator,
    passes: list[datetime],
    django_capture_on_commit_callbacks: Any,
    frees: Callable[[Operator, Conversation], None],
) -> None:
    one = held(line, anna)
    first, second = arrives(line, at=NOW), arrives(line, at=NOW + timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        frees(anna, one)
    assert passes
    assert whom().get(first.pk) == "Анна"
    assert second.pk not in whom()


def came(anna: Operator) -> None:
    presence.set_presence(anna.pk, state="online", actor=Actor.staff(anna.pk), now=LATER)


def was_ready(anna: Operator) -> None:
    after_work.finish(anna.pk, now=LATER)


def joined(anna: Operator) -> None:
    anna.memberships.create(queue=Queue.objects.get(name="Cards"))
    announce(StaffRightsChanged(user=anna.pk), actor=SYSTEM, now=LATER)


@pytest.mark.parametrize("act", [came, was_ready, joined])
def test_who_becomes_able_to_take_work_is_given_what_waits(
    line: Queue,
    anna: Operator,
    passes: list[datetime],
    django_capture_on_commit_callbacks: Any,
    act: Callable[[Operator], None],
) -> None:
    before: dict[Callable[[Operator], None], Callable[[], object]] = {
        came: lambda: Presence.objects.update(state="break"),
        was_ready: lambda: Presence.objects.update(wrap_up_until=LATER + timedelta(hours=1)),
        joined: lambda: anna.memberships.all().delete(),
    }
    before[act]()
    waiting = arrives(line)
    assert dispatch.dispatch(now=LATER) == 0
    with django_capture_on_commit_callbacks(execute=True):
        act(anna)
    assert passes
    assert whom() == {waiting.pk: "Анна"}


def declined(anna: Operator, one: Conversation) -> None:
    offers.decline(anna.pk, one.pk, reason_id=None, now=LATER)


def missed(_anna: Operator, _one: Conversation) -> None:
    assert offers.expire(now=LATER) == 1


@pytest.mark.parametrize("act", [declined, missed])
def test_what_was_not_accepted_is_offered_to_the_next_one(
    line: Queue,
    anna: Operator,
    passes: list[datetime],
    django_capture_on_commit_callbacks: Any,
    act: Callable[[Operator, Conversation], None],
) -> None:
    change(line, accept_seconds=30)
    one = arrives(line)
    assert dispatch.dispatch(now=NOW) == 1
    worker("Борис", line)
    with django_capture_on_commit_callbacks(execute=True):
        act(anna, one)
    assert passes
    assert whom() == {one.pk: "Борис"}
