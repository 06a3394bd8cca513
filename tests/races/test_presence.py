"""One operator on two screens that close and open at once, and what he holds meanwhile."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest

from apps.conversations.models import Conversation
from apps.core.actors import Actor
from apps.core.models import Event
from apps.operators.models import Presence
from apps.operators.services.presence import set_presence
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import sweeps
from apps.routing.watchdog import checks
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_going_and_coming_at_once_are_told_one_after_another_and_nothing_held_is_lost() -> None:
    line = organisation.common_line()
    anna = people.operator(lines=(line,))
    actor = Actor.staff(anna.pk)
    come = partial(set_presence, anna.pk, state="online", actor=actor, now=NOW)
    go = partial(set_presence, anna.pk, state="offline", actor=actor, now=NOW)
    for _round in range(6):
        come()
        held = dialogues.conversation(holder=anna).pk
        ends = at_once(go, come, partial(sweeps.send_home, anna.pk, now=NOW), go, come)
        assert not [each for each in ends if isinstance(each, Exception)], ends
        row = Conversation.objects.get(pk=held)
        kept = Assignment.objects.filter(conversation=held, ended_at=None).count()
        waits = QueueEntry.objects.filter(conversation=held, left_at=None).count()
        assert (row.state, kept, waits) in [("assigned", 1, 0), ("queued", 0, 1)]
        assert checks.look(now=NOW) == []
    told = Event.objects.filter(kind="presence.changed", subject_id=anna.pk).order_by("pk")
    steps = [(each.details["state_from"], each.details["state"]) for each in told]
    assert all(before != after for before, after in steps), "nobody goes or comes twice"
    assert all(one[1] == other[0] for one, other in pairwise(steps)), "each begins where the last one ended"
    assert steps[-1][1] == Presence.objects.get(operator=anna).state
