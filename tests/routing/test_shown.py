"""From the welcome to the first words: what a socket was told is what its customer is owed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.channels.models import Channel, Visitor
from apps.channels.sessions import CustomerSession
from apps.conversations.frames import customer as speaking
from apps.conversations.frames.declared import CustomerSendFrame
from apps.conversations.models import Message
from apps.core import clock
from apps.operators.models import Queue
from apps.routing.frames.customer import build_welcome
from apps.routing.models import Department, Promise, Showing
from tests.factories import organisation
from tests.factories.promises import promise

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cards() -> Queue:
    return organisation.line("Карты")


@pytest.fixture
def channel(cards: Queue) -> Channel:
    found = organisation.channel()
    for each in (cards, organisation.line("Кредиты")):
        Department.objects.create(channel=found, queue=each)
    return found


@pytest.fixture
def made(cards: Queue) -> Promise:
    return promise(queue=cards, since=clock.now() - timedelta(days=1))


@pytest.fixture
def session(channel: Channel) -> CustomerSession:
    now = clock.now()
    row = Visitor.objects.create(
        channel=channel,
        external_id="visitor-of-a-page",
        token_digest="d",
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=1),
    )
    return CustomerSession(
        channel_id=channel.pk,
        visitor_id=row.pk,
        external_id=row.external_id,
        language="en",
        time_zone="",
        text_limit=4000,
        new_token=None,
        token_digest=row.token_digest,
        expires_at=row.expires_at,
    )


def writes(
    session: CustomerSession,
    *,
    department: int | None = None,
    conversation: int | None = None,
    new_topic: bool = False,
) -> int:
    sent = CustomerSendFrame(
        text="Hello",
        client_id=f"message-{Message.objects.count()}",
        department=department,
        conversation=conversation,
        new_topic=new_topic,
    )
    return speaking.send_now(session, sent).conversation


def test_the_welcome_says_it_at_the_department_and_the_first_words_keep_it(
    session: CustomerSession, made: Promise, cards: Queue
) -> None:
    welcome = build_welcome(session)
    assert welcome.look.promise == ""
    assert [each.promise for each in welcome.departments] == [made.text_en, ""]
    made.is_active = False
    made.save()
    number = writes(session, department=cards.pk)
    writes(session, conversation=number)
    found = Showing.objects.get()
    assert (found.conversation_id, found.seq, found.promise, found.line) == (number, 1, made, cards)
    assert (found.text, found.seconds, found.shown_at) == (made.text_en, 600, welcome.now)


def test_who_chooses_another_department_or_none_is_promised_nothing(
    session: CustomerSession, made: Promise, channel: Channel
) -> None:
    build_welcome(session)
    other = channel.departments.exclude(queue=made.queue).get().queue_id
    writes(session, department=other)
    writes(session, new_topic=True)
    assert not Showing.objects.exists()


def test_a_later_welcome_takes_the_place_of_the_earlier(
    session: CustomerSession, made: Promise, cards: Queue
) -> None:
    build_welcome(session)
    Promise.objects.update(is_active=False)
    build_welcome(session)
    writes(session, department=cards.pk)
    assert not Showing.objects.exists()


def test_before_any_welcome_nothing_was_shown(session: CustomerSession, made: Promise, cards: Queue) -> None:
    writes(session, department=cards.pk)
    assert not Showing.objects.exists()
