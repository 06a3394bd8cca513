"""A published version of the rules: plain values, the same on every process and for ever."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from apps.operators.models import Queue
from apps.routing.models import Condition, Rule


class FrozenCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One question; ``values`` are numbers of channels, lines and calendars, or words."""

    id: int
    group: str
    kind: str
    comparison: str
    name: str = ""
    values: tuple[int | float | str, ...] = ()


class FrozenRule(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    beats_choice: bool = False
    conditions: tuple[FrozenCondition, ...] = ()


class FrozenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that takes conversations, with its rules in the order in which they were made."""

    id: int
    name: str
    priority: int
    rules: tuple[FrozenRule, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, the most important first; of equals the one that was made earlier."""

    lines: tuple[FrozenLine, ...] = ()

    def asks(self, kind: str) -> bool:
        """Whether any rule has a condition of this kind, so that its facts are worth fetching."""
        return any(
            each.kind == kind for line in self.lines for rule in line.rules for each in rule.conditions
        )

    def priority_of(self, line_id: int) -> int | None:
        return next((line.priority for line in self.lines if line.id == line_id), None)


def draft() -> Content:
    """What publishing would freeze now: the rows as the back office shows them. Three queries."""
    rules: dict[int, list[FrozenRule]] = {}
    for rule in Rule.objects.filter(is_active=True).order_by("id").prefetch_related("conditions"):
        rules.setdefault(rule.queue_id, []).append(_frozen(rule))
    return Content(
        lines=tuple(
            FrozenLine(
                id=queue.pk, name=queue.name, priority=queue.priority, rules=tuple(rules.get(queue.pk, ()))
            )
            for queue in Queue.objects.order_by("-priority", "id")
        )
    )


def _frozen(rule: Rule) -> FrozenRule:
    # The order in which they were written, not the one of the page: a version is the same however it is shown.
    conditions = sorted(rule.conditions.all(), key=lambda each: each.pk)
    return FrozenRule(
        id=rule.pk,
        name=rule.name,
        beats_choice=rule.beats_choice,
        conditions=tuple(_condition(each) for each in conditions),
    )


def _condition(row: Condition) -> FrozenCondition:
    return FrozenCondition(
        id=row.pk,
        group=row.group,
        kind=row.kind,
        comparison=row.comparison,
        name=row.name,
        values=tuple(row.values),
    )


def to_plain(content: Content) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(content)
    return plain


def from_plain(plain: Any) -> Content:
    """Raises msgspec.ValidationError for what is no version of rules."""
    return msgspec.convert(plain, Content)


def digest_of(content: Content) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
