"""Four dispatchers, people who come and go, processes that are killed: F14 of the faults."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections, transaction

from apps.analytics.bench import route_house
from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle
from apps.core import clock
from apps.operators.models import DeclineReason
from apps.routing.models import Assignment, Breach, QueueEntry, Violation
from apps.routing.services import dispatch
from apps.routing.watchdog import checks
from apps.routing.watchdog.patrol import NONE, PATIENCE, patrol
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once, crew
from tests.races.tasks import SWEEP_EVERY
from tests.races.test_assignment import Watch

pytestmark = pytest.mark.django_db(transaction=True)
CONVERSATIONS, SECONDS, KILLED_AFTER = 500, 10.0, 2.5
AT_MOST_SECONDS = 180


class Guard(threading.Thread):
    """The watchdog, awake all the time, by the real clock: what it opens is stuck 5 seconds after it became due."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.over = threading.Event()

    def run(self) -> None:
        try:
            while not self.over.wait(0.5):
                patrol(now=clock.now())
                self.looks += 1
        finally:
            connections.close_all()


# What is wrong only because it lasts. Everything else must not be at any moment.
LASTING = (Breach.NEW_TOO_LONG, Breach.HOLDER_GONE, Breach.OFFER_OVERDUE, Breach.LEFT_WAITING)


def stuck(*, slowest: float) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What the watchdog opened. Where the machine itself came late to the sweeps that mend it, that much later counts:
    five seconds are two and a half times the two from sweep to sweep.
    """
    longer = timedelta(seconds=checks.LATE) * (max(slowest, SWEEP_EVERY) / SWEEP_EVERY - 1)
    found = Violation.objects.exclude(state=Violation.State.SUSPECTED)
    return [
        (row.code, row.conversation_id, row.details)
        for row in found
        if row.code not in LASTING
        or row.last_seen - row.first_seen > PATIENCE.get(Breach(row.code), NONE) + longer
    ]


def test_of_500_conversations_each_has_one_place_whoever_leaves_and_whatever_is_killed(
    settings: Any,
) -> None:
    settings.OPERATOR_GRACE_SECONDS = 1  # as in the processes
    lines = [organisation.line(offering="automatic", accept_seconds=seconds) for seconds in (0, 2)]
    staff = [people.operator(f"О{number}", lines=tuple(lines), capacity=5) for number in range(20)]
    people.connected(*staff)
    route_house.arrive([lines[number % 2].pk for number in range(CONVERSATIONS)], now=clock.now())
    DeclineReason.objects.all().delete()
    threads = watch, guard = Watch(), Guard()
    try:
        with crew(4, "work", operators=[each.pk for each in staff], seconds=SECONDS) as running:
            for each in threads:
                each.start()
            # No signal says that work is at its height: long enough for all four to be up, well before they end.
            time.sleep(KILLED_AFTER)
            assert [process.poll() for process in running] == [None] * 4, "there must be something to kill"
            running[0].kill()
            running[1].kill()
            reports = [json.loads(process.communicate(timeout=AT_MOST_SECONDS)[0]) for process in running[2:]]
    finally:
        for each in threads:
            each.over.set()
            each.join()
    told = sum((Counter(each) for each in reports), Counter())
    for act in ("given", "_accept", "_decline", "_close", "_leave", "_come", "swept"):
        assert told[act] > 0, act
    assert watch.most == 5, "the race must have reached the limit, and never passed it"
    assert guard.looks >= SECONDS / 2
    assert stuck(slowest=max(each["slowest"] for each in reports) / 1000) == []
    waiting = QueueEntry.objects.filter(left_at__isnull=True)
    assert Conversation.objects.filter(state="queued").count() == waiting.count()
    accepted = Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=False)
    assert Conversation.objects.filter(state="assigned").count() == accepted.count()
    taken = list(Assignment.objects.filter(ended_at__isnull=True).values_list("conversation", flat=True))
    assert len(taken) == len(set(taken)) > 0


@pytest.mark.parametrize(("seconds", "given"), [(0.03, 1), (30, 0)])
def test_what_is_written_to_at_its_turn_is_given_a_moment_later(seconds: float, given: int) -> None:
    """Its row is locked for milliseconds: a free place does not wait for the next sweep because of that."""
    line = organisation.line(offering="automatic", accept_seconds=0)
    people.operator(lines=(line,))
    waiting = dialogues.conversation(line=line)
    locked, over = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            lifecycle.lock(waiting.pk)
            locked.set()
            over.wait(seconds)

    def serve() -> int:
        assert locked.wait(10)
        done = dispatch.dispatch(now=NOW)
        over.set()
        return done

    assert at_once(write, serve) == [None, given]
    assert dispatch.dispatch(now=NOW) == 1 - given


def test_many_nudges_that_meet_are_one_pass() -> None:
    """Each drew its ticket before the pass that did its work began."""
    line = organisation.line(offering="automatic", accept_seconds=0)
    people.operator(lines=(line,))
    dialogues.conversation(line=line)
    drawn, before = threading.Barrier(9), _number("SELECT last_value FROM routing_dispatch_pass")
    draw = dispatch._ticket

    def ticket() -> int:
        number = draw()
        drawn.wait(30)
        return number

    with mock.patch.object(dispatch, "_ticket", ticket):
        given = at_once(*[partial(dispatch.dispatch, now=NOW)] * 9)
    assert sorted(given) == [0] * 8 + [1]
    assert _number("SELECT last_value FROM routing_dispatch_pass") == before + 1


def test_a_nudge_that_comes_after_a_pass_gets_one_of_its_own() -> None:
    before = _number("SELECT last_value FROM routing_dispatch_pass")
    assert [dispatch.dispatch(now=NOW) for _nudge in range(2)] == [0, 0]
    assert _number("SELECT last_value FROM routing_dispatch_pass") == before + 2


def test_a_pass_that_is_killed_as_it_ends_leaves_its_work_to_who_waited_for_it() -> None:
    """Everything was done but the commit: the nudge that came meanwhile finds nothing done."""
    line = organisation.line(offering="automatic", accept_seconds=0)
    people.operator(lines=(line,))
    waiting = dialogues.conversation(line=line)
    ticket, finish = dispatch._ticket(), dispatch._finish

    def die(number: int) -> None:
        finish(number)
        raise KeyboardInterrupt

    with mock.patch.object(dispatch, "_finish", die), pytest.raises(KeyboardInterrupt):
        dispatch.dispatch(now=NOW)
    with mock.patch.object(dispatch, "_ticket", return_value=ticket):
        assert dispatch.dispatch(now=NOW) == 1
        assert dispatch.dispatch(now=NOW) == 0
    assert Conversation.objects.get(pk=waiting.pk).state == "assigned"


def _number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
