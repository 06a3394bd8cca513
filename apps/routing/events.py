"""What happens to offers and waits; places and holders are told by conversations.ConversationMoved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from apps.core.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(DomainEvent):
    """A waiting conversation is offered to an operator until a moment."""

    kind: ClassVar[str] = "offer.made"
    subject_kind: ClassVar[str] = "conversation"

    conversation: int
    operator: int
    assignment: int
    line: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(DomainEvent):
    """An offer was declined, missed or withdrawn; an accepted one is told by the move."""

    kind: ClassVar[str] = "offer.ended"
    subject_kind: ClassVar[str] = "conversation"

    conversation: int
    operator: int
    assignment: int
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
class SilenceStepped(DomainEvent):
    """The customer says nothing: a step of his line's policy was taken."""

    kind: ClassVar[str] = "silence.stepped"
    subject_kind: ClassVar[str] = "conversation"

    conversation: int
    step: int
    action: str
    line: int
    holder: int | None
    minutes: int
