"""One node whose clock has jumped, beside others: F8 of the faults. Moments are the database's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.conversations.models import Conversation
from apps.operators.models import Operator, Queue
from apps.routing.models import Assignment
from apps.routing.services import dispatch
from tests.factories import dialogues, organisation, people
from tests.races.crew import processes

pytestmark = pytest.mark.django_db(transaction=True)
NEAR = timedelta(seconds=20)  # a busy machine starts a process in so many


def of_the_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def offered(line: Queue, *, ago: timedelta) -> tuple[Conversation, Operator]:
    """A conversation that was offered so long ago, and the only one who could have it."""
    operator = people.operator(lines=(line,), capacity=1)
    people.connected(operator)
    now = of_the_database() - ago
    conversation = dialogues.conversation(line=line, now=now)
    assert dispatch.dispatch(now=now) == 1
    return conversation, operator


def offers_of(conversation: Conversation) -> list[Assignment]:
    return list(Assignment.objects.filter(conversation=conversation).order_by("pk"))


@pytest.mark.parametrize("minutes", [10, -10])
def test_offers_run_out_by_the_time_of_the_database_whatever_a_node_believes(minutes: int) -> None:
    lines = [organisation.line(offering="automatic", accept_seconds=60) for _number in range(3)]
    fresh, _anna = offered(lines[0], ago=timedelta(0))
    late, _boris = offered(lines[1], ago=timedelta(seconds=61))
    people.connected(people.operator(lines=(lines[2],)))
    waiting = dialogues.conversation(line=lines[2], now=of_the_database())
    processes(1, "serve_on_a_jumped_node", minutes=minutes)
    now = of_the_database()
    [kept] = offers_of(fresh)
    assert kept.ended_at is None, "an offer that had a minute must not have run out"
    missed = offers_of(late)[0]
    assert missed.end_reason == "timed_out"
    assert missed.ended_at is not None
    assert now - NEAR < missed.ended_at <= now
    [made] = offers_of(waiting)
    assert made.offer_until is not None
    assert now - NEAR < made.offer_until - timedelta(seconds=60) <= now, "made by the node that jumped"
