"""One person leaves his contact in several tabs at once; an operator takes the conversation at that moment."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from apps.conversations.models import Conversation, Identity
from apps.conversations.services import lifecycle
from apps.operators.models import Overflow
from apps.routing.models import Lead, LeadRequest
from apps.routing.services import contacts, handling, overflow
from tests.factories import dialogues, organisation, people
from tests.factories.hours import NIGHT, NOON, common_line
from tests.factories.people import sight
from tests.factories.rules import publish
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def leave(identity: Identity, place: int, *, email: str = "", conversation: int | None = None) -> int:
    asked = contacts.request(
        wanted="answer",
        name="Anna",
        phone="+7 916 000-00-00",
        email=email,
        question="Card?",
        preferred="",
        client_id=f"request-{identity.pk}-{place}",
    )
    now = NOON if conversation else NIGHT
    return contacts.leave(identity, asked, conversation_id=conversation, department=None, now=now).pk


def test_the_same_telephone_from_several_devices_at_once_makes_one_lead() -> None:
    common_line(out_of_hours="form")
    people_of_one = [dialogues.identity() for _each in range(6)]
    made = at_once(*[lambda who=who, n=n: leave(who, n) for n, who in enumerate(people_of_one)])
    assert made == [made[0]] * 6
    assert (Lead.objects.count(), LeadRequest.objects.count()) == (1, 6)


def test_the_same_request_sent_twice_at_once_is_kept_once() -> None:
    common_line(out_of_hours="form")
    identity = dialogues.identity()
    made = at_once(*[lambda: leave(identity, 1)] * 4)
    assert made == [made[0]] * 4
    assert LeadRequest.objects.count() == 1


def test_he_either_leaves_a_contact_or_is_taken_and_never_both() -> None:
    line = common_line(offer_contact_seconds=0)
    anna = people.operator(lines=(line,), capacity=50)
    for place in range(8):
        identity = dialogues.identity()
        number = dialogues.conversation(by=identity, now=NOON - timedelta(minutes=1)).pk
        left, taken = at_once(
            partial(leave, identity, place, conversation=number),
            partial(handling.accept, sight(anna), number, now=NOON),
        )
        state = Conversation.objects.get(pk=number).state
        assert isinstance(left, Exception) != isinstance(taken, Exception)
        assert state == ("assigned" if isinstance(left, Exception) else "closed")
        assert LeadRequest.objects.filter(identity=identity).exists() == (state == "closed")


def test_a_contact_left_while_its_conversation_overflows_is_a_lead_of_the_line_where_it_ends() -> None:
    line, reserve = common_line(offer_contact_seconds=0), organisation.line(offer_contact_seconds=0)
    Overflow.objects.create(queue=line, by="wait", limit=0, reserve=reserve)
    publish()
    anna, on_her_phone = dialogues.identity(), dialogues.identity()
    number, other = (
        dialogues.conversation(by=who, now=NOON - timedelta(minutes=1)).pk for who in (anna, on_her_phone)
    )
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            lifecycle.lock(number)
            left = threads.submit(alone, partial(leave, anna, 0, conversation=number))
            wait_until_it_waits(left)
            assert overflow.overflow(now=NOON) == 2
        again = leave(on_her_phone, 1, conversation=other)
    lead = Lead.objects.get()
    assert (left.result(), again, lead.queue) == (lead.pk, lead.pk, reserve)


def alone(call: partial[int]) -> int:
    """The call on a connection that is closed after it."""
    try:
        return call()
    finally:
        connections.close_all()


def wait_until_it_waits(call: Future[int]) -> None:
    """Return when the call of the other thread stands before a lock."""
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
        while not call.done():
            cursor.execute(blocked, [mine])
            if cursor.fetchone()[0]:
                return
            # Nothing tells of a lock that is waited for; the table of locks has to be asked again.
            time.sleep(0.005)
    raise AssertionError("it waited for nobody")
