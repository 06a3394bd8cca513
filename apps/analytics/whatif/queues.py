"""Lines of a simulated day: what waits in each, in the order of service."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.analytics.whatif.cases import Case

Key = tuple[Any, ...]
Row = tuple[Key, int, "Case"]


class Queues:
    """Everything that waits. Keys are ``Waiting.order``: between lines and inside them the same."""

    def __init__(self, lines: Collection[int]) -> None:
        self._rows: dict[int, list[Row]] = {line: [] for line in lines}
        self.busy: set[int] = set()
        # What came back to a full holder is served before anything new while he is waited for.
        self._returning: list[Row] = []
        # For whom something waits in a line, and how many of it.
        self._kept: dict[int, Counter[int]] = {line: Counter() for line in lines}

    def add(self, case: Case) -> None:
        assert case.waiting is not None
        row = (case.waiting.order(), case.arrival.number, case)
        insort(self._rows[case.line], row)
        self.busy.add(case.line)
        if case.waiting.returns:
            insort(self._returning, row)
        if case.waiting.kept_for is not None:
            self._kept[case.line][case.waiting.kept_for] += 1

    def remove(self, case: Case) -> None:
        assert case.waiting is not None
        row = (case.waiting.order(), case.arrival.number, case)
        _drop(self._rows[case.line], row)
        if case.waiting.returns:
            _drop(self._returning, row)
        if case.waiting.kept_for is not None:
            self._kept[case.line][case.waiting.kept_for] -= 1
        if not self._rows[case.line]:
            self.busy.discard(case.line)
            self._kept[case.line].clear()

    def length(self, line: int) -> int:
        return len(self._rows[line])

    def of_line(self, line: int) -> list[Case]:
        return [case for _key, _number, case in self._rows[line]]

    def kept(self, line: int) -> Iterable[int]:
        """For whom something waits in the line."""
        return [operator for operator, number in self._kept[line].items() if number]

    def returning(self, now: datetime) -> list[Case]:
        """Those whose holder alone is asked now."""
        return [
            case for _key, _number, case in self._returning if case.waiting and case.waiting.kept_now(now)
        ]

    def in_order(self, lines: Iterable[int]) -> Iterator[Case]:
        """What waits in these lines, first served first. Nothing may be removed meanwhile."""
        for _key, _number, case in heapq.merge(*(self._rows[line] for line in lines)):
            yield case


def _drop(rows: list[Row], row: Row) -> None:
    place = bisect_left(rows, row[:2], key=lambda each: each[:2])
    if place == len(rows) or rows[place][1] != row[1]:
        raise LookupError("what is taken out of a line stands in it")
    del rows[place]
