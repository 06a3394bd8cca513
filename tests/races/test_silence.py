"""He writes at the moment at which his silence is acted upon; two workers sweep at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.services import inbound, outbound
from apps.routing.models import SilencePolicy, SilenceStep, SilenceTaken
from apps.routing.services import reminding
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=5)


def step(action: str) -> None:
    policy = SilencePolicy.objects.create(queue=organisation.common_line())
    SilenceStep.objects.create(policy=policy, after_minutes=5, action=action, text_ru="Hello?")


def answered() -> tuple[int, int]:
    """A conversation whose customer says nothing, and his identity."""
    anna = people.operator(lines=(organisation.common_line(),), capacity=50)
    identity = dialogues.identity()
    number = dialogues.conversation(by=identity, holder=anna).pk
    outbound.answer(sight(anna), conversation_id=number, text="Which?", client_id=f"answer-{number}", now=NOW)
    return number, identity.pk


def say(identity_id: int, number: int, text: str, *, now: datetime) -> int:
    """What the customer writes, by the road of the widget; the conversation in which it stands."""
    identity = Identity.objects.select_related("customer", "channel").get(pk=identity_id)
    client_id = f"{text}-{number}"
    written = inbound.send_text(identity, conversation_id=number, text=text, client_id=client_id, now=now)
    if written is not None:
        return written.conversation_id
    stored = inbound.receive(identity, text=text, client_id=client_id, conversation_id=number, now=now)
    return stored.conversation_id


def test_whoever_writes_while_it_closes_is_in_an_open_conversation_afterwards() -> None:
    step("close")
    ends = set()
    for _round in range(8):
        number, identity = answered()
        closed, written = at_once(
            lambda: reminding.follow_silences(now=LATER),
            partial(say, identity, number, "Back", now=LATER),
        )
        row = Conversation.objects.get(pk=number)
        assert written == number, "his word opens the same conversation again"
        assert row.state in ("assigned", "new")
        assert row.awaiting_since == LATER
        assert (row.close_reason, row.closed_at) == ("", None)
        assert Message.objects.filter(conversation=number, code="reopened").count() == closed
        ends.add(closed)
    assert ends <= {0, 1}


def test_four_workers_take_a_step_once() -> None:
    step("remind")
    numbers = [answered()[0] for _each in range(5)]
    sweeps = at_once(*[lambda: reminding.follow_silences(now=LATER)] * 4)
    assert sum(sweeps) == 5
    assert SilenceTaken.objects.count() == 5
    assert Message.objects.filter(conversation__in=numbers, author_kind="system", kind="text").count() == 5
