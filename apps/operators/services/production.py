"""The production calendar as a file: read, compared with what is kept, taken over. Taking it twice changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actors import Actor
from apps.core.errors import Invalid
from apps.core.sheets import made_plain, made_safe
from apps.operators.models import Calendar, ProductionDay
from apps.operators.services import announcing

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "production_calendar_ru.csv"
COLUMNS = ["date", "kind", "hours_of", "note"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST = 2000  # rows of one file
NOTE = 80
EARLIEST, LATEST = 2000, 2100


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A row of the file."""

    date: date
    kind: str
    hours_of: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What taking a file over would do. ``gone``: kept days of the file's years that it does not name."""

    new: tuple[Day, ...]
    changed: tuple[tuple[Day, Day], ...]
    gone: tuple[Day, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone)


def shipped() -> str:
    """The file that came with the product."""
    return SHIPPED.read_text(encoding="utf-8")


def read(text: str) -> list[Day]:
    """The days of a file, by date; raises Invalid, naming the line that is wrong."""
    lines = [
        (number, line)
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if len(lines) > MOST:
        raise Invalid(_("The file has more than %(limit)s rows.") % {"limit": MOST})
    # Spreadsheets of some countries part cells by semicolons.
    apart = ";" if lines and ";" in lines[0][1] else ","
    if not lines or [cell.strip() for cell in _cells(lines[0][1], apart)] != COLUMNS:
        raise Invalid(_("The first row names the columns: %(columns)s.") % {"columns": ",".join(COLUMNS)})
    days = [_day(number, _cells(line, apart)) for number, line in lines[1:]]
    if not days:
        raise Invalid(_("The file names no day."))
    twice = {
        one.date for one, other in zip(sorted(days), sorted(days)[1:], strict=False) if one.date == other.date
    }
    if twice:
        raise Invalid(_("%(date)s stands there twice.") % {"date": min(twice)})
    return sorted(days)


def _cells(line: str, apart: str) -> list[str]:
    """Its cells; a line that is no CSV, or holds an endless cell, has none."""
    try:
        return next(csv.reader([line], delimiter=apart))
    except csv.Error:
        return []


def _day(number: int, cells: list[str]) -> Day:
    where = {"number": number}
    if len(cells) != len(COLUMNS):
        raise Invalid(_("Line %(number)s has not four columns.") % where)
    day, kind, hours_of, note = (cell.strip() for cell in cells)
    if kind not in ProductionDay.Kind.values:
        raise Invalid(_("Line %(number)s: a day is off, working or short.") % where)
    if hours_of and (hours_of not in WEEKDAYS or kind == ProductionDay.Kind.OFF):
        raise Invalid(_("Line %(number)s: hours of mon … sun, and none for a day off.") % where)
    return Day(_date(day, where), kind, WEEKDAYS.index(hours_of) if hours_of else None, _plain(note))


def _date(text: str, where: dict[str, int]) -> date:
    try:
        found = date.fromisoformat(_iso(text))
    except ValueError:
        found = date.min
    if not EARLIEST <= found.year <= LATEST:
        raise Invalid(_("Line %(number)s: a date reads 2026-12-31.") % where)
    return found


def _iso(text: str) -> str:
    """31.12.2026, as a spreadsheet writes it in Russia, is 2026-12-31."""
    return "-".join(reversed(text.split("."))) if text.count(".") == 2 else text


def _plain(note: str) -> str:
    return made_plain(note.replace("\x00", ""))[:NOTE]


def compare(days: Iterable[Day]) -> Difference:
    """What taking these days over would change. A file that names any day of a year says all of that year."""
    wanted = {day.date: day for day in days}
    years = {each.year for each in wanted}
    kept = {row.date: _as_day(row) for row in ProductionDay.objects.filter(date__year__in=years)}
    both = [(kept[each], wanted[each]) for each in sorted(kept.keys() & wanted.keys())]
    return Difference(
        new=tuple(wanted[each] for each in sorted(wanted.keys() - kept.keys())),
        changed=tuple((was, becomes) for was, becomes in both if was != becomes),
        gone=tuple(kept[each] for each in sorted(kept.keys() - wanted.keys())),
        same=sum(was == becomes for was, becomes in both),
    )


def _as_day(row: ProductionDay) -> Day:
    return Day(row.date, row.kind, row.hours_of, row.note)


@transaction.atomic
def take_over(days: Iterable[Day], *, actor: Actor, now: datetime) -> Difference:
    """Keep these days instead of what was kept of their years; lines whose hours follow are told."""
    difference = compare(days)
    for day in _kept_anew(difference):
        values = {"kind": day.kind, "hours_of": day.hours_of, "note": day.note}
        ProductionDay.objects.update_or_create(date=day.date, defaults=values)
    ProductionDay.objects.filter(date__in=[day.date for day in difference.gone]).delete()
    if not difference.is_empty:
        tell(actor=actor, now=now)
    return difference


def _kept_anew(difference: Difference) -> Iterator[Day]:
    yield from difference.new
    for _was, becomes in difference.changed:
        yield becomes


def tell(*, actor: Actor, now: datetime) -> None:
    """The production calendar changed: so did every calendar that follows it."""
    for calendar_id in Calendar.objects.filter(follows_production=True).values_list("pk", flat=True):
        announcing.hours_changed(calendar_id, actor=actor, now=now)


def written(days: Iterable[Any]) -> str:
    """Kept days as the file that ``read`` takes."""
    rows = [",".join(COLUMNS)]
    for day in days:
        hours_of = "" if day.hours_of is None else WEEKDAYS[day.hours_of]
        note = made_safe(day.note).replace('"', '""')
        rows.append(
            f'{day.date},{day.kind},{hours_of},"{note}"' if note else f"{day.date},{day.kind},{hours_of},"
        )
    return "\n".join(rows) + "\n"
