"""Frames about messages and what stands around them, for customers and operators. See docs/protocol.md."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from apps.conversations.payloads import (
    ConversationView,
    Cursor,
    Files,
    LettersView,
    MessageView,
    RowView,
    Text,
)
from apps.core.frames import ClientFrame, ClientId, Number, ServerFrame
from apps.core.numbers import BIG

Seq = Annotated[int, msgspec.Meta(ge=0, le=BIG)]
Words = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Contact = Annotated[str, msgspec.Meta(max_length=254)]


# --- both sides -----------------------------------------------------------------------------------------


class EditFrame(ClientFrame, tag="edit"):
    """Change the words of an own message within the time the channel allows."""

    message: Number
    text: Text


class DeleteFrame(ClientFrame, tag="delete"):
    """Take an own message back within the time the channel allows."""

    message: Number


class ReadFrame(ClientFrame, tag="read"):
    """Everything up to ``seq`` was on the screen."""

    conversation: Number
    seq: Seq


class TypingNowFrame(ClientFrame, tag="typing"):
    """Somebody is writing; send at most every two seconds."""

    conversation: Number


class StaffTypingFrame(TypingNowFrame, tag="typing"):
    """A member of staff is writing; send at most every two seconds. Of a ``note`` only colleagues are told."""

    note: bool = False


class CatchUpFrame(ClientFrame, tag="catch_up"):
    """Fetch what changed after a rev: the answer to a gap."""

    conversation: Number
    after_rev: Seq


class AckFrame(ServerFrame, tag="ack"):
    """The message is stored under this number; a repeat of the same client id gets the same answer.

    ``without_quote``: the quoted message is of a conversation that is over; the message was stored without the quote.
    """

    client_id: str
    conversation: int
    message: int
    seq: int
    rev: int
    at: Any
    without_quote: bool = False


# --- the customer ---------------------------------------------------------------------------------------


class IdentifyFrame(ClientFrame, tag="identify"):
    """The bank's page vouches for its customer with a short signed JWT (docs/identify.md)."""

    jwt: Annotated[str, msgspec.Meta(max_length=8000)]


class LogoutFrame(ClientFrame, tag="logout"):
    """The customer left the bank's page: this visitor ends, the next hello begins a fresh one."""


class PageFrame(ClientFrame, tag="page"):
    """The customer went to another page of the site."""

    url: Annotated[str, msgspec.Meta(max_length=2000)]
    title: Annotated[str, msgspec.Meta(max_length=500)] = ""


class ActFrame(ClientFrame, tag="act"):
    """The page or the app says what the customer did there: a code such as ``form_opened``.

    A claim, not the bank's word. Before he has written the socket keeps the first twenty and writes them down with
    his first message.
    """

    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,59}\Z")]


