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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(DomainEvent):
    """A channel was made, changed or removed, with its keys, line and departments: open chats fetch it anew.

    ``fields`` names what changed, rows of other tables by the name under which the channel knows them.
    """

    kind: ClassVar[str] = "channel.changed"
    subject_kind: ClassVar[str] = "channel"

    channel: int
    fields: tuple[str, ...] = ()
