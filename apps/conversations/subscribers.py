"""What screens are told after a commit. A receiver builds a payload once and posts it; it decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import msgspec

from apps.channels.events import UpdatesAccepted
from apps.conversations import selectors, topics
from apps.conversations.events import (
    ConversationEvent,
    ConversationMoved,
    ConversationRead,
    CustomersMerged,
    DeliveryQueued,
    IdentityAppeared,
    MergeUndone,
    MessageEvent,
)
from apps.conversations.models import Conversation
from apps.conversations.payloads import MessageView, QuoteView, customer_params
from apps.conversations.pushed import (
    ConversationFrame,
    HeldFrame,
    MarksFrame,
    MessageFrame,
    RevFrame,
    RowFrame,
)
from apps.conversations.services.hot import Written
from apps.conversations.services.words import preview
from apps.conversations.tasks import deliver_due, ingest_updates, show_judged_file
from apps.core.bus import LineDelta, Post, encode_delta, get_bus, line_meta_topic, line_topic
from apps.core.files.events import FileJudged
from apps.core.frames import ResyncFrame, encode


def show_message(event: MessageEvent) -> None:
    """A new or changed message, to its customer and to the operators who look at the conversation."""
    shown = event.view if isinstance(event.view, Shown) else _load(event)
    staff = MessageFrame(conversation=event.conversation, rev=event.rev, message=shown.message)
    posts = [
        Post(topics.staff(event.conversation), encode(staff), topics.staff_scope(shown.line, shown.channel))
    ]
    posts.append(_customer_post(event, shown))
    if not shown.message.staff_only:
        posts += _held(shown.holder, shown.row, shown.line, shown.channel)
    get_bus().publish(posts)
    if not shown.message.staff_only:
        get_bus().publish_line(line_topic(shown.line), encode_row(shown.row, shown.channel))


class Shown(msgspec.Struct, kw_only=True):
    """A message with where it has to be shown; built in memory by the hot path, read otherwise."""

    message: MessageView
    customer: int
    line: int
    channel: int
    holder: int | None
    row: dict[str, Any]
    customer_quote: QuoteView | None = None

    @classmethod
    def of_hot(
        cls, message: MessageView, written: Written, *, channel_id: int, text: str, author: str, now: datetime
    ) -> Self:
        """From what the one statement of the hot path gave back: no further query."""
        return cls(
            message=message,
            customer=written.customer_id,
            line=written.line_id,
            channel=channel_id,
            holder=written.holder_id,
            row={
                "id": written.conversation_id,
                "rev": written.rev,
                "preview": preview(text),
                "last_author": author,
                "last_at": now,
                "awaiting_since": written.awaiting_since,
                "unread": written.unread,
            },
        )


def _load(event: MessageEvent) -> Shown:
    message = selectors.messages().select_related("conversation").get(pk=event.message)
    conversation = message.conversation
    return Shown(
        message=selectors.message_view(message, staff=True),
        customer=conversation.customer_id,
        line=conversation.line_id,
        channel=conversation.channel_id,
        holder=conversation.holder_id,
        row={
            "id": conversation.pk,
            "rev": conversation.rev,
            "preview": conversation.last_text,
            "last_author": conversation.last_author,
            "last_at": conversation.last_at,
            "awaiting_since": conversation.awaiting_since,
            "unread": conversation.unread,
        },
        customer_quote=selectors.quote_view(message.reply_to, to=message),
    )


def _customer_post(event: MessageEvent, shown: Shown) -> Post:
    """The customer's copy; of what only staff may see he is told the number alone."""
    topic = topics.customer(shown.customer)
    if shown.message.staff_only:
        scope = topics.customer_scope(None, event.conversation, event.rev)
        return Post(topic, encode(RevFrame(conversation=event.conversation, rev=event.rev)), scope)
    theirs = msgspec.structs.replace(
        shown.message,
        params=customer_params(shown.message.code, shown.message.params),
        identity=None,
        delivery=None,
        delivery_id=None,
        delivery_error="",
        reply_to=shown.customer_quote,
    )
    frame = MessageFrame(conversation=event.conversation, rev=event.rev, message=theirs)
    return Post(
        topic, encode(frame), topics.customer_scope(shown.message.identity, event.conversation, event.rev)
    )


def show_verdict(event: FileJudged) -> None:
    """The scanner has spoken about a file: the message that it belongs to changes on the screens."""
    show_judged_file.delay(file_id=event.file)


