"""One conversation of a simulated day on its way."""

from __future__ import annotations

from datetime import datetime

from apps.analytics.whatif.day import Arrival, Pause, Reaction
from apps.analytics.whatif.outcome import Outcome
from apps.routing.matching.pool import Waiting
from apps.routing.ruling.frozen import Need


class Case:
    """Where it stands, and how much of its handling is done. ``epoch`` rises when what was planned is void."""

    __slots__ = (
        "answer_due",
        "arrival",
        "done",
        "entered",
        "epoch",
        "free",
        "given_at",
        "line",
        "needs",
        "offers",
        "operator",
        "outcome",
        "overflowed",
        "pauses",
        "rank",
        "refused",
        "resumed",
        "since",
        "stood",
        "waiting",
    )

    def __init__(self, arrival: Arrival, line: int) -> None:
        self.arrival, self.line = arrival, line
        self.outcome = Outcome(number=arrival.number, line=line, arrived=arrival.at)
        self.rank = 0
        self.needs: tuple[Need, ...] = ()
        self.since = self.entered = self.stood = arrival.at
        self.waiting: Waiting | None = None
        self.refused: dict[int, tuple[int, datetime]] = {}
        self.overflowed: set[int] = set()
        self.offers = 0
        # Who holds it or is asked, and whether it has fallen silent and takes no place of his.
        self.operator: int | None = None
        self.free = False
        self.given_at: datetime | None = None
        # Handling: seconds done, since when it goes on, the pauses to come, the first words to come.
        self.done = 0.0
        self.resumed: datetime | None = None
        self.pauses: list[Pause] = sorted(arrival.handling.pauses, key=lambda each: -each.at)
        self.answer_due = arrival.handling.reply
        self.epoch = 0

    def __lt__(self, other: Case) -> bool:
        return self.arrival.number < other.arrival.number

    def next_reaction(self) -> Reaction:
        """How whoever is asked now reacts; the last one known again and again, and in the end somebody takes it."""
        known = self.arrival.handling.reactions
        found = known[min(self.offers, len(known) - 1)]
        self.offers += 1
        return found if self.offers <= len(known) else Reaction(found.seconds, takes=True)
