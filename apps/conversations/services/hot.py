"""The hot path: a chat message is one SQL statement on Django's own connection.

The UPDATE of the conversation comes first: its row lock orders the messages and gives a gap-free ``seq``; message,
event and, where it leaves our sockets, delivery follow in the same statement. State and authority stand in its
WHERE. No row back means that the ordinary path has to decide. A repeated client id raises (an ON CONFLICT would
leave a gap in ``seq``) and is answered with the row stored first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from apps.channels.adapters.registry import own_socket_kinds
from apps.conversations.models import Message
from apps.conversations.services.words import preview
from apps.core.prepared import Prepared


class Written(NamedTuple):
    """What the statement wrote and what the conversation looks like after it."""

    message_id: int
    conversation_id: int
    seq: int
    rev: int
    state: str
    line_id: int
    holder_id: int | None
    customer_id: int
    identity_id: int
    unread: int
    awaiting_since: datetime | None
    # Its holder had given its place away, since the customer was silent.
    idle: bool
    channel_id: int
    own_socket: bool
    event_id: int
    # The delivery by which an answer leaves our sockets, with the event that says so.
    delivery_id: int | None = None
    delivery_event_id: int | None = None


class Repeated(Exception):
    """The client id was used before: ``message`` is what was stored then."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.pk)
        self.message = message


_FROM_CUSTOMER = Prepared(
    "otklik_from_customer",
    """
WITH moved AS (
    UPDATE conversations_conversation
    SET seq = seq + 1, rev = rev + 1, unread = unread + 1,
        last_at = %(now)s, last_text = %(preview)s, last_author = 'customer',
        awaiting_since = COALESCE(awaiting_since, %(now)s),
        identity_id = %(identity)s, channel_id = %(channel)s
    WHERE id = %(conversation)s AND customer_id = %(customer)s
      AND EXISTS (SELECT FROM conversations_identity WHERE id = %(identity)s AND customer_id = %(customer)s)
      AND state IN ('assigned', 'queued', 'bot', 'offline', 'new')
      AND EXISTS (SELECT 1 FROM support_channels_channel WHERE id = %(channel)s AND is_active)
    RETURNING id, seq, rev, state, line_id, holder_id, customer_id, identity_id, unread, awaiting_since, idle
), said AS (
    INSERT INTO conversations_message
        (conversation_id, seq, rev, kind, author_kind, identity_id, client_id, text, code, params, staff_only, at,
         reply_to_id)
    SELECT id, seq, rev, 'text', 'customer', %(identity)s, %(client_id)s, %(text)s, '', '{}', false, %(now)s,
        %(reply_to)s
    FROM moved RETURNING id
), logged AS (
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, at, details)
    SELECT 'message.received', 'conversation', moved.id, 'customer', %(identity)s, %(now)s,
        jsonb_build_object('conversation', moved.id, 'rev', moved.rev, 'message', said.id, 'seq', moved.seq,
                           'state', moved.state, 'idle', moved.idle)
    FROM moved, said RETURNING id
)
SELECT said.id, moved.*, %(channel)s, true, logged.id FROM moved, said, logged
""",
    {
        "conversation": "bigint",
        "customer": "bigint",
        "identity": "bigint",
        "channel": "bigint",
        "client_id": "text",
        "text": "text",
        "preview": "text",
        "reply_to": "bigint",
        "now": "timestamptz",
    },
)

