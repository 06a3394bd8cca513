"""What differs between two versions of the rules, in words. Pure but for the words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from apps.core.numbers import numbered
from apps.operators.models import Overflow, Queue
from apps.routing.models.rules import Group, Kind
from apps.routing.ruling.frozen import (
    Content,
    FrozenCategory,
    FrozenCondition,
    FrozenLine,
    FrozenRule,
    FrozenSegment,
    Need,
)
from apps.routing.ruling.words import Names, in_words

Row = TypeVar("Row", FrozenLine, FrozenRule, FrozenSegment, FrozenCategory)


def differences(before: Content, after: Content, known: Names, skills: dict[int, str]) -> list[str]:
    """A line of words for each thing that came, went or changed; lines first, in their order."""
    told = _Teller(known, skills)
    return [
        *told.rows(_("Line “%(name)s”"), before.lines, after.lines, told.line),
        *told.rows(_("Segment “%(name)s”"), before.segments, after.segments, told.segment),
        *told.rows(_("Category “%(name)s”"), before.categories, after.categories, told.category),
    ]


class _Teller:
    """Names of what the rows point to, for all the words of one page."""

    def __init__(self, known: Names, skills: dict[int, str]) -> None:
        self.known = known
        self.skills = skills

    def rows(
        self,
        title: str,
        before: Iterable[Row],
        after: Iterable[Row],
        changed: Callable[[Row, Row], Iterable[str]],
        *,
        new: Callable[[Row], Iterable[str]] | None = None,
    ) -> Iterator[str]:
        was, now = {row.id: row for row in before}, {row.id: row for row in after}
        for pk, row in now.items():
            head = title % {"name": row.name}
            if pk not in was:
                details = "; ".join(new(row)) if new else ""
                yield head + ": " + _("new") + (f" ({details})" if details else "")
                continue
            yield from (f"{head}: {words}" for words in self._named(was[pk], row, changed))
        for pk, row in was.items():
            if pk not in now:
                yield title % {"name": row.name} + ": " + _("gone")

    def _named(self, was: Row, now: Row, changed: Callable[[Row, Row], Iterable[str]]) -> Iterator[str]:
        if was.name != now.name:
            yield _("called “%(before)s” before") % {"before": was.name}
        yield from changed(was, now)

    # --- lines and their rules --------------------------------------------------------------------------

    def line(self, was: FrozenLine, now: FrozenLine) -> Iterator[str]:
        if was.priority != now.priority:
            yield _changed(_label("priority"), was.priority, now.priority)
        for name in now.terms.__struct_fields__:
            before, after = getattr(was.terms, name), getattr(now.terms, name)
            if before != after:
                yield _changed(_label(name), _shown(name, before), _shown(name, after))
        yield from self._needs(was.needs, now.needs)
        yield from _sets(_("overflow"), self._overflows(was), self._overflows(now))
        yield from self.rows(_("rule “%(name)s”"), was.rules, now.rules, self.rule, new=self._new_rule)

    def rule(self, was: FrozenRule, now: FrozenRule) -> Iterator[str]:
        if was.beats_choice != now.beats_choice:
            yield _("goes before the customer's choice") if now.beats_choice else _("after the choice again")
        yield from self._conditions(was.conditions, now.conditions)
        yield from self._needs(was.needs, now.needs)

    def _new_rule(self, rule: FrozenRule) -> Iterator[str]:
        yield from (self._condition(each) for each in rule.conditions)
        if rule.beats_choice:
            yield _("goes before the customer's choice")

    def segment(self, was: FrozenSegment, now: FrozenSegment) -> Iterator[str]:
        return self._conditions(was.conditions, now.conditions)

    def category(self, was: FrozenCategory, now: FrozenCategory) -> Iterator[str]:
        if was.rank != now.rank:
            yield _changed(_("rank"), was.rank, now.rank)
        if was.code != now.code:
            yield _changed(_("code"), was.code, now.code)
        yield from self._conditions(was.conditions, now.conditions)

    # --- what they are made of --------------------------------------------------------------------------

    def _conditions(self, was: Iterable[FrozenCondition], now: Iterable[FrozenCondition]) -> Iterator[str]:
        return _sets(_("condition"), map(self._condition, was), map(self._condition, now))

    def _condition(self, condition: FrozenCondition) -> str:
        group = Group(condition.group)
        words = in_words(condition, self.known)
        return words if group == Group.ALL else f"{group.label}: {words}"

    def _needs(self, was: Iterable[Need], now: Iterable[Need]) -> Iterator[str]:
        return _sets(_("skill"), map(self._need, was), map(self._need, now))

    def _need(self, need: Need) -> str:
        words = {"skill": self.skills.get(need.skill, numbered(need.skill)), "level": need.level}
        found = _("%(skill)s from level %(level)s") % words
        return found if not need.relax else found + ", " + _("one less each %(s)s s") % {"s": need.relax}

    def _overflows(self, line: FrozenLine) -> Iterator[str]:
        for each in line.overflows:
            by = Overflow.By(each.by).label
            yield f"{by} ({each.limit}) → {self.known.of(Kind.TOPIC, each.reserve)}"


def _sets(what: str, was: Iterable[str], now: Iterable[str]) -> Iterator[str]:
    before, after = list(was), list(now)
    yield from (f"− {what}: {each}" for each in before if each not in after)
    yield from (f"+ {what}: {each}" for each in after if each not in before)


def _changed(what: str, before: Any, after: Any) -> str:
    return f"{what}: {before} → {after}"


def _label(name: str) -> str:
    return str(Queue._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices: Any = Queue._meta.get_field(name).choices  # type: ignore[union-attr]  # a column
    return str(dict(choices or ()).get(value, value))
