"""A row of the budget table: what must be, what is good, what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NOT_BUILT = "not built yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``is_met`` None: nothing to judge (not built yet, or printed for information)."""

    what: str
    must: str
    good: str
    measured: str
    is_met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "-"}[self.is_met]


def not_built(what: str, must: str, good: str) -> Row:
    """A budget whose part comes later."""
    return Row(what, must, good, NOT_BUILT)


def as_text(rows: Iterable[Row]) -> str:
    """The table for a terminal."""
    table = [
        ("", "must", "good", "measured", ""),
        *((r.what, r.must, r.good, r.measured, r.verdict) for r in rows),
    ]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def as_markdown(rows: Iterable[Row]) -> str:
    """The table for a page."""
    lines = ["| what | must | good | measured | |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {r.what} | {r.must} | {r.good} | {r.measured} | {r.verdict} |" for r in rows]
    return "\n".join(lines) + "\n"
