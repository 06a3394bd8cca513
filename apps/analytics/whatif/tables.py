"""Results as tables of text, for people at a terminal and for the pages of docs/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from apps.analytics.whatif.figures import Figures, LineFigures
from apps.core.numbers import numbered

# A column's heading, and the figure it shows. Definitions: docs/whatif.md.
LINE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("came", "came"),
    ("answered", "answered"),
    ("mean, s", "mean"),
    ("median, s", "median"),
    ("p90, s", "p90"),
    ("in time", "within"),
    ("gave up", "gave_up"),
    ("broken", "broken"),
    ("inside", "inside"),
    ("elsewhere", "elsewhere"),
)
SHARES = frozenset({"within", "inside", "occupancy", "slots"})


def as_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they need; the first one to the left, numbers to the right."""
    lines = [list(headings), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def shown(name: str, value: float | None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "—"
    return f"{100 * value:.1f}%" if name in SHARES else f"{value:g}"


def compared(columns: Mapping[str, Figures], names: Mapping[int, str], only: int | None = None) -> str:
    """Each line under itself: what happened, the version in force, the version asked."""
    lines = sorted({each.line for found in columns.values() for each in found.lines})
    rows = []
    for line in lines if only is None else [only]:
        for label, found in columns.items():
            figure = next((each for each in found.lines if each.line == line), None)
            rows.append([names.get(line, numbered(line)), label, *_cells(figure)])
    if only is None:
        rows += [["*", label, *_cells(found.total)] for label, found in columns.items()]
    return as_table(["line", "", *(heading for heading, _name in LINE_COLUMNS)], rows)


def _cells(figure: LineFigures | None) -> list[str]:
    return [shown(name, getattr(figure, name) if figure else None) for _heading, name in LINE_COLUMNS]


def operators(columns: Mapping[str, Figures]) -> str:
    """Load over all operators: occupancy and use of places, lowest, mean and highest."""
    rows = []
    for label, found in columns.items():
        busy = [each.occupancy for each in found.operators if each.occupancy is not None]
        used = [each.slots for each in found.operators if each.slots is not None]
        rows.append([label, str(len(found.operators)), *_spread(busy), *_spread(used)])
    headings = [
        "",
        "operators",
        *(f"occupancy, {part}" for part in PARTS),
        *(f"places, {part}" for part in PARTS),
    ]
    return as_table(headings, rows)


PARTS = ("lowest", "mean", "highest")


def _spread(values: Sequence[float]) -> list[str]:
    if not values:
        return ["—"] * 3
    found = (min(values), sum(values) / len(values), max(values))
    return [shown("occupancy", value) for value in found]
