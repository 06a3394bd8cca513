"""What a conversation's messages say about promises: who asked, who answered, what is still owed.

A story is its marks in the order of ``seq``: the customer asks, a person answers, somebody closes. Notes, system
lines, bots and integrations are no marks: a promise is kept by people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Did(StrEnum):
    ASKS = "asks"
    ANSWERS = "answers"
    CLOSES = "closes"
    CLOSES_HIMSELF = "closes_himself"  # the customer


CLOSINGS = (Did.CLOSES, Did.CLOSES_HIMSELF)


@dataclass(frozen=True, slots=True)
class Mark:
    seq: int
    at: datetime
    did: Did


@dataclass(frozen=True, slots=True)
class Owed:
    """Where a story stands. A conversation that is reopened begins a new one."""

    # The customer's first message since it was opened or reopened.
    began: Mark | None = None
    # The first message that nobody has answered yet.
    asked: Mark | None = None
    # The last answer of a person.
    answered: Mark | None = None

    @property
    def is_first(self) -> bool:
        """Whether nobody has answered since it was opened or reopened."""
        return self.answered is None


def owed(marks: Sequence[Mark]) -> Owed:
    """What is owed after these marks."""
    began = asked = answered = None
    for mark in marks:
        if mark.did in CLOSINGS:
            began = asked = answered = None
        elif mark.did == Did.ASKS:
            began, asked = began or mark, asked or mark
        elif began is not None:
            asked, answered = None, mark
    return Owed(began, asked, answered)


def end_of(marks: Sequence[Mark], turn: int, *, settles: bool) -> Mark | None:
    """What ended the clock of a turn: an answer (of settling: a closing), or the closing that came instead."""
    after = (mark for mark in marks if mark.seq > turn)
    return next((m for m in after if m.did in CLOSINGS or (m.did == Did.ANSWERS and not settles)), None)
