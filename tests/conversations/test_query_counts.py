"""Query counts of what runs most: equal for 2 rows and for many, and none for each socket of a fan-out.

The committed numbers are baselines: a change that raises one says so here, on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations import selectors
from apps.conversations.events import MessageReceived
from apps.conversations.models import Conversation, Message
from apps.conversations.services import inbound, outbound
from apps.conversations.subscribers import Shown, show_message
from apps.core.bus import Hub, get_bus
from apps.routing import selectors as routing
from apps.routing.models import QueueEntry
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight

pytestmark = pytest.mark.django_db

FEW, MANY = 2, 2000
LIST_SECTION = 4  # what stands in front; numbers; rows with customer, channel and holder; tags
THREAD_PAGE = 3  # messages with author and quote; attachments; deliveries
MESSAGE = 1  # the statement of the hot path


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    # Within a test's transaction the statement stands in a savepoint of its own.
    return sum("SAVEPOINT" not in each["sql"] for each in captured.captured_queries)


def many_conversations(like: Conversation, number: int) -> None:
    """Copies of a waiting conversation, each of a thread of its own, all standing in its line."""
    copies = [
        Conversation(
            **{
                field.attname: getattr(like, field.attname)
                for field in Conversation._meta.concrete_fields
                if field.attname not in ("id", "thread")
            },
            thread=f"copy-{place}",
        )
        for place in range(number)
    ]
    made = Conversation.objects.bulk_create(copies)
    QueueEntry.objects.bulk_create(
        QueueEntry(conversation=each, queue=each.line, reason="placed", entered_at=NOW, waiting_since=NOW)
        for each in made
    )


def many_messages(conversation: Conversation, number: int) -> None:
    """A long conversation."""
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            seq=conversation.seq + place,
            rev=conversation.rev + place,
            author_kind="customer",
            identity_id=conversation.identity_id,
            text=f"Сообщение {place}",
            at=NOW,
        )
        for place in range(1, number + 1)
    )
    Conversation.objects.filter(pk=conversation.pk).update(
        seq=conversation.seq + number, rev=conversation.rev + number
    )


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_a_section_of_the_list_takes_the_same_queries_for_any_number_of_rows(rows: int) -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    many_conversations(dialogues.conversation(line=line), rows - 1)
    mine = sight(anna)

    def read() -> list[Any]:
        page, _next = routing.section(mine, "waiting", now=NOW)
        return [selectors.row_view(row) for row in page]

    assert len(read()) == min(rows, routing.PAGE)
    assert queries(read) == LIST_SECTION


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_a_page_of_a_thread_takes_the_same_queries_for_any_number_of_messages(rows: int) -> None:
    conversation = dialogues.conversation()
    many_messages(conversation, rows)

    def read() -> list[Any]:
        page = selectors.page_of_messages(conversation.pk)
        return [selectors.message_view(message, staff=True) for message in page]

    assert queries(read) == THREAD_PAGE


@pytest.mark.parametrize("rows", [FEW, MANY])
def test_a_message_is_one_statement_however_long_its_conversation_is(rows: int) -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    conversation = dialogues.conversation(line=line, holder=anna)
    many_messages(conversation, rows)
    identity = conversation.identity

    def customer_writes() -> None:
        written = inbound.send_text(
            identity,
            conversation_id=conversation.pk,
            text="Когда придёт карта?",
            client_id="client-id-1",
            now=NOW,
        )
        assert written is not None

    def operator_answers() -> None:
        written = outbound.send_text(
            anna.pk, conversation_id=conversation.pk, text="Завтра", client_id="client-id-2", now=NOW
        )
        assert written is not None

    assert queries(customer_writes) == MESSAGE
    assert queries(operator_answers) == MESSAGE


class Listener:
    """A socket, as the bus sees it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear(self, topic: str, text: str, scope: str) -> None:
        self.heard.append(text)

    def lost_track(self) -> None:
        raise AssertionError("nothing was lost")


@pytest.mark.parametrize("sockets", [FEW, MANY])
def test_showing_a_message_asks_the_database_nothing_for_any_number_of_sockets(
    sockets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = dialogues.conversation()
    message = selectors.messages().get(conversation=conversation)
    view = Shown(
        message=selectors.message_view(message, staff=True),
        customer=conversation.customer_id,
        line=conversation.line_id,
        channel=conversation.channel_id,
        holder=None,
        row={"id": conversation.pk, "rev": conversation.rev},
    )
    event = MessageReceived(
        conversation=conversation.pk,
        rev=conversation.rev,
        message=message.pk,
        seq=message.seq,
        state=conversation.state,
        view=view,
    )
    hub, bus = Hub(), get_bus()
    listeners = [Listener() for _ in range(sockets)]
    for listener in listeners:
        hub.add(f"conv:{conversation.pk}:operator", listener)
    monkeypatch.setattr(bus, "publish", lambda posts: [hub.deliver(*post) for post in posts])
    monkeypatch.setattr(bus, "publish_line", lambda topic, text: hub.deliver_numbered(topic, 1, text))

    assert queries(lambda: show_message(event)) == 0
    assert {len(listener.heard) for listener in listeners} == {1}