_FROM_STAFF = Prepared(
    "otklik_from_staff",
    """
WITH moved AS (
    UPDATE conversations_conversation
    SET seq = seq + 1, rev = rev + 1, unread = 0, staff_read_seq = seq + 1,
        last_at = %(now)s, last_text = %(preview)s, last_author = 'operator',
        awaiting_since = NULL, first_answer_at = COALESCE(first_answer_at, %(now)s)
    WHERE id = %(conversation)s AND holder_id = %(user)s AND state = 'assigned'
    RETURNING id, seq, rev, state, line_id, holder_id, customer_id, identity_id, unread, awaiting_since, idle,
        channel_id
), said AS (
    INSERT INTO conversations_message
        (conversation_id, seq, rev, kind, author_kind, author_id, identity_id, client_id, text, code, params,
         staff_only, at, reply_to_id)
    SELECT id, seq, rev, 'text', 'operator', %(user)s, identity_id, %(client_id)s, %(text)s, '', '{}', false, %(now)s,
        %(reply_to)s
    FROM moved RETURNING id
), leaves AS (
    INSERT INTO conversations_delivery
        (message_id, conversation_id, identity_id, place, state, provider_id, error, attempts_made, due_at, created_at,
         changed_at)
    SELECT said.id, moved.id, moved.identity_id, moved.seq, 'queued', '', '', 0, %(now)s, %(now)s, %(now)s
    FROM moved, said, support_channels_channel AS channel
    WHERE channel.id = moved.channel_id AND channel.kind <> ALL(%(own_socket)s)
    RETURNING id
), queued AS (
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, at, details)
    SELECT 'delivery.queued', 'conversation', moved.id, 'staff', %(user)s, %(now)s,
        jsonb_build_object('conversation', moved.id, 'rev', moved.rev, 'delivery', leaves.id)
    FROM moved, leaves RETURNING id
), logged AS (
    INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, at, details)
    SELECT 'message.sent', 'conversation', moved.id, 'staff', %(user)s, %(now)s,
        jsonb_build_object('conversation', moved.id, 'rev', moved.rev, 'message', said.id, 'seq', moved.seq,
                           'staff_only', false)
    FROM moved, said RETURNING id
)
SELECT said.id, moved.id, moved.seq, moved.rev, moved.state, moved.line_id, moved.holder_id, moved.customer_id,
    moved.identity_id, moved.unread, moved.awaiting_since, moved.idle, moved.channel_id,
    channel.kind = ANY(%(own_socket)s), logged.id, (SELECT id FROM leaves), (SELECT id FROM queued)
FROM moved, said, logged, support_channels_channel AS channel
WHERE channel.id = moved.channel_id
""",
    {
        "conversation": "bigint",
        "user": "bigint",
        "client_id": "text",
        "text": "text",
        "preview": "text",
        "reply_to": "bigint",
        "now": "timestamptz",
        "own_socket": "text[]",
    },
)


def write_from_customer(
    *,
    conversation_id: int,
    customer_id: int,
    identity_id: int,
    channel_id: int,
    client_id: str,
    text: str,
    reply_to: int | None,
    now: datetime,
) -> Written | None:
    """Store a customer's text in his open conversation. None: it is closed, snoozed or not his. Raises Repeated."""
    return _write(
        _FROM_CUSTOMER,
        {
            "conversation": conversation_id,
            "customer": customer_id,
            "identity": identity_id,
            "channel": channel_id,
            "client_id": client_id,
            "text": text,
            "preview": preview(text),
            "reply_to": reply_to,
            "now": now,
        },
        repeat={"identity_id": identity_id, "client_id": client_id, "author_kind": "customer"},
    )


def write_from_staff(
    *, conversation_id: int, user_id: int, client_id: str, text: str, reply_to: int | None, now: datetime
) -> Written | None:
    """Store the holder's answer. None: he does not hold it now. Raises Repeated."""
    return _write(
        _FROM_STAFF,
        {
            "conversation": conversation_id,
            "user": user_id,
            "client_id": client_id,
            "text": text,
            "preview": preview(text),
            "reply_to": reply_to,
            "now": now,
            "own_socket": list(own_socket_kinds()),
        },
        repeat={"author_id": user_id, "client_id": client_id},
    )


def _write(statement: Prepared, values: dict[str, Any], *, repeat: dict[str, Any]) -> Written | None:
    try:
        if connection.in_atomic_block:
            with transaction.atomic():
                return _execute(statement, values)
        return _execute(statement, values)
    except IntegrityError:
        stored = Message.objects.filter(**repeat).first()
        if stored is None:
            raise
        raise Repeated(stored) from None


def _execute(statement: Prepared, values: dict[str, Any]) -> Written | None:
    row = statement.fetch_one(values)
    return None if row is None else Written(*row)
