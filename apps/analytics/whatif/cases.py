"""One conversation of a simulated day on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.analytics.whatif.day import Arrival, Pause, Reaction
from apps.analytics.whatif.outcome import Outcome
from apps.routing.matching.pool import Waiting
from apps.routing.ruling.frozen import Need


class Case:
    """Where it stands, and how much of its handling is done. ``epoch`` rises when what was planned is void."""

    __slots__ = (
        "arrival",
        "category",
        "done",
        "entered",
        "epoch",
        "first_refused",
        "free",
        "given_at",
        "line",
        "needs",
        "offers",
        "operator",
        "outcome",
        "overflowed",
        "pauses",
        "places",
        "rank",
        "refused",
        "resumed",
        "runs",
        "since",
        "stood",
        "waiting",
    )

    def __init__(self, arrival: Arrival, line: int) -> None:
        self.arrival, self.line = arrival, line
        self.outcome = Outcome(number=arrival.number, line=line, arrived=arrival.at)
        self.rank = 0
        self.category: int | None = None
        # Lines in which it stood, and from when on.
        self.places: list[tuple[datetime, int]] = [(arrival.at, line)]
        self.needs: tuple[Need, ...] = ()
        self.since = self.entered = self.stood = arrival.at
        self.waiting: Waiting | None = None
        self.refused: dict[int, tuple[int, datetime]] = {}
        self.first_refused: dict[int, datetime] = {}
        self.overflowed: set[int] = set()
        self.offers = 0
        # Who holds it or is asked, and whether it has fallen silent and takes no place of his.
        self.operator: int | None = None
        self.free = False
        self.given_at: datetime | None = None
        # Handling: seconds done, since when it goes on, the pauses to come.
        self.done = 0.0
        self.resumed: datetime | None = None
        # Each time handling went on: how much of it was done, and when that was.
        self.runs: list[tuple[float, datetime]] = []
        self.pauses: list[Pause] = sorted(arrival.handling.pauses, key=lambda each: -each.at)
        self.epoch = 0

    def __lt__(self, other: Case) -> bool:
        return self.arrival.number < other.arrival.number

    def moment(self, seconds: float, *, before: bool = False) -> datetime | None:
        """When so much of its handling was done; ``before``: and not when it went on after that. None: never."""
        found = None
        for done, resumed in self.runs:
            if found is None or (done < seconds if before else done <= seconds):
                found = resumed + timedelta(seconds=seconds - done)
        ended = self.outcome.closed
        return None if found is None or (ended is not None and found > ended) else found

    def line_at(self, moment: datetime) -> int:
        """Where it stood then; before it came, where it came to."""
        stood = [line for since, line in self.places if since <= moment]
        return stood[-1] if stood else self.places[0][1]

    def next_reaction(self) -> Reaction:
        """How whoever is asked now reacts; the last one known again and again, and in the end somebody takes it."""
        known = self.arrival.handling.reactions
        found = known[min(self.offers, len(known) - 1)]
        self.offers += 1
        return found if self.offers <= len(known) else Reaction(found.seconds, takes=True)
