"""Which line takes a conversation and why, from rules and the house's own table of lines. Pure.

In this order: the line it was in (a conversation that comes back), rules that go before a choice, the department
the customer chose, the other rules, the channel's own line, the common line. Of several lines whose rules hold the
one with the highest priority takes it, of equals the one made earlier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.routing.models import Decision
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenCategory, Need
from apps.routing.ruling.judging import LineVerdict, category_of, judge, sorted_in

SWITCHED_OFF, NOT_OFFERED = "switched_off", "not_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What placing asks besides the rules: which lines there are, and where channels lead by themselves."""

    default: int
    # Every line, with whether it is on; one that is gone since the version was published is not here.
    lines: Mapping[int, bool]
    # Departments that a channel offers, as (channel, line).
    departments: frozenset[tuple[int, int]] = frozenset()
    by_channel: Mapping[int, int] = field(default_factory=dict)
    # The skill that means a language.
    languages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A line with the reason for it; ``rejected`` are those asked before it, ``verdicts`` what the rules said."""

    line: int
    why: str
    rule: int | None = None
    rejected: tuple[dict[str, Any], ...] = ()
    verdicts: tuple[LineVerdict, ...] = ()
    category: FrozenCategory | None = None
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    line: int
    why: str
    rule: int | None = None
    refusal: str | None = None


def place(content: Content, facts: Facts, house: House, *, before: int | None = None) -> Placed:
    """The line for these facts; ``before`` is the one it was in, of a conversation that comes back."""
    facts = sorted_in(content, facts)
    verdicts = judge(content, _of_the_channel(facts, house))
    taken = _Candidate(house.default, Decision.Reason.DEFAULT)
    rejected: list[dict[str, Any]] = []
    for each in _candidates(facts, verdicts, house, before):
        if each.refusal is None:
            taken = each
            break
        rejected.append({"line": each.line, "as": each.why, "rule": each.rule, "because": each.refusal})
    return Placed(
        line=taken.line,
        why=taken.why,
        rule=taken.rule,
        rejected=tuple(rejected),
        verdicts=verdicts,
        category=category_of(content, facts),
        needs=needs_of(content, house, taken.line, taken.rule, facts.language),
    )


def asked(rules: Collection[tuple[int, bool]], *, why: str, rule: int | None) -> frozenset[int]:
    """Which rules were asked before the line was found, of all of them as (number, goes before a choice).

    ``rules`` as verdicts hold them: lines by priority. The others were judged for the record only.
    """
    order = [number for number, _first in sorted(rules, key=lambda each: not each[1])]
    if why == Decision.Reason.SAME_LINE:
        return frozenset()
    if why == Decision.Reason.DEPARTMENT:
        return frozenset(number for number, first in rules if first)
    if why == Decision.Reason.RULE and rule in order:
        return frozenset(order[: order.index(rule) + 1])
    return frozenset(order)


def _of_the_channel(facts: Facts, house: House) -> Facts:
    """A department that the channel does not offer was not chosen: anybody can make a chat say its number."""
    if facts.topic is None or (facts.channel, facts.topic) in house.departments:
        return facts
    return replace(facts, topic=None)


def needs_of(
    content: Content, house: House, line_id: int, rule_id: int | None, language: str
) -> tuple[Need, ...]:
    """What an operator must know besides what the line asks of everybody: by the rule, and the language."""
    line = content.line(line_id)
    if line is None:
        return ()
    found = [need for rule in line.rules if rule.id == rule_id for need in rule.needs]
    skill = house.languages.get(language) if line.terms.matches_language else None
    if skill is not None:
        found.append(Need(skill=skill, level=1, relax=line.terms.language_relax_seconds))
    return tuple(found)


def _candidates(
    facts: Facts, verdicts: tuple[LineVerdict, ...], house: House, before: int | None
) -> Iterator[_Candidate]:
    if before is not None and before in house.lines:
        yield _Candidate(before, Decision.Reason.SAME_LINE, refusal=_refusal(house, before))
    yield from _by_rules(verdicts, house, beats_choice=True)
    if facts.topic is not None and facts.topic in house.lines:
        offered = (facts.channel, facts.topic) in house.departments
        refusal = _refusal(house, facts.topic) if offered else NOT_OFFERED
        yield _Candidate(facts.topic, Decision.Reason.DEPARTMENT, refusal=refusal)
    yield from _by_rules(verdicts, house, beats_choice=False)
    own = house.by_channel.get(facts.channel) if facts.channel is not None else None
    if own is not None:
        yield _Candidate(own, Decision.Reason.CHANNEL, refusal=_refusal(house, own))


def _by_rules(verdicts: tuple[LineVerdict, ...], house: House, *, beats_choice: bool) -> Iterator[_Candidate]:
    for line in verdicts:
        rule = line.rule(beats_choice=beats_choice)
        # A line deleted since the version was published wants nothing any more.
        if rule is not None and line.id in house.lines:
            yield _Candidate(line.id, Decision.Reason.RULE, rule.id, _refusal(house, line.id))


def _refusal(house: House, line: int) -> str | None:
    return None if house.lines[line] else SWITCHED_OFF