class FormAnswers(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the customer wrote into the form before the chat."""

    name: Contact = ""
    phone: Annotated[str, msgspec.Meta(max_length=32)] = ""
    email: Contact = ""


class CustomerSendFrame(ClientFrame, tag="send"):
    """A message. ``conversation`` is the one on the screen; ``new_topic`` begins another beside it."""

    client_id: ClientId
    text: Text = ""
    files: Files = []
    conversation: Number | None = None
    reply_to: Number | None = None
    new_topic: bool = False
    department: Number | None = None
    form: FormAnswers | None = None


class LeaveEmailFrame(ClientFrame, tag="leave_email"):
    """The customer wants answers there by letter when he is not in the chat; empty takes the address back.

    He agrees by sending it: say where it goes before. Answered by letters. Refusals: wrong_email, rate_limited.
    """

    email: Contact


class LettersAnswer(ServerFrame, tag="letters"):
    """Where answers go by letter from now on."""

    letters: LettersView


class DeliveredFrame(ClientFrame, tag="delivered"):
    """Everything up to ``seq`` has arrived on the customer's device."""

    conversation: Number
    seq: Seq


class RateFrame(ClientFrame, tag="rate"):
    """The customer's mark of a closed conversation."""

    conversation: Number
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class HistoryFrame(ClientFrame, tag="history"):
    """An older page of the customer's story."""

    before: Cursor | None = None


class SearchFrame(ClientFrame, tag="search"):
    """Look for words in the own history (customer) or in what one may read (operator)."""

    text: Words


class HistoryAnswer(ServerFrame, tag="history"):
    """A page in reading order; ``more`` is the cursor of the page before it, if there is one."""

    conversations: list[ConversationView]
    messages: list[MessageView]
    more: Cursor | None


class CustomerCatchUpAnswer(ServerFrame, tag="catch_up"):
    """The conversation now, and the messages that are new or changed since the asked rev.

    The messages are whole up to the rev ``upto``; with ``more`` the rest is asked for from there.
    """

    conversation: ConversationView
    messages: list[MessageView]
    upto: int
    more: bool


class FoundAnswer(ServerFrame, tag="found"):
    """Messages with the words: of 2,000 hits at most, the newest first."""

    messages: list[MessageView]


class SignedInAnswer(ServerFrame, tag="signed_in"):
    """The bank's customer is known. ``token`` replaces the old one; fetch the state with a new hello.

    ``fresh``: another person was known here before, whose token is dead now. Forget what you keep of him, drafts and
    unsent messages too.
    """

    token: str
    name: str
    fresh: bool = False


# --- the operator ---------------------------------------------------------------------------------------


class OperatorSendFrame(ClientFrame, tag="send"):
    """An answer to the customer, or a note for colleagues."""

    client_id: ClientId
    conversation: Number
    text: Text = ""
    files: Files = []
    reply_to: Number | None = None
    note: bool = False


class OpenFrame(ClientFrame, tag="open"):
    """Show a conversation: the answer brings its newest messages, and changes follow as frames."""

    conversation: Number


class LeaveFrame(ClientFrame, tag="leave"):
    """The conversation is not on the screen any more."""

    conversation: Number


class OlderFrame(ClientFrame, tag="older"):
    """An older page of an open conversation."""

    conversation: Number
    before: Seq


class RetryFrame(ClientFrame, tag="retry"):
    """Send a failed or perhaps unsent message again; ``delivery`` is its ``delivery_id``. It goes out at the end."""

    delivery: Number


class ResendLetterFrame(ClientFrame, tag="resend_letter"):
    """Send a letter again that did not leave, or perhaps not; ``letter`` stands in the line that says so.

    Refusals: not_yours, not_failed, came_back (the customer reads it in the chat).
    """

    letter: Number


class DraftFrame(ClientFrame, tag="draft"):
    """Keep what is typed; an empty text forgets it."""

    conversation: Number
    text: Text
    note: bool = False


class TagFrame(ClientFrame, tag="tag"):
    """Make these the conversation's tags."""

    conversation: Number
    tags: Annotated[list[Number], msgspec.Meta(max_length=50)]


class CardFrame(ClientFrame, tag="card"):
    """Everything about the conversation's customer."""

    conversation: Number


class DraftView(msgspec.Struct, kw_only=True):
    """What this operator had typed."""

    text: str
    note: bool


class OpenedAnswer(ServerFrame, tag="opened"):
    """The conversation as it is now. ``may_answer``: this operator may write to the customer.

    ``rights`` are those he has over it by grant, whoever holds it: what the screen offers follows from them.
    """

    row: RowView
    messages: list[MessageView]
    more: bool
    may_answer: bool
    rights: list[str]
    customer_delivered_seq: int
    customer_read_seq: int
    staff_read_seq: int
    text_limit: int
    accepts_files: bool
    can_edit: bool
    customer_online: bool
    draft: DraftView | None


class CatchUpAnswer(ServerFrame, tag="catch_up"):
    """The conversation now, and the messages that are new or changed since the asked rev.

    The messages are whole up to the rev ``upto``; with ``more`` the rest is asked for from there.
    """

    row: RowView
    messages: list[MessageView]
    upto: int
    more: bool
    customer_delivered_seq: int
    customer_read_seq: int
    staff_read_seq: int


class OlderAnswer(ServerFrame, tag="older"):
    """Messages before the asked one, in reading order."""

    conversation: int
    messages: list[MessageView]
    more: bool


class TagsAnswer(ServerFrame, tag="tags"):
    """The conversation's tags."""

    conversation: int
    tags: list[int]


class IdentityView(msgspec.Struct, kw_only=True):
    """An address of the customer."""

    id: int
    channel: str
    kind: str
    name: str
    verification: str
    current: bool


class SurroundingsView(msgspec.Struct, kw_only=True):
    """Where the customer is now, for channels of our own."""

    page_url: str
    page_title: str
    browser: str
    time_zone: str
    language: str
    address: str
    seen_at: Any


class PersonalView(msgspec.Struct, kw_only=True):
    """What only those with the right to personal data are shown."""

    bank_id: str
    phone: str
    email: str
    attributes: dict[str, Any]
    surroundings: SurroundingsView | None


class PastView(msgspec.Struct, kw_only=True):
    """A conversation of the same customer; locked ones show date and line only."""

    id: int
    line: int
    state: str
    opened_at: Any
    closed_at: Any
    locked: bool
    preview: str = ""
    channel: str = ""
    holder_name: str = ""
    score: int | None = None


class CardAnswer(ServerFrame, tag="card"):
    """The customer card. ``personal`` is empty without the right to personal data."""

    conversation: int
    customer: int
    name: str
    language: str
    online: bool
    since: Any
    identities: list[IdentityView]
    personal: PersonalView | None
    past: list[PastView]


class SearchHit(msgspec.Struct, kw_only=True):
    """A conversation that was found, with the message that has the words."""

    row: RowView
    message: int | None
    seq: int | None
    snippet: str


class SearchAnswer(ServerFrame, tag="search"):
    """What was found among the conversations one may read, newest first."""

    hits: list[SearchHit]
