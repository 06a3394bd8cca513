"""How many customers a segment or a category holds for: the conditions of judging.py, said once more in SQL.

tests/routing/test_counting.py asks both about random customers. Small tables are counted; of large ones the database
reads a part of its pages, and the number is an estimate that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

from apps.conversations.events import CustomerActed
from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.ruling.frozen import FrozenCondition
from apps.routing.ruling.judging import NUMBER, SPACES, number

COUNTED = 50_000  # customers that are counted one by one; of more only a sample
_PATIENCE_MS = 3_000
# What each condition says of the customer ``c``, and of the identity ``i`` that he writes from.
Clause = tuple[str, list[Any]]
_NEVER: Clause = ("false", [])


@dataclass(frozen=True, slots=True)
class Count:
    """``number`` of ``of`` customers; None when the database needed too long."""

    number: int | None
    of: int
    is_exact: bool = True


class Uncountable(Exception):
    """A condition that asks about more than the customer."""


def count(
    conditions: Iterable[FrozenCondition],
    *,
    segments: Mapping[int, tuple[FrozenCondition, ...]] | None = None,
    now: datetime,
) -> Count:
    """Customers for whom these conditions hold; at most three seconds."""
    where, values = holds(conditions, segments=segments or {}, now=now)
    total = _customers()
    share = min(100.0, 100.0 * COUNTED / total) if total else 100.0
    sample = "" if share == 100.0 else " TABLESAMPLE SYSTEM (%s) REPEATABLE (1)"
    statement = (
        f"SELECT count(*) FILTER (WHERE {where}), count(*) FROM conversations_customer c{sample}"  # noqa: S608 - our clauses
        " WHERE c.merged_into_id IS NULL"
    )
    found = _asked(statement, [*values, *([share] if sample else [])])
    if found is None:
        return Count(None, total, is_exact=False)
    met, seen = found
    if not sample:
        return Count(met, seen)
    return Count(round(met * total / seen) if seen else 0, total, is_exact=False)


def _customers() -> int:
    """How many rows the planner believes the table has; counted while they are few."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'conversations_customer'::regclass"
        )
        return max(0, int(cursor.fetchone()[0]))


def _asked(statement: str, values: list[Any]) -> tuple[int, int] | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_PATIENCE_MS}")
            cursor.execute(statement, values)
            met, seen = cursor.fetchone()
            return int(met), int(seen)
    except OperationalError:
        return None


def holds(
    conditions: Iterable[FrozenCondition],
    *,
    segments: Mapping[int, tuple[FrozenCondition, ...]],
    now: datetime,
) -> Clause:
    """A condition on ``conversations_customer c``. Raises Uncountable."""
    asked = tuple(conditions)
    where, values = _together(asked, segments, now)
    if not _asks_identity(asked, segments):
        return where, values
    known_as = "EXISTS (SELECT 1 FROM conversations_identity i WHERE i.customer_id = c.id AND "
    return known_as + where + ")", values


def _asks_identity(
    conditions: tuple[FrozenCondition, ...], segments: Mapping[int, tuple[FrozenCondition, ...]]
) -> bool:
    named = {value for each in conditions if each.kind == Kind.SEGMENT for value in each.values}
    inner = [each for number_, asked in segments.items() if number_ in named for each in asked]
    return any(each.kind == Kind.VERIFICATION for each in (*conditions, *inner))


def _together(
    conditions: tuple[FrozenCondition, ...],
    segments: Mapping[int, tuple[FrozenCondition, ...]],
    now: datetime,
) -> Clause:
    """The groups as judging takes them together."""
    if not conditions:
        return _NEVER
    groups: dict[str, list[Clause]] = {}
    for each in conditions:
        groups.setdefault(each.group, []).append(_clause(each, segments, now))
    parts = [
        _joined(clauses, " OR " if group != Group.ALL else " AND ", negated=group == Group.NONE)
        for group, clauses in groups.items()
    ]
    return _joined(parts, " AND ")


def _joined(clauses: list[Clause], word: str, *, negated: bool = False) -> Clause:
    where = word.join(f"({where})" for where, _values in clauses)
    values = [value for _where, found in clauses for value in found]
    return (f"NOT ({where})" if negated else f"({where})"), values


