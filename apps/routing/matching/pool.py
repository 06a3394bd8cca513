"""What matching looks at: waiting conversations in their order, and operators with what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apps.routing.ruling.frozen import Need

# From when on he is asked again whom time alone does not let be asked: later than any moment.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
UNIT = 100  # units are counted in hundredths: exact, and quick to compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One waiting conversation. ``refused``: how often each operator declined or missed it here, and from when on
    he may be asked again (``services.refusals``)."""

    entry: int
    conversation: int
    line: int
    priority: int
    since: datetime
    rank: int = 0
    due_at: datetime | None = None
    kind: str = "web"
    units: int = UNIT
    needs: tuple[Need, ...] = ()
    # Those of the skills asked for that are languages.
    languages: frozenset[int] = frozenset()
    kept_for: int | None = None
    kept_until: datetime | None = None
    # It was in work, and its holder was full when the customer wrote again: he takes it before anything new.
    returns: bool = False
    # He is waited for as one of the line: not when he has left it meanwhile.
    as_member: bool = False
    refused: Mapping[int, tuple[int, datetime]] = field(default_factory=dict)

    def order(self) -> tuple[int, int, bool, float, datetime, int]:
        """The order in which conversations are served; ``services.order`` says the same in SQL.

        The line's priority, the customer's rank, the nearest promise, age, and the earlier stay of equals.
        """
        due = self.due_at.timestamp() if self.due_at else 0.0
        return (-self.priority, -self.rank, self.due_at is None, due, self.since, self.entry)

    def kept_now(self, now: datetime) -> int | None:
        """Who alone is asked at this moment."""
        return self.kept_for if self.kept_until is not None and self.kept_until > now else None

    def asks_again(self, operator: int, now: datetime) -> bool:
        """Whether he has not refused it, or may be asked again by now."""
        return operator not in self.refused or self.refused[operator][1] <= now


@dataclass(slots=True, kw_only=True, eq=False)
class Hand:
    """One operator: where he works, what he knows, how full he is. Matching adds what it gives him."""

    id: int
    lines: frozenset[int]
    # "" while he may be offered something, otherwise the code of what keeps him from it.
    absent: str = ""
    capacity: int = 5 * UNIT
    load: int = 0
    skills: Mapping[int, int] = field(default_factory=dict)
    # How many more of a kind of channel he may hold; a kind that is not named has no limit of its own.
    room_by_kind: dict[str, int] = field(default_factory=dict)
    # When he was last given something, and since when nothing changed for him.
    given_at: datetime | None = None
    idle_since: datetime
    # Since when he has had the room that he has now, where that is known: he came, ended something, or one fell silent.
    free_since: datetime | None = None

    def has_room(self, kind: str, units: int) -> bool:
        return self.load + units <= self.capacity and self.room_by_kind.get(kind, 1) > 0

    def give(self, kind: str, units: int, now: datetime) -> None:
        self.load += units
        if kind in self.room_by_kind:
            self.room_by_kind[kind] -= 1
        self.given_at = self.idle_since = now


# Why somebody was not a candidate: codes of the decision's record.
OFFLINE, BREAK, LOST, WRAP_UP, OFF_SHIFT = "offline", "break", "lost", "wrap_up", "off_shift"
FULL, KIND_FULL, LANGUAGE, SKILL = "full", "kind_full", "language", "skill"
REFUSED, NOT_KEPT = "refused", "not_kept"
