"""Declarations of routing's frames. See docs/protocol.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

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
from apps.operators.payloads import PresenceNotes, ReasonView

Comment = Annotated[str, msgspec.Meta(max_length=2000)]


# --- the customer ---------------------------------------------------------------------------------------


class CloseFrame(ClientFrame, tag="close"):
    """The conversation is over, says the customer or the operator."""

    conversation: Number


class LookView(msgspec.Struct, kw_only=True):
    """How the chat looks and what it says of itself.

    ``promise`` is owed to who begins to write without choosing a department: show it before he does.
    """

    bank: str
    title: str
    accent: str
    logo: str | None
    greeting: str
    promise: str
    closed_text: str


class DepartmentView(msgspec.Struct, kw_only=True):
    """A department the customer may choose; a closed one shows its hours of today and when it opens.

    ``promise`` is owed to who chooses it and begins to write: show it where it is chosen.
    """

    id: int
    name: str
    open: bool
    hours: str
    opens_at: datetime | None
    asks_contact: bool
    notice: str
    promise: str


class FormView(msgspec.Struct, kw_only=True):
    """What is asked before the chat."""

    ask: list[str]
    required: bool


class LimitsView(msgspec.Struct, kw_only=True):
    """What a message may be."""

    text: int
    file_bytes: int
    files: bool
    edit_seconds: int


class WhoView(msgspec.Struct, kw_only=True):
    """Who the server takes the customer for."""

    known: bool
    verified: bool
    name: str


class MessengerView(msgspec.Struct, kw_only=True):
    """A channel in which who waits may go on (``continue_in``), by the name customers know."""

    channel: int
    name: str


class WaitingView(msgspec.Struct, kw_only=True):
    """What who waits is told: his place, seconds from now until he is answered, and what he may ask for instead.

    What the line does not tell, or nobody knows, is null. ``offers``: answer (leave a contact), callback.
    ``messengers``: where he may go on with his place kept.
    """

    conversation: int
    position: int | None
    low: int | None
    high: int | None
    offers: list[str]
    messengers: list[MessengerView] = []


class WelcomeAnswer(ServerFrame, tag="welcome"):
    """Answer to the customer's hello: look, hours, the current conversation and the newest page of the story.

    ``token`` is set for a new visitor only: keep it. ``more`` is the cursor of the page before. ``asks_contact``:
    a contact and the question are taken instead of a chat now (``leave_contact``); of several departments the first
    that is open says so until one is chosen, and each for itself. ``notice``: we close soon. ``letters``: where answers
    go when he has left.
    """

    token: str | None
    who: WhoView
    look: LookView
    open: bool
    opens_at: datetime | None
    asks_contact: bool
    notice: str
    waiting: WaitingView | None
    departments: list[DepartmentView]
    form: FormView
    limits: LimitsView
    asks_rating: bool
    letters: LettersView
    current: int | None
    conversations: list[ConversationView]
    messages: list[MessageView]
    more: Cursor | None
    now: datetime


class WaitingFrame(ServerFrame, tag="waiting"):
    """The place, the time of waiting or the offers changed for a customer who waits."""

    waiting: WaitingView


class LeaveContactFrame(ClientFrame, tag="leave_contact"):
    """Leave a contact: out of hours with a question, or instead of waiting in ``conversation``; answered by done.

    A repeat under the same client id is the same request. Refusals: not_offered, already_answered, and what is
    wrong with a field: phone_missing, wrong_phone, wrong_email, contact_missing, question_missing.
    """

    client_id: ClientId
    wanted: Literal["answer", "callback"]
    conversation: Number | None = None
    department: Number | None = None
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=32)] = ""
    email: Annotated[str, msgspec.Meta(max_length=200)] = ""
    question: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    preferred: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ContinueFrame(ClientFrame, tag="continue_in"):
    """Go on in a messenger instead of waiting in the chat; answered by continue_link.

    Refusals: not_offered, already_answered, not_found, rate_limited.
    """

    conversation: Number
    channel: Number


class ContinueLinkAnswer(ServerFrame, tag="continue_link"):
    """The address to open, by which the conversation goes on there: once, and for so many ``seconds``."""

    url: str
    seconds: int


# --- the operator ---------------------------------------------------------------------------------------

Section = Literal["waiting", "mine", "offline", "common", "other", "recent", "foreign"]


class ListFrame(ClientFrame, tag="list"):
    """A page of a section. ``after`` is the ``next`` of the page before; ``line`` narrows to one line.

    What waits comes in the order in which it is served.
    """

    section: Section
    line: Number | None = None
    after: Annotated[list[Any], msgspec.Meta(max_length=5)] | None = None


class RowsFrame(ClientFrame, tag="rows"):
    """Rows by their numbers, for those a delta named and the screen does not know."""

    ids: Annotated[list[Number], msgspec.Meta(max_length=100)]


class CountsFrame(ClientFrame, tag="counts"):
    """Counters of every line one may see."""


class ColleaguesFrame(ClientFrame, tag="colleagues"):
    """Who works here, with load and skills: for a transfer."""


class AcceptFrame(ClientFrame, tag="accept"):
    """Take a waiting conversation."""

    conversation: Number


class AnswerFrame(ClientFrame, tag="answer"):
    """Answer a waiting conversation: it becomes the operator's and the message is stored, both or neither."""

    client_id: ClientId
    conversation: Number
    text: Text = ""
    files: Files = []
    reply_to: Number | None = None


