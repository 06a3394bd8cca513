"""The figures of a day by line and by operator, as docs/whatif.md defines them. Numbers only, ready for JSON.

One function makes them of what happened, of the version in force and of a draft, so that columns can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import fmean, median
from typing import Any

import msgspec

from apps.analytics.whatif.outcome import Outcome, Work


class Kept(msgspec.Struct, frozen=True):
    """Promises of one kind that were kept or broken, and how many of them broken."""

    counted: int
    broken: int


class LineFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One line, over the arrivals placed in it. Waits are of those answered; shares are of all who came."""

    line: int
    came: int
    answered: int
    offline: int
    mean: float | None
    median: float | None
    p90: float | None
    within: float | None
    gave_up: int
    shown: int
    inside: float | None
    elsewhere: int
    # By kind; results of before they were counted so have none.
    promises: dict[str, Kept] = {}

    @property
    def broken(self) -> int:
        """Of every kind."""
        return sum(each.broken for each in self.promises.values())

    @property
    def promised(self) -> int:
        return sum(each.counted for each in self.promises.values())


class OperatorFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One operator: conversations taken, hours at work, occupancy and the use of his places."""

    operator: int
    taken: int
    hours: float
    occupancy: float | None
    slots: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    lines: tuple[LineFigures, ...]
    operators: tuple[OperatorFigures, ...]
    total: LineFigures


TOTAL = 0


def figures(outcomes: Iterable[Outcome], works: Iterable[Work], *, within: float, until: datetime) -> Figures:
    """``within``: seconds of the service level. ``until``: the end of the day, when what waits is counted as it is."""
    counted = [each for each in outcomes if not each.carried]
    by_line: dict[int, list[Outcome]] = {}
    for each in counted:
        by_line.setdefault(each.line, []).append(each)
    return Figures(
        lines=tuple(_line(line, by_line[line], within, until) for line in sorted(by_line)),
        operators=tuple(_operator(each) for each in sorted(works, key=lambda work: work.operator)),
        total=_line(TOTAL, counted, within, until),
    )


def _line(line: int, came: Sequence[Outcome], within: float, until: datetime) -> LineFigures:
    present = [each for each in came if not each.offline]
    waits = sorted(wait for each in present if (wait := each.wait) is not None)
    shown = [each for each in present if each.shown is not None and each.wait is not None]
    return LineFigures(
        line=line,
        came=len(came),
        answered=len(waits),
        offline=len(came) - len(present),
        mean=_rounded(fmean(waits)) if waits else None,
        median=_rounded(median(waits)) if waits else None,
        p90=_rounded(percentile(waits, 0.9)) if waits else None,
        within=share(sum(wait <= within for wait in waits), len(present)),
        gave_up=sum(each.gave_up is not None for each in came),
        promises=_promises(came, until),
        shown=len(shown),
        inside=share(sum(_is_inside(each) for each in shown), len(shown)),
        elsewhere=sum(each.answered_in not in (None, each.line) for each in came),
    )


def percentile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that this part of all does not exceed."""
    return ordered[max(0, -(-len(ordered) * round(part * 100) // 100) - 1)]


def share(number: int, of: int) -> float | None:
    """None of nothing."""
    return round(number / of, 4) if of else None


def _promises(came: Sequence[Outcome], until: datetime) -> dict[str, Kept]:
    """By kind; kinds of which nothing was promised are left out."""
    found: dict[str, list[bool]] = {}
    for clock in (clock for each in came for clock in each.clocks):
        found.setdefault(str(clock.kind), []).append(clock.is_broken(until))
    return {kind: Kept(len(broken), sum(broken)) for kind, broken in sorted(found.items())}


def _is_inside(each: Outcome) -> bool:
    assert each.shown is not None
    wait = each.wait
    return wait is not None and each.shown[0] <= wait <= each.shown[1]


def _operator(work: Work) -> OperatorFigures:
    return OperatorFigures(
        operator=work.operator,
        taken=work.taken,
        hours=round(work.at_work / 3600, 2),
        occupancy=round(work.with_work / work.at_work, 4) if work.at_work else None,
        slots=round(work.units / work.offered_units, 4) if work.offered_units else None,
    )


def _rounded(seconds: float) -> float:
    return round(seconds, 1)


def to_plain(found: Figures) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def from_plain(plain: Any) -> Figures:
    """Raises msgspec.ValidationError for what no run has written."""
    return msgspec.convert(plain, Figures)
