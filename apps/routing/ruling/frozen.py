"""A published version of the rules: plain values, the same on every process and for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from apps.operators.models import LineSkill, Queue
from apps.routing.models import Category, Condition, Rule, RuleSkill, Segment


class FrozenCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One question; ``values`` are numbers of channels, lines and calendars, or words."""

    id: int
    group: str
    kind: str
    comparison: str
    name: str = ""
    values: tuple[int | float | str, ...] = ()


class Need(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A skill at a level, which falls by one each ``relax`` seconds of waiting; 0: never."""

    skill: int
    level: int
    relax: int = 0

    def level_after(self, waited: float) -> int:
        """The level still needed after so many seconds; 0: anybody will do."""
        return self.level if not self.relax else max(0, self.level - int(waited // self.relax))


class FrozenRule(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    beats_choice: bool = False
    conditions: tuple[FrozenCondition, ...] = ()
    needs: tuple[Need, ...] = ()


class FrozenOverflow(msgspec.Struct, frozen=True, kw_only=True):
    """To the reserve line when ``by`` exceeds ``limit``: seconds of waiting or without staff, or a number."""

    by: str
    limit: int
    reserve: int


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a line offers its work; the fields and their units are those of ``Queue``."""

    offering: str = "pull"
    # The account of the application that serves an outside line; nothing of it is for operators.
    outside_id: int | None = None
    policy: str = "least_busy"
    accept_seconds: int = 0
    prefers_last_seconds: int = 0
    prefers_manager_seconds: int = 0
    matches_language: bool = False
    language_relax_seconds: int = 0
    idle_minutes: int = 0
    own_wait_seconds: int = 0
    wrap_up_seconds: int = 0

    @property
    def offers(self) -> bool:
        return self.outside_id is None and self.offering != "pull"

    @property
    def pulls(self) -> bool:
        return self.outside_id is None and self.offering != "automatic"


class FrozenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that takes conversations, with its rules in the order in which they were made."""

    id: int
    name: str
    priority: int
    rules: tuple[FrozenRule, ...] = ()
    terms: Terms = Terms()
    needs: tuple[Need, ...] = ()
    overflows: tuple[FrozenOverflow, ...] = ()


class FrozenSegment(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    conditions: tuple[FrozenCondition, ...] = ()


class FrozenCategory(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    code: str
    rank: int
    conditions: tuple[FrozenCondition, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, the most important first; of equals the one that was made earlier.

    Categories stand in the order in which they are looked for: the highest rank first.
    """

    lines: tuple[FrozenLine, ...] = ()
    segments: tuple[FrozenSegment, ...] = ()
    categories: tuple[FrozenCategory, ...] = ()

    def asks(self, kind: str) -> bool:
        """Whether any condition is of this kind, so that its facts are worth fetching."""
        return any(each.kind == kind for each in self.conditions())

    def conditions(self) -> Iterator[FrozenCondition]:
        for line in self.lines:
            for rule in line.rules:
                yield from rule.conditions
        for segment in self.segments:
            yield from segment.conditions
        for category in self.categories:
            yield from category.conditions

    def line(self, line_id: int) -> FrozenLine | None:
        return next((line for line in self.lines if line.id == line_id), None)

    def terms_of(self, line_id: int) -> Terms:
        """How the line offers its work; a line made since the version was published is only pulled from."""
        line = self.line(line_id)
        return line.terms if line else Terms()


def draft() -> Content:
    """What publishing would freeze now: the rows as the back office shows them."""
    return Content(lines=_lines(), segments=_segments(), categories=_categories())


def _lines() -> tuple[FrozenLine, ...]:
    rules: dict[int, list[FrozenRule]] = {}
    for rule in (
        Rule.objects.filter(is_active=True).order_by("id").prefetch_related("conditions", "skill_needs")
    ):
        rules.setdefault(rule.queue_id, []).append(_rule(rule))
    found = Queue.objects.order_by("-priority", "id").prefetch_related("skill_needs", "overflows")
    return tuple(_line(queue, tuple(rules.get(queue.pk, ()))) for queue in found)


def _line(queue: Queue, rules: tuple[FrozenRule, ...]) -> FrozenLine:
    overflows = sorted(queue.overflows.all(), key=lambda each: each.pk)
    return FrozenLine(
        id=queue.pk,
        name=queue.name,
        priority=queue.priority,
        rules=rules,
        terms=Terms(**{name: getattr(queue, name) for name in Terms.__struct_fields__}),
        needs=_needs(queue.skill_needs.all()),
        overflows=tuple(
            FrozenOverflow(by=each.by, limit=each.limit, reserve=each.reserve_id) for each in overflows
        ),
    )


def _needs(rows: Iterable[LineSkill | RuleSkill]) -> tuple[Need, ...]:
    ordered = sorted(rows, key=lambda each: each.skill_id)
    return tuple(Need(skill=each.skill_id, level=each.level, relax=each.relax_seconds) for each in ordered)


def _rule(rule: Rule) -> FrozenRule:
    return FrozenRule(
        id=rule.pk,
        name=rule.name,
        beats_choice=rule.beats_choice,
        conditions=conditions_of(rule),
        needs=_needs(rule.skill_needs.all()),
    )


def _segments() -> tuple[FrozenSegment, ...]:
    found = Segment.objects.order_by("id").prefetch_related("conditions")
    return tuple(FrozenSegment(id=row.pk, name=row.name, conditions=conditions_of(row)) for row in found)


def _categories() -> tuple[FrozenCategory, ...]:
    found = Category.objects.filter(is_active=True).order_by("-rank", "id").prefetch_related("conditions")
    return tuple(
        FrozenCategory(id=row.pk, name=row.name, code=row.code, rank=row.rank, conditions=conditions_of(row))
        for row in found
    )


def conditions_of(owner: Rule | Segment | Category) -> tuple[FrozenCondition, ...]:
    """The conditions of a row as a version would hold them."""
    # The order in which they were written, not the one of the page: a version is the same however it is shown.
    return tuple(_condition(each) for each in sorted(owner.conditions.all(), key=lambda each: each.pk))


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
