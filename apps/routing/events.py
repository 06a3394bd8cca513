"""What happens to offers and waits; places and holders are told by conversations.ConversationMoved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from apps.core.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OfConversation(DomainEvent):
    """Something that happened to a conversation."""

    subject_kind: ClassVar[str] = "conversation"

    conversation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(OfConversation):
    """A waiting conversation is offered to an operator until a moment."""

    kind: ClassVar[str] = "offer.made"

    operator: int
    assignment: int
    line: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingFailed(OfConversation):
    """A colleague did not take what was handed to him; ``returned``: its sender has it again, else its line."""

    kind: ClassVar[str] = "handing.failed"

    operator: int
    sender: int
    reason: str
    returned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(OfConversation):
    """An offer was declined, missed or withdrawn; an accepted one is told by the move."""

    kind: ClassVar[str] = "offer.ended"

    operator: int
    assignment: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotGiven(OfConversation):
    """A conversation was handed to a bot, which has so many seconds to answer each time."""

    kind: ClassVar[str] = "bot.given"

    bot: int
    line: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLeft(OfConversation):
    """A bot has a conversation no longer; ``reason``: one of ``BotEnd``."""

    kind: ClassVar[str] = "bot.left"

    bot: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCreated(DomainEvent):
    """A customer left a contact: somebody has to get back to him."""

    kind: ClassVar[str] = "lead.created"
    subject_kind: ClassVar[str] = "lead"

    lead: int
    line: int
    channel: int
    customer: int
    conversation: int | None
    wanted: str
    occasion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChanged(DomainEvent):
    """A lead got another state or owner, was asked for again (``request``), or took in another (``joined``)."""

    kind: ClassVar[str] = "lead.changed"
    subject_kind: ClassVar[str] = "lead"

    lead: int
    change: str
    line: int
    state: str
    owner: int | None
    other: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsExported(DomainEvent):
    """Somebody was given leads as a file."""

    kind: ClassVar[str] = "leads.exported"
    subject_kind: ClassVar[str] = "user"

    user: int
    rows: int
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceStepped(OfConversation):
    """The customer says nothing: a step of his line's policy was taken."""

    kind: ClassVar[str] = "silence.stepped"

    step: int
    action: str
    line: int
    holder: int | None
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceReached(OfConversation):
    """A silent customer was reminded at another address of his, or is by a ``letter`` (channel and identity null)."""

    kind: ClassVar[str] = "silence.reached"

    step: int
    channel: int | None
    identity: int | None
    letter: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceNotReached(OfConversation):
    """A silent customer could be reminded by no other channel: each that was tried, with a code of why not.

    switched_off, only_answers (the kind never writes first), writes_there, no_address, not_confirmed, refused. The
    same of ``letter``, where the policy writes letters: switched_off (no mail server), no_address, refused, on_its_way
    (an earlier one has not left yet).
    """

    kind: ClassVar[str] = "silence.not_reached"

    step: int
    tried: tuple[tuple[int, str], ...]
    letter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDue(OfConversation):
    """The nearest deadline of a waiting conversation changed, and with it its place in the line."""

    kind: ClassVar[str] = "turn.due"

    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRaised(OfConversation):
    """A waiting conversation was raised in its line by a rule."""

    kind: ClassVar[str] = "turn.raised"

    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent(OfConversation):
    """Something about a promise's clock: of a policy or a public promise, for so many seconds."""

    clock: int
    promised: str
    policy: int | None
    promise: int | None
    line: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned(ClockEvent):
    """The time promised is nearly used up, and nobody has answered."""

    kind: ClassVar[str] = "clock.warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBroken(ClockEvent):
    """The time promised has passed."""

    kind: ClassVar[str] = "clock.broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRefused(OfConversation):
    """What a policy wanted at a warning or a breach was not possible: to raise it, or to send it to a line.

    ``refusal``: switched_off, not_waiting, same_line.
    """

    kind: ClassVar[str] = "policy.refused"

    clock: int
    policy: int | None
    act: str
    line: int | None
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationEvent(OfConversation):
    """What the bank owes the customer of a conversation, by which promise."""

    obligation: int
    promise: int
    compensation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationCreated(ObligationEvent):
    """A public promise was broken: the bank owes the customer what it promised for that."""

    kind: ClassVar[str] = "obligation.created"

    promised_seconds: int
    started_at: datetime
    due_at: datetime
    # When the chat showed it to him.
    shown_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationDecided(ObligationEvent):
    """A supervisor decided about an obligation; his reason stands in its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationConfirmed(ObligationDecided):
    """It is owed."""

    kind: ClassVar[str] = "obligation.confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationWaived(ObligationDecided):
    """Nothing is owed."""

    kind: ClassVar[str] = "obligation.waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationWaiverAsked(ObligationDecided):
    """Somebody wants to waive it where that takes two people: it stays open until a second one decides."""

    kind: ClassVar[str] = "obligation.waiver_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEscalated(OfConversation):
    """A rule sent a conversation on, or raised it."""

    kind: ClassVar[str] = "conversation.escalated"

    rule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationsExported(DomainEvent):
    """Somebody was given obligations as a file."""

    kind: ClassVar[str] = "obligations.exported"
    subject_kind: ClassVar[str] = "user"

    user: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChanged(OfConversation):
    """A waiting conversation got another place: its customer is of another category now."""

    kind: ClassVar[str] = "conversation.ranked"

    line: int
    category: int | None
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce(DomainEvent):
    """A version of the rules began to work; ``categories``: it sorts customers otherwise than the one before."""

    kind: ClassVar[str] = "rules.in_force"
    subject_kind: ClassVar[str] = "rules"

    rules: int
    categories: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationEvent(DomainEvent):
    """Something that must never be, and where."""

    subject_kind: ClassVar[str] = "violation"

    violation: int
    code: str
    conversation: int | None
    operator: int | None
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationFound(ViolationEvent):
    """The watchdog found, and found again where that takes a while, something that must never be."""

    kind: ClassVar[str] = "watchdog.violation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationEnded(ViolationEvent):
    """A violation holds no longer: repaired by hand, or gone by itself."""

    kind: ClassVar[str] = "watchdog.ended"

    state: str
