"""What happens on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from apps.core.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesAccepted(DomainEvent):
    """Raw updates of a channel are stored and wait to be understood. ``count`` leaves out those known before."""

    kind: ClassVar[str] = "updates.accepted"
    subject_kind: ClassVar[str] = "channel"

    channel: int
    count: int
