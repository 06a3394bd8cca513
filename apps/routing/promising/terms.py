"""Whose terms count: of policies and promises the most specific that fits, then the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands: its line, its channel, its customer's category."""

    line: int
    channel: int
    category: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is promised for one turn, ready to be kept by a clock."""

    policy: int | None = None
    promise: int | None = None
    seconds: int
    business_hours: bool
    pause: str
    warn_percent: int | None = None
    since: datetime
    # Ended by closing; otherwise by an answer.
    settles: bool


class Fitting(Protocol):
    """Something that is for certain places only."""

    pk: int
    order: int

    def fits(self, place: Place) -> bool: ...

    def specificity(self) -> int: ...


Candidate = TypeVar("Candidate", bound=Fitting)


def most_specific(candidates: Iterable[Candidate], place: Place) -> Candidate | None:
    fitting = [each for each in candidates if each.fits(place)]
    return min(fitting, key=lambda each: (-each.specificity(), each.order, each.pk), default=None)
