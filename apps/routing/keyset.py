"""Pages of a list by what its last row was: the order as keys, and what lies beyond a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from apps.core.numbers import BIG


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order. Where it may be empty, empty ones stand last; moments travel as text."""

    name: str
    descending: bool = False
    moment: bool = False
    may_be_empty: bool = False

    def order(self) -> OrderBy:
        column = F(self.name)
        last = True if self.may_be_empty else None
        return column.desc(nulls_last=last) if self.descending else column.asc(nulls_last=last)

    def further(self, value: Any) -> Q:
        """Rows that come later by this key alone."""
        if value is None:
            return Q(pk__in=[])
        beyond = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return beyond | Q(**{f"{self.name}__isnull": True}) if self.may_be_empty else beyond

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def parsed(self, value: Any) -> Any:
        """A cursor's value as it came back; ValueError for anything that was never handed out."""
        if value is None and self.may_be_empty:
            return None
        if not self.moment:
            return _number(value)
        return _moment(value)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > BIG:
        raise ValueError("a number was expected")
    return value


def _moment(value: Any) -> datetime:
    """Brought to UTC: the database takes no odd offsets."""
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a moment needs its zone")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment outside the calendar") from error


Order = tuple[Key, ...]


def beyond(order: Order, after: Sequence[Any]) -> Q:
    """Rows after the cursor: further by the first key, or equal there and further by the rest."""
    if len(after) != len(order):
        raise ValueError("a cursor has one value for each key of the order")
    key, value = order[0], order[0].parsed(after[0])
    further = key.further(value)
    return further if len(order) == 1 else further | (key.same(value) & beyond(order[1:], after[1:]))


def cursor(values: Sequence[Any]) -> list[Any]:
    """What a client keeps of the last row of a page."""
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]