def show_marks(event: ConversationRead) -> None:
    """Delivered and read marks, to both sides."""
    frame = encode(
        MarksFrame(
            conversation=event.conversation,
            rev=event.rev,
            customer_delivered_seq=event.customer_delivered,
            customer_read_seq=event.customer_read,
            staff_read_seq=event.staff_read,
        )
    )
    row = Conversation.objects.values(
        "customer_id", "identity_id", "line_id", "channel_id", "holder_id", "unread"
    ).get(pk=event.conversation)
    scope = topics.staff_scope(row["line_id"], row["channel_id"])
    theirs = topics.customer_scope(row["identity_id"], event.conversation, event.rev)
    delta = {"id": event.conversation, "rev": event.rev, "unread": row["unread"]}
    get_bus().publish(
        [
            Post(topics.customer(row["customer_id"]), frame, theirs),
            Post(topics.staff(event.conversation), frame, scope),
            *_held(row["holder_id"], delta, row["line_id"], row["channel_id"]),
        ]
    )
    get_bus().publish_line(line_topic(row["line_id"]), encode_row(delta, row["channel_id"]))


def show_conversation(event: ConversationEvent) -> None:
    """State, line, holder, tags or rating changed: the customer's view, the open thread and the rows of lists."""
    conversation = selectors.rows().select_related("line", "rating").get(pk=event.conversation)
    view = selectors.conversation_view(conversation, language=conversation.customer.language)
    row = selectors.row_view(conversation)
    scope = topics.staff_scope(conversation.line_id, conversation.channel_id)
    theirs = topics.customer_scope(conversation.identity_id, conversation.pk, event.rev)
    get_bus().publish(
        [
            Post(
                topics.customer(conversation.customer_id),
                encode(ConversationFrame(conversation=view)),
                theirs,
            ),
            Post(topics.staff(conversation.pk), encode(RowFrame(row=row)), scope),
            *_holders(event, row),
        ]
    )
    locked = selectors.row_view(conversation, locked=True)
    get_bus().publish_line(line_topic(conversation.line_id), encode_row(row, conversation.channel_id))
    get_bus().publish_line(line_meta_topic(conversation.line_id), encode_row(locked, conversation.channel_id))
    if isinstance(event, ConversationMoved) and event.line_from != event.line:
        _leave_line(event, conversation.channel_id)


def _holders(event: ConversationEvent, row: Any) -> list[Post]:
    """Who got it and who lost it are told on topics of their own, whatever lines they show."""
    if not isinstance(event, ConversationMoved):
        return []
    people = {event.holder, event.holder_from} - {None}
    frame = encode(RowFrame(row=row))
    return [
        Post(
            topics.user(person), frame, topics.holder_scope(event.conversation, holds=event.holder == person)
        )
        for person in people
        if person
    ]


def _held(holder: int | None, row: dict[str, Any], line: int, channel: int) -> list[Post]:
    """The holder is told on his own topic as well: he may have been given it out of a line he does not watch."""
    if holder is None:
        return []
    return [Post(topics.user(holder), encode(HeldFrame(row=row)), topics.held_scope(line, channel))]


def _leave_line(event: ConversationMoved, channel_id: int) -> None:
    """Screens of the former line drop the row: it names the new line and nothing else."""
    row = {"id": event.conversation, "rev": event.rev, "line": event.line, "gone": True}
    gone = encode_row(row, channel_id)
    get_bus().publish_line(line_topic(event.line_from), gone)
    get_bus().publish_line(line_meta_topic(event.line_from), gone)


def understand(event: UpdatesAccepted) -> None:
    """A provider sent something: it waits in the ledger."""
    ingest_updates.delay(channel_id=event.channel)


def send_out(event: DeliveryQueued) -> None:
    """A message has to leave through its provider."""
    deliver_due.delay()


def encode_row(row: Any, channel_id: int) -> str:
    """A line's delta with one row, whole or in part, joined by id on the screen."""
    return encode_delta(LineDelta(channel=channel_id, rows=[row]))


def wake_other_tabs(event: IdentityAppeared) -> None:
    """Other tabs of the visitor do not know yet who they are: they ask again."""
    get_bus().publish([Post(topics.visitor(event.external_id), encode(ResyncFrame()))])


def reload_customer(event: CustomersMerged | MergeUndone) -> None:
    """What the person may see has changed: his screens fetch it anew."""
    text = encode(ResyncFrame())
    get_bus().publish(
        [
            Post(topics.customer(event.customer), text, topics.RELOAD),
            Post(topics.customer(event.absorbed), text, topics.RELOAD),
        ]
    )
