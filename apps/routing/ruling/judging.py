"""Rules against facts: which lines want the conversation, and why each rule held or did not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import msgspec
import re2

from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenCategory, FrozenCondition, FrozenLine, FrozenRule

# What a pattern may read of a fact: longer ones are cut, so that no page address costs a worker its time.
MATCHED_CHARACTERS = 2000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.case_sensitive = False


class ConditionVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """``seen`` holds numbers and codes only: a decision keeps no words of a person."""

    id: int
    group: str
    kind: str
    name: str
    met: bool
    seen: str | int | float | bool | None


class RuleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    holds: bool
    beats_choice: bool
    conditions: tuple[ConditionVerdict, ...]


class LineVerdict(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    priority: int
    rules: tuple[RuleVerdict, ...]

    def rule(self, *, beats_choice: bool) -> RuleVerdict | None:
        """The first rule that holds, of those that go before a customer's choice or of the others."""
        wanted = (each for each in self.rules if each.beats_choice == beats_choice)
        return next((each for each in wanted if each.holds), None)


def sorted_in(content: Content, facts: Facts) -> Facts:
    """The same facts with the segments that hold for them."""
    found = frozenset(each.id for each in content.segments if _all_hold(each.conditions, facts))
    return replace(facts, segments=found)


def category_of(content: Content, facts: Facts) -> FrozenCategory | None:
    """The customer's category: named by the bank's system, or found by conditions; the highest rank wins."""
    named = str(facts.attributes.get("category") or "")
    wanted = (each for each in content.categories if each.code == named or _all_hold(each.conditions, facts))
    return next(wanted, None)


def _all_hold(conditions: Iterable[FrozenCondition], facts: Facts) -> bool:
    return _holds([_condition(each, facts) for each in conditions])


def judge(content: Content, facts: Facts) -> tuple[LineVerdict, ...]:
    """Every line that has rules, the most important first, with the verdict of each rule.

    ``facts`` know their segments already.
    """
    return tuple(_line(line, facts) for line in content.lines if line.rules)


def _line(line: FrozenLine, facts: Facts) -> LineVerdict:
    return LineVerdict(
        id=line.id, priority=line.priority, rules=tuple(_rule(each, facts) for each in line.rules)
    )


def _rule(rule: FrozenRule, facts: Facts) -> RuleVerdict:
    verdicts = tuple(_condition(each, facts) for each in rule.conditions)
    return RuleVerdict(
        id=rule.id, holds=_holds(verdicts), beats_choice=rule.beats_choice, conditions=verdicts
    )


def _holds(verdicts: Iterable[ConditionVerdict]) -> bool:
    met: dict[str, list[bool]] = {}
    for each in verdicts:
        met.setdefault(each.group, []).append(each.met)
    if not met:
        return False
    return (
        all(met.get(Group.ALL, [])) and any(met.get(Group.ANY, [True])) and not any(met.get(Group.NONE, []))
    )


def _condition(condition: FrozenCondition, facts: Facts) -> ConditionVerdict:
    value = SEEN[condition.kind](condition, facts)
    return ConditionVerdict(
        id=condition.id,
        group=condition.group,
        kind=condition.kind,
        name=condition.name,
        met=COMPARED[condition.comparison](value, condition, facts),
        seen=shown(condition.kind, value),
    )


SEEN: dict[str, Callable[[FrozenCondition, Facts], Any]] = {
    Kind.CHANNEL: lambda _condition, facts: facts.channel,
    Kind.CHANNEL_KIND: lambda _condition, facts: facts.channel_kind,
    Kind.ADDRESS: lambda _condition, facts: facts.address,
    Kind.PAGE: lambda _condition, facts: facts.page,
    Kind.LANGUAGE: lambda _condition, facts: facts.language,
    Kind.VERIFICATION: lambda _condition, facts: facts.verification,
    Kind.ATTRIBUTE: lambda condition, facts: facts.attributes.get(condition.name),
    Kind.EVENT: lambda condition, facts: facts.acts.get(condition.name),
    Kind.TOPIC: lambda _condition, facts: facts.topic,
    Kind.PAGE_EVENT: lambda condition, facts: facts.claims.get(condition.name),
    Kind.SEGMENT: lambda _condition, facts: facts.segments,
    Kind.INTENT: lambda _condition, facts: facts.intent,
    Kind.HOURS: lambda condition, facts: bool(facts.open_calendars & set(condition.values)),
}


