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
