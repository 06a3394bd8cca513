"""Four dispatchers, people who come and go, processes that are killed: A24 and F14 of the threats and faults."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction

from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle
from apps.core import clock
from apps.operators.models import DeclineReason, Presence
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import dispatch, offers, sweeps
from apps.routing.watchdog import checks
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once, crew
from tests.races.test_assignment import Watch

pytestmark = pytest.mark.django_db(transaction=True)
CONVERSATIONS, SECONDS = 500, 12.0


def test_of_500_conversations_each_has_one_place_whoever_leaves_and_whatever_is_killed() -> None:
    lines = [organisation.line(offering="automatic", accept_seconds=seconds) for seconds in (0, 30)]
    staff = [people.operator(f"О{number}", lines=tuple(lines), capacity=5) for number in range(20)]
    channel = organisation.channel()
    for number in range(CONVERSATIONS):
        by = dialogues.identity(channel)
        dialogues.conversation(by=by, line=lines[number % 2], now=clock.now())
    DeclineReason.objects.all().delete()
    watch = Watch()
    watch.start()
    try:
        with crew(4, "work", operators=[each.pk for each in staff], seconds=SECONDS) as running:
            time.sleep(SECONDS / 2)
            running[0].kill()
            running[1].kill()
            told = [json.loads(each.communicate(timeout=120)[0]) for each in running[2:]]
    finally:
        watch.over.set()
        watch.join()
    assert sum(each["given"] for each in told) > 0
    assert watch.most == 5, "the race must have reached the limit, and never passed it"
    # What the killed ones left is due now, and nothing of it is left 5 seconds later.
    Presence.objects.update(state="online", gone_since=None)
    began = time.monotonic()
    later = clock.now() + timedelta(seconds=31)
    sweeps.release_of_the_absent(now=later)
    offers.expire(now=later)
    dispatch.dispatch(now=later)
    assert time.monotonic() - began < 5
    assert checks.look(now=later) == []
    waiting = QueueEntry.objects.filter(left_at__isnull=True)
    assert Conversation.objects.filter(state="queued").count() == waiting.count()
    assert (
        Conversation.objects.filter(state="assigned").count()
        == Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=False).count()
    )
    taken = Assignment.objects.filter(ended_at__isnull=True).values_list("conversation", flat=True)
    assert len(taken) == len(set(taken))


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
