"""What became of each arrival and of each operator: the same for what happened and for what was simulated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise of one turn, or of settling: when it was due, and what ended it. ``is_met``: as it was promised."""

    kind: str
    due: datetime | None
    ended: datetime | None
    is_met: bool

    def is_broken(self, until: datetime) -> bool:
        """``until``: how far one looks at what nothing has ended."""
        return self.due is not None and (self.ended or until) > self.due

    def counts(self, until: datetime) -> bool:
        """Kept or broken; what was closed in time without an answer is neither, nor what still runs."""
        return self.is_broken(until) or (self.is_met and self.ended is not None)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """One arrival. ``line`` is the one it was placed in; its wait counts there, whoever answered."""

    number: int
    line: int
    arrived: datetime
    # When an operator had it, and when he first wrote.
    taken: datetime | None = None
    answered: datetime | None = None
    gave_up: datetime | None = None
    closed: datetime | None = None
    operator: int | None = None
    answered_in: int | None = None
    # Its promises, kept and broken.
    clocks: list[Clock] = field(default_factory=list)
    # It came while the line was closed: its wait is no figure of the day.
    offline: bool = False
    # It was in work when the day began.
    carried: bool = False
    # The range it was shown, seconds.
    shown: tuple[int, int] | None = None

    @property
    def wait(self) -> float | None:
        """Seconds from coming to the line to the operator's first words."""
        return None if self.answered is None else (self.answered - self.arrived).total_seconds()


@dataclass(slots=True, kw_only=True)
class Work:
    """One operator's day, in seconds; ``units``: unit-seconds reserved, of those offered while at work."""

    operator: int
    taken: int = 0
    at_work: float = 0.0
    with_work: float = 0.0
    units: float = 0.0
    offered_units: float = 0.0