def _clause(
    condition: FrozenCondition, segments: Mapping[int, tuple[FrozenCondition, ...]], now: datetime
) -> Clause:
    if condition.kind == Kind.ATTRIBUTE:
        return _attribute(condition)
    if condition.kind == Kind.EVENT:
        return _event(condition, now)
    if condition.kind == Kind.SEGMENT:
        found = [_together(asked, {}, now) for pk, asked in segments.items() if pk in condition.values]
        return _joined(found, " OR ") if found else _NEVER
    column = {Kind.LANGUAGE: "c.language", Kind.VERIFICATION: "i.verification"}.get(Kind(condition.kind))
    if column is None or condition.comparison != Comparison.IS:
        raise Uncountable(condition.kind)
    return f"lower({column}) = ANY(%s)", [[str(value).lower() for value in condition.values]]


def _event(condition: FrozenCondition, now: datetime) -> Clause:
    where = (
        "EXISTS (SELECT 1 FROM core_event e WHERE e.kind = %s AND e.subject_kind = 'customer'"
        " AND (e.subject_id = c.id OR e.subject_id IN"
        " (SELECT m.id FROM conversations_customer m WHERE m.merged_into_id = c.id))"
        " AND e.details ->> 'code' = %s AND e.details -> 'claimed' IS DISTINCT FROM 'true'::jsonb"
    )
    values = [CustomerActed.kind, condition.name]
    if condition.comparison == Comparison.KNOWN:
        return f"{where})", values
    days = number(condition.values[0]) if condition.values else None
    if condition.comparison != Comparison.WITHIN or days is None:
        raise Uncountable(condition.comparison)
    since = now - timedelta(days=float(days))
    return f"{where} AND (e.details ->> 'happened_at')::timestamptz >= %s)", [*values, since]


# --- Attributes: a text, a number, yes or no, or several of them --------------------------------------------

_EACH = (
    "EXISTS (SELECT 1 FROM (SELECT x #>> '{{}}' AS text FROM jsonb_array_elements(CASE jsonb_typeof(c.attributes -> %s)"
    " WHEN 'array' THEN c.attributes -> %s ELSE jsonb_build_array(c.attributes -> %s) END) x"
    " WHERE jsonb_typeof(x) IN ('string', 'number', 'boolean')) found WHERE {test})"
)
_PLAIN = "translate(found.text, %s, '')"
# Read as a number only where it is one: the cast must never see anything else.
_NUMBER = f"CASE WHEN {_PLAIN} ~ %s THEN replace({_PLAIN}, ',', '.')::numeric END"
_IS_NUMBER = f"^({NUMBER})$"


def _attribute(condition: FrozenCondition) -> Clause:
    if condition.comparison == Comparison.KNOWN:
        return (
            "COALESCE(c.attributes -> %s, 'null'::jsonb) NOT IN"
            " ('null'::jsonb, '\"\"'::jsonb, '[]'::jsonb, '{}'::jsonb)",
            [condition.name],
        )
    test = _TESTS.get(Comparison(condition.comparison))
    if test is None:
        raise Uncountable(condition.comparison)
    where, values = test(condition)
    return _EACH.format(test=where), [condition.name] * 3 + values


def _equal(condition: FrozenCondition) -> Clause:
    numbers = [found for each in condition.values if (found := number(each)) is not None]
    words = [str(each).lower() for each in condition.values if number(each) is None]
    same, values = _as_number("= ANY(%s::numeric[])", numbers)
    return (
        f"{same} OR (NOT {_PLAIN} ~ %s AND lower(found.text) = ANY(%s))",
        [*values, SPACES, _IS_NUMBER, words],
    )


def _as_number(test: str, value: Any) -> Clause:
    return f"({_NUMBER}) {test}", [SPACES, _IS_NUMBER, SPACES, value]


def _like(before: str) -> Callable[[FrozenCondition], Clause]:
    def clause(condition: FrozenCondition) -> Clause:
        patterns = [f"{before}{_escaped(str(each).lower())}%" for each in condition.values]
        return "lower(found.text) LIKE ANY(%s)", [patterns]

    return clause


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _limit(test: str) -> Callable[[FrozenCondition], Clause]:
    def clause(condition: FrozenCondition) -> Clause:
        limits = [found for each in condition.values if (found := number(each)) is not None]
        return _as_number(f"{test} ANY(%s::numeric[])", limits)

    return clause


_TESTS: dict[Comparison, Callable[[FrozenCondition], Clause]] = {
    Comparison.IS: _equal,
    Comparison.CONTAINS: _like("%"),
    Comparison.STARTS: _like(""),
    Comparison.AT_LEAST: _limit(">="),
    Comparison.AT_MOST: _limit("<="),
}
