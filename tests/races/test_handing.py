"""Accepted, declined and missed at the same moment: a handed conversation has one outcome, and nobody one too many."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from apps.conversations.models import Conversation
from apps.core.models import Event
from apps.operators.models import Operator, WorkSetting
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import capacity, handling, offers
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import WITHIN_SECONDS, at_once

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


def test_what_runs_out_locks_who_sent_it_and_who_missed_it_by_number() -> None:
    line = organisation.line(accept_seconds=30)
    anna, boris = people.operator("Анна", lines=(line,)), people.operator("Борис", lines=(line,))
    WorkSetting.objects.create(pk=1, missed_offers=3)
    number = dialogues.conversation(line=line, holder=boris).pk
    handling.transfer_to_operator(people.sight(boris), number, anna.pk, comment="", now=NOW)
    rows, is_held = Operator.objects.select_for_update(no_key=True, nowait=True), threading.Event()

    def lock_both_as_a_pass_does() -> list[str]:
        with transaction.atomic():
            first = rows.get(pk=anna.pk)
            is_held.set()
            _wait_for_one_who_waits()
            return [first.public_name, rows.get(pk=boris.pk).public_name]

    def run_out() -> int:
        is_held.wait(WITHIN_SECONDS)
        return offers.expire(now=TOO_LATE)

    assert at_once(lock_both_as_a_pass_does, run_out) == [["Анна", "Борис"], 1]
    assert Conversation.objects.get(pk=number).holder_id == boris.pk


def _wait_for_one_who_waits() -> None:
    """Until another connection waits for a lock that this one holds."""
    ends = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)  # the other connection has to come to its lock
