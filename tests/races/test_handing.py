"""Accepted, declined and missed at the same moment: a handed conversation has one outcome, and nobody one too many."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from apps.conversations.models import Conversation
from apps.core.models import Event
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import capacity, handling, offers
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TOO_LATE = NOW + timedelta(seconds=31)


def test_accepting_declining_and_running_out_at_once_leave_one_holder() -> None:
    line = organisation.line(accept_seconds=30)
    anna, boris = people.operator("Анна", lines=(line,)), people.operator("Борис", lines=(line,))
    for _round in range(6):
        conversation = dialogues.conversation(line=line, holder=anna)
        number = conversation.pk
        handling.transfer_to_operator(people.sight(anna), number, boris.pk, comment="", now=NOW)
        results = at_once(
            partial(handling.accept, people.sight(boris), number, now=NOW),
            partial(offers.decline, boris.pk, number, reason_id=None, now=NOW),
            lambda: offers.expire(now=TOO_LATE),
            lambda: offers.expire(now=TOO_LATE),
        )
        assert all(not isinstance(each, Exception) or hasattr(each, "code") for each in results), results
        row = Conversation.objects.get(pk=number)
        running = Assignment.objects.get(conversation=number, ended_at__isnull=True)
        assert (row.state, row.holder_id) == ("assigned", running.operator_id)
        assert not QueueEntry.objects.filter(conversation=number, left_at__isnull=True).exists()
        failed = Event.objects.filter(kind="handing.failed", subject_id=number).count()
        assert failed == (1 if row.holder_id == anna.pk else 0)
        handling.close(people.sight(running.operator), number, now=NOW)
    assert capacity.load_of(anna.pk) == capacity.load_of(boris.pk) == 0
