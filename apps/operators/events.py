"""What happens to the organisation while it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from apps.core.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(DomainEvent):
    """An operator came, went on a break, or left; the system sends home whose sockets are gone.

    ``wrap_up_until``: his after-work on what he closed last goes on until then. ``cause``: who brought him there, if
    not he himself; the one who sent him is the event's actor.
    """

    kind: ClassVar[str] = "presence.changed"
    subject_kind: ClassVar[str] = "operator"

    operator: int
    state_from: str
    state: str
    reason: int | None
    wrap_up_until: datetime | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceNoted(DomainEvent):
    """An operator was told that he will be set away, showed himself, missed an offer, or his shift's end moved."""

    kind: ClassVar[str] = "presence.noted"
    subject_kind: ClassVar[str] = "operator"

    operator: int
    away_at: datetime | None
    missed: int
    shift_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged(DomainEvent):
    """A line's settings, hours or members changed: open screens and waiting conversations follow.

    ``fields`` names what changed; "hours" is the calendar itself or which one the line has.
    """

    kind: ClassVar[str] = "queue.changed"
    subject_kind: ClassVar[str] = "queue"

    queue: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRightsChanged(DomainEvent):
    """Groups, memberships, grants, activity or password of a member of staff changed: his sockets close.

    ``signed_out``: he may not work here any more, so they do not come back.
    """

    kind: ClassVar[str] = "staff.rights_changed"
    subject_kind: ClassVar[str] = "user"

    user: int
    signed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsChanged(DomainEvent):
    """Templates, tags, break reasons or the bank's look changed: open screens fetch them anew."""

    kind: ClassVar[str] = "texts.changed"
    subject_kind: ClassVar[str] = "catalogue"

    catalogue: int = 0
    what: str = "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsExported(DomainEvent):
    """Somebody took texts away as a file: of what, and how many rows."""

    kind: ClassVar[str] = "texts.exported"
    subject_kind: ClassVar[str] = "catalogue"

    catalogue: int = 0
    what: str = "templates"
    rows: int
