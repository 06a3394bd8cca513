"""What screens and integrations are shown of messages and conversations: allow-lists, declared once.

Built by selectors, sent by subscribers, answered by frames. Two views of a message exist: the customer's never
carries what is for staff only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from apps.core.numbers import BIG

# What a frame that writes a message carries.
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Files = Annotated[list[UUID], msgspec.Meta(max_length=10)]


class AuthorView(msgspec.Struct, kw_only=True):
    """Who wrote a message. ``id`` is the member of staff; empty for customers, bots and system lines."""

    kind: str
    id: int | None = None
    name: str = ""
    title: str = ""
    avatar: str | None = None


class FileView(msgspec.Struct, kw_only=True):
    """A file of a message; fetched by id with the reader's own authority."""

    id: str
    name: str
    size: int
    kind: str
    content_type: str
    state: str
    width: int | None = None
    height: int | None = None


class QuoteView(msgspec.Struct, kw_only=True):
    """The message an answer refers to, as it reads now."""

    id: int
    seq: int
    author: str
    text: str


class MessageView(msgspec.Struct, kw_only=True):
    """A message as it is shown. ``text`` of a deleted one is empty. System lines carry ``code`` and ``params``.

    The code ``in_passing`` marks words to the customer that send him on and answer nothing.
    """

    id: int
    conversation: int
    seq: int
    rev: int
    kind: str
    author: AuthorView
    at: datetime
    text: str = ""
    code: str = ""
    params: dict[str, Any] = {}
    staff_only: bool = False
    files: list[FileView] = []
    reply_to: QuoteView | None = None
    edited_at: datetime | None = None
    deleted: bool = False
    client_id: str | None = None
    # The identity it came from or goes to; customers get it empty.
    identity: int | None = None
    # Empty for the site and the app, where the conversation's marks say it.
    delivery: str | None = None
    delivery_id: int | None = None
    delivery_error: str = ""


# What colleagues are told by a line of the system and its customer is not: parameters by code.
_FOR_STAFF = {"transferred_to_line": {"by"}, "letter_sent": {"letter", "to"}}


def customer_params(code: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a system line that its customer may see."""
    hidden = _FOR_STAFF.get(code)
    return {name: value for name, value in params.items() if name not in hidden} if hidden else params


class PersonView(msgspec.Struct, kw_only=True):
    """A member of staff as customers see him."""

    id: int
    name: str
    title: str = ""
    avatar: str | None = None


class RatingView(msgspec.Struct, kw_only=True):
    """The customer's mark."""

    score: int
    comment: str = ""


class ConversationView(msgspec.Struct, kw_only=True):
    """A conversation as its customer sees it. The three ``…_seq`` are how far each side has come."""

    id: int
    rev: int
    seq: int
    state: str
    line: str
    holder: PersonView | None
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    rating: RatingView | None = None
    can_rate: bool = False
    customer_delivered_seq: int = 0
    customer_read_seq: int = 0
    staff_read_seq: int = 0


class LettersView(msgspec.Struct, kw_only=True):
    """Whether who leaves is written to by letter, and where: ``to`` is shortened (i•••@mail.ru), empty when unknown.

    ``own``: it is what he left here (``leave_email``) and may change; otherwise the bank knows it.
    """

    offered: bool
    to: str = ""
    own: bool = False


class Cursor(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A place in the customer's story: messages before this one follow."""

    conversation: Annotated[int, msgspec.Meta(ge=1, le=BIG)]
    seq: Annotated[int, msgspec.Meta(ge=0, le=BIG)]


class Story(msgspec.Struct, kw_only=True):
    """A page of a customer's story in reading order; ``more`` is the cursor of the page before it, if there is one.

    ``current``: the conversation he comes back to, said with the newest page only.
    """

    conversations: list[ConversationView]
    messages: list[MessageView]
    more: Cursor | None
    current: int | None = None


class TurnView(msgspec.Struct, kw_only=True):
    """Why a waiting conversation stands where it stands in its line; routing fills it in.

    ``raised`` and ``kept_reason`` are codes, empty when nothing raised it and nobody is waited for. While
    ``offered_to`` is set somebody is being asked to take it until ``offered_until``. Within a line the order is:
    ``rank`` downwards, ``due_at`` (none last), ``waiting_since``, ``entry``.
    """

    entry: int
    rank: int
    reason: str
    waiting_since: datetime
    category: str = ""
    colour: str = ""
    raised: str = ""
    due_at: datetime | None = None
    kept_for: int | None = None
    kept_for_name: str = ""
    kept_reason: str = ""
    kept_until: datetime | None = None
    offered_to: int | None = None
    offered_to_name: str = ""
    offered_until: datetime | None = None


class RowView(msgspec.Struct, kw_only=True):
    """A conversation in the workspace's list. With ``locked`` only its place is told: no name, no words."""

    id: int
    rev: int
    state: str
    line: int
    since: datetime
    locked: bool = False
    channel: str = ""
    customer: int | None = None
    customer_name: str = ""
    holder: int | None = None
    holder_name: str = ""
    preferred: int | None = None
    preview: str = ""
    last_author: str = ""
    last_at: datetime | None = None
    awaiting_since: datetime | None = None
    unread: int = 0
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    tags: list[int] = []
    # Its holder gave its place away, since the customer says nothing.
    idle: bool = False
    turn: TurnView | None = None
