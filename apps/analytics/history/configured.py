"""What operators might hold and do on a past day: from the history that the database writes of every setting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from django.db import models
from django.db.models import Min, Q

from apps.analytics.whatif.day import Abilities
from apps.core.history import DELETE, event_model
from apps.operators.models import Operator, Queue, QueueMembership, SkillLevel
from apps.routing.matching.pool import UNIT
from apps.routing.models import OperatorLimit

Model = type[models.Model]
Tracked = TypeVar("Tracked", bound=models.Model)
Row = tuple[Any, ...]
# Of each model what matters here: whose it is, then its values.
COLUMNS: dict[Model, tuple[str, ...]] = {
    Operator: ("user_id", "capacity"),
    QueueMembership: ("operator_id", "queue_id"),
    SkillLevel: ("operator_id", "skill_id", "level"),
    OperatorLimit: ("operator_id", "kind", "at_most"),
}
Timeline = list[tuple[datetime, Abilities]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """Abilities of operators, each from a moment on; the first moment is that at which the day begins.

    ``known``: the history reaches back to that day; otherwise they are those of now. ``new_lines``: had no member
    that day, so that those of now stand in.
    """

    of: dict[int, Timeline]
    known: bool
    new_lines: frozenset[int] = frozenset()


def abilities(operators: Iterable[int], begins: datetime, ends: datetime) -> Configured:
    """Of these operators, between two moments; ten statements."""
    wanted, now = sorted(operators), _House()
    for model, columns in COLUMNS.items():
        for row, *values in model._default_manager.values_list("pk", *columns):
            now.put(Change(begins, 0, model, row, tuple(values)))
    if not _reaches(begins):
        return Configured(of={pk: [(begins, now.abilities(pk))] for pk in wanted}, known=False)
    found, lines_then = _played(wanted, begins, ends)
    new_lines = now.lines() - lines_then
    lines = frozenset(Queue.objects.values_list("pk", flat=True))
    for pk in wanted:
        stands_in = now.abilities(pk).lines & new_lines
        found[pk] = [(at, replace(each, lines=each.lines & lines | stands_in)) for at, each in found[pk]]
    return Configured(of=found, known=True, new_lines=new_lines)


def _reaches(moment: datetime) -> bool:
    """Whether anything was written down before that; what was brought in later has no history of its day."""
    kept = event_model(Operator)
    assert kept is not None
    first = kept.objects.aggregate(first=Min("pgh_created_at"))["first"]
    return first is not None and first < moment


def as_of(model: type[Tracked], moment: datetime, *, among: Q | None = None) -> list[Tracked]:
    """The rows of a tracked model as they stood then; those of now where the history does not reach back.

    ``among``: of those only that were like this at any time, where a table is large.
    """
    kept = event_model(model)
    if kept is None or not _reaches(moment):
        return list(model._default_manager.filter(among or Q()))
    written = kept.objects.filter(pgh_created_at__lte=moment)
    if among is not None:
        written = written.filter(pgh_obj_id__in=kept.objects.filter(among).values("pgh_obj_id"))
    columns = [each.attname for each in model._meta.fields if not each.primary_key]
    last = written.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    return [
        model(pk=each.pgh_obj_id, **{name: getattr(each, name) for name in columns})
        for each in last
        if each.pgh_label != DELETE
    ]


def _played(
    wanted: list[int], begins: datetime, ends: datetime
) -> tuple[dict[int, Timeline], frozenset[int]]:
    """Every change in its order; with it all lines that had a member at any moment of the day."""
    house = _House()
    changes = sorted(_changes(ends), key=attrgetter("at", "order"))
    before = [each for each in changes if each.at <= begins]
    for each in before:
        house.put(each)
    found: dict[int, Timeline] = {pk: [(begins, house.abilities(pk))] for pk in wanted}
    lines = house.lines()
    for at, together in groupby(changes[len(before) :], key=attrgetter("at")):
        touched = {pk for each in together for pk in house.put(each)}
        lines |= house.lines()
        for pk in touched & found.keys():
            found[pk].append((at, house.abilities(pk)))
    return found, lines


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it stood from a moment on; without values it was deleted."""

    at: datetime
    order: int
    model: Model
    row: int
    values: Row | None


def _changes(until: datetime) -> Iterator[Change]:
    for model, columns in COLUMNS.items():
        kept = event_model(model)
        assert kept is not None
        rows = kept.objects.filter(pgh_created_at__lt=until)
        for at, order, row, label, *values in rows.values_list(
            "pgh_created_at", "pgh_id", "pgh_obj_id", "pgh_label", *columns
        ):
            yield Change(at, order, model, row, None if label == DELETE else tuple(values))


@dataclass(slots=True)
class _House:
    """All rows of all operators as they stand at a moment."""

    _rows: dict[Model, dict[int, Row]] = field(default_factory=lambda: {model: {} for model in COLUMNS})
    _of: defaultdict[int, set[tuple[Model, int]]] = field(default_factory=lambda: defaultdict(set))

    def put(self, change: Change) -> set[int]:
        """Whom it concerns: a row may have been given to somebody else."""
        rows, key = self._rows[change.model], (change.model, change.row)
        before = rows.pop(change.row, None)
        if before is not None:
            self._of[before[0]].discard(key)
        if change.values is not None:
            rows[change.row] = change.values
            self._of[change.values[0]].add(key)
        return {values[0] for values in (before, change.values) if values is not None}

    def lines(self) -> frozenset[int]:
        return frozenset(line for _operator, line in self._rows[QueueMembership].values())

    def abilities(self, operator: int) -> Abilities:
        found: dict[Model, list[Row]] = {model: [] for model in COLUMNS}
        for model, row in self._of[operator]:
            found[model].append(self._rows[model][row][1:])
        return Abilities(
            lines=frozenset(line for (line,) in found[QueueMembership]),
            capacity=sum(capacity for (capacity,) in found[Operator]) * UNIT,
            skills=dict(found[SkillLevel]),
            limits=dict(found[OperatorLimit]),
        )