class TakeNextFrame(ClientFrame, tag="take_next"):
    """Take the conversation whose turn it is, in the lines from which one takes oneself."""


class DeclineFrame(ClientFrame, tag="decline"):
    """Not take what is offered. ``reason`` is needed where reasons to decline are set up."""

    conversation: Number
    reason: Number | None = None


class MeFrame(ClientFrame, tag="me"):
    """The operator himself once more: rules that were published may have changed what he may do."""


class ReadyFrame(ClientFrame, tag="ready"):
    """After-work is done before its time is over."""


class WhyFrame(ClientFrame, tag="why"):
    """Why a conversation is where it is: every decision about it."""

    conversation: Number


class TakeOverFrame(ClientFrame, tag="take_over"):
    """Take a conversation from the colleague who holds it."""

    conversation: Number


class TransferFrame(ClientFrame, tag="transfer"):
    """Send a conversation to a line, ask a colleague to take it, or hand it to a bot; refused or missed it comes back.

    The comment is a note, or with ``shown`` words that the customer reads; they answer nothing of what he asked.
    """

    conversation: Number
    line: Number | None = None
    operator: Number | None = None
    bot: Number | None = None
    comment: Comment = ""
    shown: bool = False


class BotsFrame(ClientFrame, tag="bots"):
    """Ask for the bots to which a conversation may be handed now."""

    conversation: Number


class ReturnFrame(ClientFrame, tag="return"):
    """Give a conversation back to its line."""

    conversation: Number
    comment: Comment = ""


class SnoozeFrame(ClientFrame, tag="snooze"):
    """Put a conversation aside until a moment; without one, until the customer writes."""

    conversation: Number
    until: datetime | None = None


class OfferView(msgspec.Struct, kw_only=True):
    """A conversation that the operator is asked to take until a moment; ``sender_name``: who hands it to him.

    Without the right to read it its row is locked: no name, no words, but its turn. ``comment``: what the sender says
    to him with it, which is his to read while he is asked.
    """

    row: RowView
    since: datetime
    until: datetime
    line: int
    sender_name: str = ""
    comment: str = ""


class MeView(msgspec.Struct, kw_only=True):
    """The operator himself."""

    id: int
    name: str
    language: str
    time_zone: str
    operator: bool
    state: str
    reason: int | None
    since: datetime | None
    capacity: int
    # In units: what a conversation weighs depends on its kind of channel.
    load: float
    wrap_up_until: datetime | None
    notes: PresenceNotes
    offers: list[OfferView]
    rights: list[str]
    lines: list[int]
    # Of these lines he takes the next one himself.
    pulls: list[int]


class ColleagueView(msgspec.Struct, kw_only=True):
    """An operator as colleagues see him."""

    id: int
    name: str
    title: str
    avatar: str | None
    state: str
    reason: str
    since: datetime | None
    load: float
    capacity: int
    skills: list[str]
    lines: list[int]


