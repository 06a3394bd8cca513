"""What routing hears: conversations that need a place, and lines whose counters changed."""

from __future__ import annotations

from apps.channels.services import chats
from apps.conversations.events import ConversationMoved, ConversationOpened, MessageReceived
from apps.conversations.models import Conversation, State
from apps.core.bus import LineDelta, encode_delta, get_bus, line_meta_topic, line_topic
from apps.operators.events import QueueChanged, TextsChanged
from apps.routing import selectors
from apps.routing.tasks import follow_hours, publish_rules, route


def place(event: MessageReceived) -> None:
    """A customer wrote where nobody holds and no line waits yet: find the place."""
    if event.state in (State.NEW, State.SNOOZED):
        route.delay(conversation_id=event.conversation)


def follow_line(event: QueueChanged) -> None:
    """The hours of a line were edited: what waits there follows."""
    if "hours" in event.fields:
        follow_hours.delay(queue_id=event.queue)


# What a chat tells of the lines it leads to.
TOLD_OF_LINES = frozenset(
    {"hours", "name", "public_name_ru", "public_name_en", "is_active", "is_default", "deleted"}
)


def refresh_chats(event: QueueChanged) -> None:
    """Departments, hours and names of lines: open chats that show this one fetch them anew."""
    if not TOLD_OF_LINES.isdisjoint(event.fields):
        chats.call_back(selectors.channels_telling_of(event.queue))


def repaint_chats(event: TextsChanged) -> None:
    """The bank's look: every open chat fetches it anew."""
    if event.what == "brand":
        chats.call_back(selectors.every_channel())


def publish_lines(event: QueueChanged) -> None:
    """A line came, went or got another priority: where each change is published at once, it works now."""
    if {"priority", "created", "deleted", "name"} & set(event.fields):
        publish_rules.delay()


def show_counts(event: ConversationMoved | ConversationOpened) -> None:
    """Counters of the lines it left and joined, counted once for all who watch them."""
    lines = {event.line, getattr(event, "line_from", event.line)}
    channel = Conversation.objects.values_list("channel_id", flat=True).get(pk=event.conversation)
    for line in lines:
        text = encode_delta(LineDelta(channel=channel, counts=selectors.line_counts(line)))
        get_bus().publish_line(line_topic(line), text)
        get_bus().publish_line(line_meta_topic(line), text)
