"""What a day is made of: who wrote when, how long each took, and who was at work. Plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.analytics.whatif.promising import Given, Promised
from apps.routing.matching import matching
from apps.routing.matching.pool import UNIT
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.placing import House


@dataclass(frozen=True, slots=True)
class Pause:
    """The customer says nothing for ``length`` seconds, ``at`` seconds of handling after it was taken.

    ``words``: seconds from its beginning at which the operator wrote again meanwhile.
    """

    at: float
    length: float
    words: tuple[float, ...] = ()

    def silences(self, idle: float) -> Iterator[tuple[float, float]]:
        """From when and until when nobody has said anything for so long, in seconds from its beginning."""
        spoken = 0.0
        for word in (*self.words, self.length):
            if word - spoken > idle:
                yield spoken + idle, word
            spoken = word


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an operator does with an offer after so many seconds: he takes it, or declines.

    ``rests``: for how many seconds he is then not asked again.
    """

    seconds: float
    takes: bool = True
    rests: float = matching.PAUSE.total_seconds()


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer asks again after an answer, in seconds of handling; None: nobody answered him."""

    asked: float
    answered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """One conversation in work: seconds from being taken to its end, pauses within, and the first words if any."""

    work: float
    reply: float | None
    pauses: tuple[Pause, ...] = ()
    # How operators reacted to its offers, in their order; the last one again when there are more.
    reactions: tuple[Reaction, ...] = (Reaction(3.0),)
    # Seconds of waiting after which the customer gives up; None: longer than anybody has measured.
    patience: float | None = None
    turns: tuple[Turn, ...] = ()
    # Whether it was closed in the end, and neither put aside nor sent elsewhere.
    closes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """What a rule of escalation did, so many seconds after the arrival, with what waited in ``line``.

    ``to``: where it was sent, for ``kept`` (an operator, and for how many seconds) before the others; else it rose to
    ``rank``.
    """

    after: float
    line: int
    to: int | None = None
    kept: tuple[int, float] | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A conversation that comes to a line from outside: new, come back, or sent there by a person."""

    number: int
    at: datetime
    facts: Facts
    handling: Handling
    kind: str = "web"
    units: int = UNIT
    manager: int | None = None
    # Who answered him last, and (``before``) the line it was in when it comes back.
    last: int | None = None
    before: int | None = None
    # The line a person chose for it: no rule is asked.
    sent_to: int | None = None
    # Who holds it when the day begins.
    held_by: int | None = None
    # How long ago he asked what nobody has answered yet; None: he waits for no answer.
    asked: timedelta | None = timedelta()
    # Nobody has answered him since he began, or began again; and whether he began with this arrival.
    is_first: bool = True
    begins: bool = True
    given: tuple[Given, ...] = ()
    escalated: tuple[Escalated, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What an operator may hold and what he knows."""

    lines: frozenset[int] = frozenset()
    capacity: int = 5 * UNIT
    skills: Mapping[int, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffer:
    """An operator and when he was at work.

    ``presence``: from each moment on, the code of what keeps him from work, "" while nothing does.
    ``changes``: what supervisors changed of his abilities during the day.
    """

    id: int
    presence: tuple[tuple[datetime, str], ...]
    abilities: Abilities
    changes: tuple[tuple[datetime, Abilities], ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A shift that binds: from when he may come, until when he is offered something new, when it is over."""

    begins: datetime
    until: datetime
    ends: datetime


# Open hours of a line as from–to; a line that is not named is always open.
Opening = Mapping[int, tuple[tuple[datetime, datetime], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything that does not depend on the rules asked."""

    begins: datetime
    ends: datetime
    house: House
    arrivals: tuple[Arrival, ...]
    staff: tuple[Staffer, ...]
    opening: Opening = field(default_factory=dict)
    # Before closing: for so long nothing new is taken.
    last_minutes: Mapping[int, timedelta] = field(default_factory=dict)
    promised: Promised = field(default_factory=Promised)
    # Shifts of those whom they bind; who is not named may work at any time.
    shifts: Mapping[int, tuple[Bound, ...]] = field(default_factory=dict)
    # After how long an operator who left loses what he holds.
    grace: float = 60.0
    # Seconds in which an operator takes work himself, where it is not offered.
    pulls_after: float = 10.0
