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
    CLOSES = "closes"  # the house: a person, a bot, an application or a rule
    CLOSES_HIMSELF = "closes_himself"  # the customer
    LEAVES_CONTACT = "leaves_contact"  # the customer, instead of waiting


# By his own will he waits no longer; what the house closes answers nobody.
BY_HIMSELF = (Did.CLOSES_HIMSELF, Did.LEAVES_CONTACT)
CLOSINGS = (Did.CLOSES, *BY_HIMSELF)


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


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer asks, and waits for an answer; ``began`` is the message with which this stretch began."""

    began: Mark
    asked: Mark
    # Whether nobody had answered before it since it was opened or reopened.
    is_first: bool


def turns(marks: Sequence[Mark]) -> list[Turn]:
    """Every turn there ever was, answered or not."""
    found: list[Turn] = []
    began: Mark | None = None
    waits = is_first = True
    for mark in marks:
        if mark.did in CLOSINGS:
            began = None
        elif mark.did == Did.ANSWERS:
            waits = is_first = False
        elif began is None or not waits:
            is_first = is_first or began is None
            began, waits = began or mark, True
            found.append(Turn(began, mark, is_first))
    return found


def end_of(marks: Sequence[Mark], turn: int, *, settles: bool, may_stay: bool = False) -> Mark | None:
    """What ended the clock of a turn: an answer, or that the customer waits no longer.

    Settling ends with the closing of what was answered. Otherwise a closing by the house answers nobody and ends
    nothing, unless the last word ``may_stay`` without an answer.
    """
    answered = False
    for mark in marks:
        if mark.seq <= turn:
            continue
        if mark.did in BY_HIMSELF or (mark.did == Did.ANSWERS and not settles):
            return mark
        if mark.did == Did.CLOSES and (may_stay or (settles and answered)):
            return mark
        answered = answered or mark.did == Did.ANSWERS
    return None
