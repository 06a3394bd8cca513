"""Why a conversation is where it is: its decisions in words, for who may read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Message, Right, State
from apps.conversations.services.outbound import visible_or_404
from apps.operators.models import Queue, Skill
from apps.routing.explaining import (
    Known,
    Stands,
    Step,
    explain,
    explain_apart,
    explain_raise,
    explain_wait,
)
from apps.routing.matching import matching
from apps.routing.models import Assignment, Category, Decision
from apps.routing.models.rules import Kind
from apps.routing.ruling import words
from apps.routing.services import hours, naming, publishing, snapshot

# The latest ones; nobody reads the story of a conversation that was passed on a hundred times.
SHOWN = 100
Missed = Mapping[tuple[int | None, datetime], str]


def story(sight: Sight, conversation_id: int, *, now: datetime) -> list[Step]:
    """Every placement, rise and assignment, the oldest first, and why it waits, or stands apart, if it does.

    Raises NotFound for whom it does not exist.
    """
    conversation = visible_or_404(sight, conversation_id)
    ruled = _lines_of(sight)
    lines = names_of(Queue.objects.filter(pk__in=ruled | {conversation.line_id}))
    known = known_to(_sees_person(sight, conversation), lines, ruled=ruled)
    latest = Decision.objects.filter(conversation=conversation).select_related("rule_set").order_by("-pk")
    missed = _missed_offers(conversation_id)
    steps = [told(decision, known, missed) for decision in reversed(latest[:SHOWN])]
    steps = sorted([*steps, *raised(conversation, known)], key=lambda step: step.at)
    if conversation.state == State.OFFLINE:
        opens_at = hours.next_opening(conversation.line, now)
        return [*steps, explain_apart(conversation.line_id, known, opens_at=opens_at, at=now)]
    stands = why_waiting(conversation_id, now=now)
    return [*steps, explain_wait(stands, known)] if stands else steps


def raised(conversation: Conversation, known: Known) -> list[Step]:
    """When rules of escalation raised it, as the lines in its thread say."""
    lines = Message.objects.filter(conversation=conversation, code="raised").order_by("-seq")
    return [
        explain_raise(line.params["line"], line.params["because"], known, at=line.at)
        for line in lines[:SHOWN]
        if "line" in line.params
    ]


def why_waiting(conversation_id: int, *, now: datetime) -> Stands | None:
    """Who could take it at this moment, and who not and why, by the functions that serve it; None: it does not wait."""
    content = publishing.current(now=now)
    waiting = snapshot.waits(content, conversation_id, now=now)
    if waiting is None:
        return None
    hands = snapshot.hands(now, lines=[waiting.line], only=[waiting.kept_for or 0])
    members = [hand for hand in hands if waiting.line in hand.lines]
    asked = matching.asked_of(waiting, members, {hand.id: hand for hand in hands}, now)
    candidates, excluded = matching.sort_out(waiting, asked, now=now)
    return Stands(
        waiting=waiting,
        is_offered=content.terms_of(waiting.line).offers,
        candidates=tuple(hand.id for hand in candidates),
        excluded={reason: tuple(numbers) for reason, numbers in excluded.items()},
        at=now,
    )


def one(decision: Decision, known: Known) -> Step:
    """A decision by itself."""
    return told(decision, known, _missed_offers(decision.conversation_id))


def told(decision: Decision, known: Known, missed: Missed) -> Step:
    content = publishing.content_of(decision.rule_set) if decision.rule_set else None
    is_asked = decision.kind == Decision.Kind.ASSIGNMENT
    ended = missed.get((decision.operator_id, decision.at), "") if is_asked else ""
    return explain(decision, known, content, missed=ended)


def _missed_offers(conversation_id: int) -> Missed:
    """How each offer ended that was never accepted, by whom it was made to and when."""
    offers = Assignment.objects.filter(conversation=conversation_id, accepted_at__isnull=True)
    rows = offers.filter(ended_at__isnull=False).values_list("operator", "started_at", "end_reason")
    return {(operator, at): ended for operator, at, ended in rows}


def _lines_of(sight: Sight) -> frozenset[int]:
    """Lines that are his: those he is a member of, and those whose conversations he reads by grant."""
    his = {area.line_id for area in sight.areas.get(Right.TEXT, ())}
    if None in his:
        return frozenset(Queue.objects.values_list("pk", flat=True))
    return frozenset(line for line in his | sight.own_lines if line is not None)


def known_to(personal: bool, lines: Mapping[int, str], *, ruled: Collection[int]) -> Known:
    """Names for a reader who may know these lines, and the rules of some of them."""
    conditions = words.names()
    topics: dict[int | str, str] = dict(lines.items())
    by_kind = {**conditions.by_kind, Kind.TOPIC: topics}
    return Known(
        lines=lines,
        ruled=ruled,
        operators=naming.everybody(),
        categories=names_of(Category.objects.all()),
        skills=names_of(Skill.objects.all()),
        conditions=words.Names(by_kind),
        personal=personal,
    )


def names_of(rows: QuerySet[Any]) -> dict[int, str]:
    return dict(rows.values_list("pk", "name"))


def _sees_person(sight: Sight, conversation: Conversation) -> bool:
    """Whether what was seen of the person is his to see: by the right, as for the customer's card."""
    return sight.covers(Right.PERSONAL, line_id=conversation.line_id, channel_id=conversation.channel_id)
