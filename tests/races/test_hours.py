"""Hours that are edited while somebody writes in the line."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle
from apps.core.actors import SYSTEM
from apps.operators.models import EditedHours
from apps.operators.services import announcing
from apps.routing.services import placement, sweeps
from tests.factories import dialogues
from tests.factories.hours import NOON, common_line
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_conversation_that_is_written_to_as_its_line_is_closed_is_sent_out_by_the_sweep() -> None:
    line = common_line()
    written, other = (dialogues.conversation(now=NOON) for _each in range(2))
    assert line.calendar is not None
    line.calendar.intervals.all().delete()
    announcing.hours_changed(line.calendar.pk, actor=SYSTEM, now=NOON)
    locked, over = threading.Event(), threading.Event()
    late = NOON + timedelta(minutes=1)

    def write() -> None:
        with transaction.atomic():
            lifecycle.lock(written.pk)
            locked.set()
            over.wait(10)

    def follow() -> int:
        assert locked.wait(10)
        moved = placement.follow_hours(line.pk, now=late)
        over.set()
        return moved

    assert at_once(write, follow) == [None, 1]
    assert sweeps.follow_edited_hours(now=late) == 1
    states = Conversation.objects.filter(pk__in=[written.pk, other.pk]).values_list("state", flat=True)
    assert list(states) == ["offline", "offline"]
    assert not EditedHours.objects.exists()