class LineCounts(msgspec.Struct, kw_only=True):
    """How many conversations of a line are in each state. ``number`` is the line's topic number they include.

    A line of which one reads only some channels (``partial``) may come twice: what may be read, and the padlocks.
    """

    line: int
    number: int
    readable: bool
    partial: bool = False
    counts: dict[str, int]


class OperatorWelcomeAnswer(ServerFrame, tag="welcome"):
    """Answer to the operator's hello. Lines are subscribed; counters include everything up to their numbers.

    ``drafts`` are the conversations in which this operator has something typed and not sent.
    """

    me: MeView
    lines: list[LineCounts]
    drafts: list[int]
    reasons: list[ReasonView]
    decline_reasons: list[ReasonView]
    now: datetime


class MeAnswer(ServerFrame, tag="me"):
    """The operator himself, with what is offered to him."""

    me: MeView


class ListAnswer(ServerFrame, tag="list"):
    """A page of a section; ``next`` continues it, empty at the end."""

    section: str
    line: int | None
    rows: list[RowView]
    next: list[Any] | None


class RowsAnswer(ServerFrame, tag="rows"):
    """The rows one may see among those asked for."""

    rows: list[RowView]


class CountsAnswer(ServerFrame, tag="counts"):
    """Counters of every line one may see."""

    lines: list[LineCounts]


class ColleaguesAnswer(ServerFrame, tag="colleagues"):
    """Operators, those at work first."""

    colleagues: list[ColleagueView]


class BotView(msgspec.Struct, kw_only=True):
    """A bot, with the seconds it has to answer each time."""

    id: int
    name: str
    seconds: int


class BotsAnswer(ServerFrame, tag="bots"):
    """The bots that may be handed the conversation now, by name; most installations have none."""

    conversation: int
    bots: list[BotView]


class HandledAnswer(ServerFrame, tag="handled"):
    """The conversation after what was asked; ``row`` is empty when it is no longer the operator's to see."""

    conversation: int
    row: RowView | None


class AnsweredAnswer(ServerFrame, tag="answered"):
    """An answer is stored and its conversation is the operator's; the fields are those of an ``ack``."""

    client_id: str
    conversation: int
    message: int
    seq: int
    rev: int
    at: datetime
    without_quote: bool = False


class ToldView(msgspec.Struct, kw_only=True):
    """One sentence of a decision; ``mark`` is yes, no or empty, ``level`` how deep it stands under the one before."""

    text: str
    mark: str
    level: int


class StepView(msgspec.Struct, kw_only=True):
    """A decision: when, what, and what was looked at."""

    at: datetime
    title: str
    told: list[ToldView]


class WhyAnswer(ServerFrame, tag="why"):
    """The decisions, the oldest first, in the reader's language and as far as he may know."""

    conversation: int
    steps: list[StepView]


class TakenAnswer(ServerFrame, tag="taken"):
    """The conversation whose turn it was; ``row`` is empty when nothing waits for this operator."""

    row: RowView | None


class OfferFrame(ServerFrame, tag="offer"):
    """The operator is asked to take a conversation."""

    offer: OfferView


class OfferEndedFrame(ServerFrame, tag="offer_ended"):
    """An offer is over without him: declined, missed (timed_out) or withdrawn."""

    conversation: int
    reason: str


class PromiseNoticeFrame(ServerFrame, tag="promise_notice"):
    """A policy wants the operator to know: the time promised in a conversation is nearly up, or has passed."""

    conversation: int
    line: int
    promised: str
    broken: bool


class HandingFailedFrame(ServerFrame, tag="handing_failed"):
    """To its sender: a colleague did not take the conversation, or a bot gave it back.

    ``returned``: he has it again, else its line has.
    """

    conversation: int
    name: str
    missed: bool
    returned: bool


class LoadFrame(ServerFrame, tag="load"):
    """How much of his capacity the operator has reserved now, in units; offers count, silent conversations do not."""

    load: float
    capacity: int


class LineFrame(ServerFrame, tag="line"):
    """Changes of a line, collected for a fifth of a second. Rows are whole or in part: join them by id.

    ``first`` and ``last`` number the deltas inside; a gap to the last one seen means: ask for list and counts again.
    Readable rows and padlocks of a line are numbered each by themselves.
    """

    line: int
    readable: bool
    first: int
    last: int
    rows: list[dict[str, Any]]
    counts: dict[str, int] | None
