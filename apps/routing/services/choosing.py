"""The line of a conversation: by whom or what it was asked for, and why every other one was not taken.

In this order: the line it was in (a conversation that comes back), rules that go before a choice, the department
the customer chose, the other rules, the channel's own line, the common line. Of several lines whose rules hold the
one with the highest priority takes it, of equals the one made earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from apps.conversations.models import Conversation
from apps.operators.models import Queue, Skill
from apps.routing.models import ChannelLine, Decision, Department
from apps.routing.ruling.facts import Facts, facts_of
from apps.routing.ruling.frozen import Content, FrozenCategory, Need
from apps.routing.ruling.judging import LineVerdict, category_of, judge, sorted_in

SWITCHED_OFF, NOT_OFFERED = "switched_off", "not_offered"


@dataclass(frozen=True, slots=True)
class Choice:
    """A line with the reason for it; ``rejected`` are those asked before it, ``verdicts`` what the rules said."""

    queue: Queue
    why: str
    rule: int | None = None
    rejected: list[dict[str, Any]] = field(default_factory=list)
    verdicts: tuple[LineVerdict, ...] = ()
    category: FrozenCategory | None = None
    needs: tuple[Need, ...] = ()

    def details(self) -> dict[str, Any]:
        """Ids, codes and numbers for the decision's record."""
        return {
            "rule": self.rule,
            "rejected": self.rejected,
            "lines": msgspec.to_builtins(self.verdicts),
            "category": self.category.id if self.category else None,
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    queue: Queue
    why: str
    rule: int | None = None
    refusal: str | None = None


def choose(conversation: Conversation, content: Content, *, reopened: bool, now: datetime) -> Choice:
    """The line of a stored conversation, by a version of the rules."""
    facts = facts_of(conversation, content, now=now)
    return choose_by(content, facts, before=conversation.line if reopened else None)


def choose_by(content: Content, facts: Facts, *, before: Queue | None = None) -> Choice:
    """The line for these facts: of a conversation, or typed by somebody who tries the rules."""
    facts = sorted_in(content, facts)
    verdicts = judge(content, facts)
    rejected: list[dict[str, Any]] = []
    taken: _Candidate | None = None
    for each in _candidates(facts, verdicts, before):
        if each.refusal is None:
            taken = each
            break
        rejected.append({"line": each.queue.pk, "as": each.why, "rule": each.rule, "because": each.refusal})
    taken = taken or _Candidate(Queue.objects.get(is_default=True), Decision.Reason.DEFAULT)
    return Choice(
        queue=taken.queue,
        why=taken.why,
        rule=taken.rule,
        rejected=rejected,
        verdicts=verdicts,
        category=category_of(content, facts),
        needs=needs_of(content, taken.queue.pk, taken.rule, facts.language),
    )


def needs_of(content: Content, line_id: int, rule_id: int | None, language: str) -> tuple[Need, ...]:
    """What an operator must know besides what the line asks of everybody: by the rule, and the language."""
    line = content.line(line_id)
    if line is None:
        return ()
    found = [need for rule in line.rules if rule.id == rule_id for need in rule.needs]
    if line.terms.matches_language:
        skill = Skill.objects.filter(language=language).values_list("pk", flat=True).first()
        if skill is not None:
            found.append(Need(skill=skill, level=1, relax=line.terms.language_relax_seconds))
    return tuple(found)


def _candidates(
    facts: Facts, verdicts: tuple[LineVerdict, ...], before: Queue | None
) -> Iterator[_Candidate]:
    if before is not None:
        yield _Candidate(before, Decision.Reason.SAME_LINE, refusal=_refusal(before))
    yield from _by_rules(verdicts, beats_choice=True)
    if facts.topic is not None and (asked := Queue.objects.filter(pk=facts.topic).first()):
        offered = Department.objects.filter(channel=facts.channel, queue=asked).exists()
        refusal = _refusal(asked) if offered else NOT_OFFERED
        yield _Candidate(asked, Decision.Reason.DEPARTMENT, refusal=refusal)
    yield from _by_rules(verdicts, beats_choice=False)
    own = ChannelLine.objects.select_related("queue").filter(channel=facts.channel).first()
    if own is not None:
        yield _Candidate(own.queue, Decision.Reason.CHANNEL, refusal=_refusal(own.queue))


def _by_rules(verdicts: tuple[LineVerdict, ...], *, beats_choice: bool) -> Iterator[_Candidate]:
    held = [(line.id, rule) for line in verdicts if (rule := line.rule(beats_choice=beats_choice))]
    queues = Queue.objects.select_related("calendar").in_bulk([line for line, _rule in held])
    for line, rule in held:
        # A line deleted since the version was published wants nothing any more.
        if line in queues:
            yield _Candidate(queues[line], Decision.Reason.RULE, rule.id, _refusal(queues[line]))


def _refusal(queue: Queue) -> str | None:
    return None if queue.is_active else SWITCHED_OFF
