"""What screens are told after a commit. A receiver builds a payload once and posts it; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import msgspec

from apps.channels.events import UpdatesAccepted
from apps.conversations import selectors, topics
from apps.conversations.events import (
    ConversationContinued,
    ConversationEvent,
    ConversationMoved,
    ConversationRead,
    CustomersMerged,
    DeliveryQueued,
    IdentityAppeared,
    LetterQueued,
    MergeUndone,
    MessageEvent,
)
from apps.conversations.models import Conversation, Message
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
from apps.conversations.tasks import deliver_due, ingest_updates, send_letters, show_judged_file
from apps.core.bus import LineDelta, Post, encode_delta, get_bus, line_meta_topic, line_topic
from apps.core.events import Together
from apps.core.files.events import FileJudged
from apps.core.frames import ResyncFrame, encode


@Together
def show_message(events: Sequence[MessageEvent]) -> None:
    """New or changed messages, to their customers and to the operators who look at the conversations."""
    loaded = _load([event.message for event in events if not isinstance(event.view, Shown)])
    posts: list[Post] = []
    deltas = Deltas()
    for event in events:
        shown = event.view if isinstance(event.view, Shown) else loaded[event.message]
        staff = MessageFrame(conversation=event.conversation, rev=event.rev, message=shown.message)
        scope = topics.staff_scope(shown.line, shown.channel)
        posts += [Post(topics.staff(event.conversation), encode(staff), scope), _customer_post(event, shown)]
        if not shown.message.staff_only:
            posts += _held(shown.holder, shown.row, shown.line, shown.channel)
            deltas.add(line_topic(shown.line), shown.channel, shown.row)
    get_bus().publish(posts)
    deltas.publish()


class Deltas:
    """Rows for the lists of lines, put together: one delta for each topic and channel."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], list[Any]] = {}

    def add(self, topic: str, channel_id: int, row: Any) -> None:
        """A row, whole or in part, joined by id on the screen."""
        self._rows.setdefault((topic, channel_id), []).append(row)

    def publish(self) -> None:
        get_bus().publish_lines(
            [
                (topic, encode_delta(LineDelta(channel=channel, rows=rows)))
                for (topic, channel), rows in self._rows.items()
            ]
        )


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


def _load(numbers: Sequence[int]) -> dict[int, Shown]:
    """By their numbers; nothing is asked for none."""
    if not numbers:
        return {}
    found = selectors.messages().select_related("conversation").in_bulk(numbers)
    return {number: _shown(message) for number, message in found.items()}


def _shown(message: Message) -> Shown:
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


@Together
def show_conversation(events: Sequence[ConversationEvent]) -> None:
    """State, line, holder, tags or rating changed: the customer's view, the open thread and the rows of lists."""
    asked = {event.conversation for event in events}
    found = selectors.rows().select_related("line", "rating").in_bulk(asked)
    posts: list[Post] = []
    deltas = Deltas()
    for event in events:
        _show_place(event, found[event.conversation], posts, deltas)
    get_bus().publish(posts)
    deltas.publish()


def _show_place(
    event: ConversationEvent, conversation: Conversation, posts: list[Post], deltas: Deltas
) -> None:
    view = selectors.conversation_view(conversation, language=conversation.customer.language)
    row = selectors.row_view(conversation)
    scope = topics.staff_scope(conversation.line_id, conversation.channel_id)
    # How it stands is no secret of the address that speaks now: who took part from another one is told as well.
    theirs = topics.customer_scope(conversation.identity_id, conversation.pk, event.rev, to_all=True)
    customer = topics.customer(conversation.customer_id)
    posts += [
        Post(customer, encode(ConversationFrame(conversation=view)), theirs),
        Post(topics.staff(conversation.pk), encode(RowFrame(row=row)), scope),
        *_holders(event, row),
    ]
    locked = selectors.row_view(conversation, locked=True)
    deltas.add(line_topic(conversation.line_id), conversation.channel_id, row)
    deltas.add(line_meta_topic(conversation.line_id), conversation.channel_id, locked)
    if isinstance(event, ConversationMoved) and event.line_from != event.line:
        _leave_line(event, conversation.channel_id, deltas)


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


def _leave_line(event: ConversationMoved, channel_id: int, deltas: Deltas) -> None:
    """Screens of the former line drop the row: it names the new line and nothing else."""
    row = {"id": event.conversation, "rev": event.rev, "line": event.line, "gone": True}
    deltas.add(line_topic(event.line_from), channel_id, row)
    deltas.add(line_meta_topic(event.line_from), channel_id, row)


def understand(event: UpdatesAccepted) -> None:
    """A provider sent something: it waits in the ledger."""
    ingest_updates.delay(channel_id=event.channel)


def send_out(event: DeliveryQueued) -> None:
    """A message has to leave through its provider."""
    deliver_due.delay()


def post_letters(event: LetterQueued) -> None:
    """A letter is due: soon, by a worker."""
    send_letters.delay()


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


def reload_page(event: ConversationContinued) -> None:
    """The chat he came from fetches itself anew: it waits for nobody any more."""
    get_bus().publish([Post(topics.customer(event.customer), encode(ResyncFrame()), topics.RELOAD)])