def _is(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    wanted = {_same(each) for each in condition.values}
    return any(_same(each) in wanted for each in _each(value))


def _contains(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    return any(_text(wanted) in _text(each) for each in _each(value) for wanted in condition.values)


def _starts(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    return any(_text(each).startswith(_text(wanted)) for each in _each(value) for wanted in condition.values)


def _matches(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    texts = [_written(each)[:MATCHED_CHARACTERS] for each in _each(value)]
    return any(pattern(str(wanted)).search(text) is not None for wanted in condition.values for text in texts)


def _at_least(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    return any(found >= limit for found in _numbers(_each(value)) for limit in _numbers(condition.values))


def _at_most(value: Any, condition: FrozenCondition, _facts: Facts) -> bool:
    return any(found <= limit for found in _numbers(_each(value)) for limit in _numbers(condition.values))


def _each(value: Any) -> list[Any]:
    """What is compared of a fact: of several each by itself, of nothing none."""
    found = value if isinstance(value, list | frozenset) else [value]
    return [each for each in found if each is not None and not isinstance(each, list | dict)]


def _numbers(values: Iterable[Any]) -> list[Decimal]:
    return [found for each in values if (found := number(each)) is not None]


def _known(value: Any, _condition: FrozenCondition, _facts: Facts) -> bool:
    return value not in (None, "", [], {})


def _open(value: Any, _condition: FrozenCondition, _facts: Facts) -> bool:
    return bool(value)


def _within(value: Any, condition: FrozenCondition, facts: Facts) -> bool:
    days = number(condition.values[0]) if condition.values else None
    return value is not None and days is not None and facts.now - value <= timedelta(days=float(days))


COMPARED: dict[str, Callable[[Any, FrozenCondition, Facts], bool]] = {
    Comparison.IS: _is,
    Comparison.CONTAINS: _contains,
    Comparison.STARTS: _starts,
    Comparison.MATCHES: _matches,
    Comparison.AT_LEAST: _at_least,
    Comparison.AT_MOST: _at_most,
    Comparison.KNOWN: _known,
    Comparison.OPEN: _open,
    Comparison.WITHIN: _within,
}


def pattern(text: str) -> Any:
    """A compiled pattern (RE2: its time grows with the text, never faster). Raises re2.error."""
    return re2.compile(text, _OPTIONS)


# Spaces that people put between thousands; counting.py says the same to the database.
SPACES = " \t\n\u00a0\u2007\u2009\u202f"
_SPACES = str.maketrans("", "", SPACES)
NUMBER = r"[+-]?([0-9]{1,30}([.,][0-9]{0,30})?|[.,][0-9]{1,30})"
_NUMBER = re2.compile(NUMBER)


def number(value: Any) -> Decimal | None:
    """A number as banks write it, "1 500,50" too; None for anything else, yes and no included."""
    if isinstance(value, bool) or value is None:
        return None
    text = _written(value).translate(_SPACES)
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _written(value: Any) -> str:
    """As the database writes it: a number without an exponent."""
    if isinstance(value, float) and isfinite(value):
        return format(Decimal(str(value)) + 0, "f")
    return str(value)


def shown(kind: str, value: Any) -> str | int | float | bool | None:
    """What a decision may keep of what was seen: numbers, codes, moments and addresses of pages without their query."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if kind == Kind.PAGE:
        parts = urlsplit(str(value))
        return f"{parts.netloc}{parts.path}"[:200]
    if kind in (Kind.EVENT, Kind.PAGE_EVENT):
        return str(value.isoformat())
    if isinstance(value, frozenset):
        return ",".join(str(each) for each in sorted(value))[:200]
    text = str(value)
    return text if _CODE.fullmatch(text) else "…"


_CODE = re2.compile(r"[A-Za-z0-9_.:\-]{1,40}")


def _text(value: Any) -> str:
    """In small letters, as the database makes them; "true" and "false" for yes and no."""
    return _written(value).lower()


def _same(value: Any) -> Any:
    """Equal as people mean it: 5, 5.0 and "5" are one, words whatever their case; yes and no as true and false."""
    found = number(value)
    return found if found is not None else _text(value)
