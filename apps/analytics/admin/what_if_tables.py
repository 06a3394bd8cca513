"""A run's result as tables: each line and operator under itself, with units, and what the rules asked would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.analytics.history import notes
from apps.analytics.models import WhatIfRun
from apps.analytics.whatif.figures import LineFigures, OperatorFigures, from_plain
from apps.operators.models import Operator, Queue
from apps.routing.models import ClockKind

Words = str | Lazy
Record = LineFigures | OperatorFigures


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as people read it; ``change``: against the rules in force then, better or worse for customers."""

    text: str
    title: str = ""
    change: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A column: where its number is, its heading and definition, how it reads, and which way is better."""

    name: str
    heading: Words
    definition: Words
    reads: Callable[[float], str]
    better: int = 0  # 1: more, -1: less, 0: neither
    decimals: int = 0


def count(value: float) -> str:
    return str(number_format(value, 0, use_l10n=True, force_grouping=True))


def hours(value: float) -> str:
    return str(number_format(value, 1, use_l10n=True))


def percent(value: float) -> str:
    return f"{number_format(100 * value, 1, use_l10n=True)} %"


def points(value: float) -> str:
    """By how much a share changed."""
    return gettext("%s pp") % number_format(100 * value, 1, use_l10n=True)


def duration(seconds: float) -> str:
    """Minutes and seconds, and hours before them where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    whole, minutes = divmod(minutes, 60)
    return f"{whole}:{minutes:02d}:{rest:02d}" if whole else f"{minutes}:{rest:02d}"


# docs/whatif.md has the definitions in full.
OF_LINES = (
    Figure("came", _("came"), _("Conversations placed in the line that day."), count),
    Figure(
        "answered", _("answered"), _("Of those that came in open hours: an operator wrote to them."), count
    ),
    Figure(
        "mean",
        _("wait, mean, min:s"),
        _("From coming to the line to the operator's first words; of those answered."),
        duration,
        -1,
    ),
    Figure("median", _("median, min:s"), _("Half of those answered waited no longer."), duration, -1),
    Figure("p90", _("p90, min:s"), _("Nine of ten of those answered waited no longer."), duration, -1),
    Figure(
        "within",
        _("in time"),
        _("Answered within the time asked for, of all that came in open hours."),
        percent,
        1,
    ),
    Figure("gave_up", _("gave up"), _("Closed by the customer before anybody took it."), count, -1),
    Figure("broken", _("promises broken"), _("Of those kept or broken, of every kind."), count, -1),
    Figure(
        "inside",
        _("inside the range"),
        _("Answered inside the range of waiting shown at the beginning."),
        percent,
        1,
    ),
    Figure(
        "elsewhere", _("answered elsewhere"), _("By operators of another line, after an overflow."), count
    ),
)
OF_OPERATORS = (
    Figure("taken", _("taken"), _("Conversations accepted or given."), count),
    Figure("hours", _("hours at work"), _("Online, without breaks."), hours),
    Figure(
        "occupancy", _("occupancy"), _("Time with at least one conversation, of the time at work."), percent
    ),
    Figure(
        "slots",
        _("places used"),
        _("Units reserved, of those that his capacity offered while at work."),
        percent,
    ),
)
VERSIONS = ("happened", "in_force", "asked")
DASH = "—"
Rows = list[tuple[str, list[Cell]]]


def tables(
    run: WhatIfRun, lines: Iterable[Queue], people: Iterable[Operator], *, whole: bool
) -> dict[str, Any]:
    """Of these lines and operators; the sum of all lines for who may see the ``whole``."""
    columns = [from_plain(run.result[name]) for name in VERSIONS]
    labels = labels_of(run)
    names = {line.pk: line.name for line in lines}
    of_lines = [{each.line: each for each in column.lines} for column in columns]
    of_people = [{each.operator: each for each in column.operators} for column in columns]
    return {
        "line_figures": OF_LINES,
        "operator_figures": OF_OPERATORS,
        "lines": list(_of_each(names.items(), of_lines, OF_LINES, labels)),
        "total": _rows(OF_LINES, labels, [each.total for each in columns]) if whole else [],
        "operators": list(
            _of_each(((each.pk, each.public_name) for each in people), of_people, OF_OPERATORS, labels)
        ),
        "notes": list(_notes(run, names)),
    }


def labels_of(run: WhatIfRun) -> list[str]:
    version = run.result["in_force_version"]
    in_force = gettext("version %s, in force then") % version if version else gettext("rules as they stand")
    asked = gettext("version %s") % run.rule_set_id if run.rule_set_id else gettext("draft")
    return [gettext("what happened"), in_force, asked]


def _of_each(
    named: Iterable[tuple[int, str]],
    found: Sequence[Mapping[int, Record]],
    figures: Sequence[Figure],
    labels: Sequence[str],
) -> Iterator[tuple[str, Rows]]:
    """Each line or person that anything came to, with a row for each column."""
    for number, name in named:
        records = [column.get(number) for column in found]
        if any(records):
            yield name, _rows(figures, labels, records)


def _rows(figures: Sequence[Figure], labels: Sequence[str], records: Sequence[Record | None]) -> Rows:
    """What happened, the rules in force and those asked; the last with its changes against the one before."""
    _happened, before, _asked = records
    return [
        (
            label,
            [
                _cell(figure, record, before if record is not before and place == 2 else None)
                for figure in figures
            ],
        )
        for place, (label, record) in enumerate(zip(labels, records, strict=True))
    ]


def _cell(figure: Figure, record: Record | None, before: Record | None) -> Cell:
    value = getattr(record, figure.name) if record else None
    if value is None:
        return Cell(DASH)
    text, title = figure.reads(value), ""
    if figure.name == "broken" and isinstance(record, LineFigures):
        if not record.promised:
            return Cell(DASH)
        text = gettext("%(number)s of %(total)s") % {"number": text, "total": count(record.promised)}
        title = "; ".join(_kinds(record))
    earlier = getattr(before, figure.name) if before else None
    change, tone = _change(figure, value, earlier) if earlier is not None else ("", "")
    return Cell(text, title, change, tone)


def _kinds(record: LineFigures) -> Iterator[str]:
    for kind, each in record.promises.items():
        name = ClockKind(kind).label if kind in ClockKind.values else kind
        yield gettext("%(kind)s: %(number)s of %(total)s") % {
            "kind": name,
            "number": count(each.broken),
            "total": count(each.counted),
        }


def _change(figure: Figure, value: float, earlier: float) -> tuple[str, str]:
    """How much more or less; a change that nobody could read is none."""
    reads = points if figure.reads is percent else figure.reads
    amount = reads(abs(value - earlier))
    if not figure.better or amount == reads(0):
        return "", ""
    more = value > earlier
    return ("+" if more else "−") + amount, "better" if more == (figure.better > 0) else "worse"


def _notes(run: WhatIfRun, names: Mapping[int, str]) -> Iterator[str]:
    """In words; of lines only those that the reader runs."""
    for note in run.result.get("notes", ()):
        words, lines = notes.WORDS.get(note["code"]), [names[pk] for pk in note["lines"] if pk in names]
        if words is not None and (lines or not note["lines"]):
            yield f"{words} {', '.join(lines)}".strip()
