"""What routing hears: conversations that need a place, and lines whose counters changed."""

from __future__ import annotations

import msgspec

from apps.conversations.events import ConversationMoved, ConversationOpened, MessageReceived
from apps.conversations.models import State
from apps.core.bus import get_bus, line_meta_topic, line_topic
from apps.operators.events import QueueChanged
from apps.routing import selectors
from apps.routing.tasks import follow_hours, route


def place(event: MessageReceived) -> None:
    """A customer wrote where nobody holds and no line waits yet: find the place."""
    if event.state in (State.NEW, State.SNOOZED):
        route.delay(conversation_id=event.conversation)


def follow_line(event: QueueChanged) -> None:
    """The hours of a line were edited: what waits there follows."""
    if "hours" in event.fields:
        follow_hours.delay(queue_id=event.queue)


def show_counts(event: ConversationMoved | ConversationOpened) -> None:
    """Counters of the lines it left and joined, counted once for all who watch them."""
    lines = {event.line, getattr(event, "line_from", event.line)}
    for line in lines:
        text = msgspec.json.encode({"rows": [], "counts": selectors.line_counts(line)}).decode()
        get_bus().publish_line(line_topic(line), text)
        get_bus().publish_line(line_meta_topic(line), text)
