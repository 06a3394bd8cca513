"""Frames the server sends of itself, when something changed. See docs/protocol.md."""

from __future__ import annotations

from typing import Any

from apps.conversations.payloads import AuthorView, ConversationView, MessageView, RowView
from apps.core.frames import ServerFrame


class MessageFrame(ServerFrame, tag="message"):
    """A message is new or changed: replace it by id. ``rev`` is the conversation's number after the change."""

    conversation: int
    rev: int
    message: MessageView


class RevFrame(ServerFrame, tag="rev"):
    """The conversation's number rose by something that is not shown here."""

    conversation: int
    rev: int


class MarksFrame(ServerFrame, tag="marks"):
    """How far each side has received and read."""

    conversation: int
    rev: int
    customer_delivered_seq: int
    customer_read_seq: int
    staff_read_seq: int


class ConversationFrame(ServerFrame, tag="conversation"):
    """The customer's conversation changed: state, line, holder, rating."""

    conversation: ConversationView


class RowFrame(ServerFrame, tag="row"):
    """The operator's open conversation changed: state, line, holder, tags."""

    row: RowView


class HeldFrame(ServerFrame, tag="held"):
    """A part of the row of a conversation that one holds in a line one does not watch: join it by id."""

    row: dict[str, Any]


class TypingFrame(ServerFrame, tag="typing"):
    """Somebody is writing. Not stored; forget it after five seconds."""

    conversation: int
    author: AuthorView
