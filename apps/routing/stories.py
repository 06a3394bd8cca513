"""Why a conversation is where it is: its decisions in words, for who may read it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Model

from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Right
from apps.conversations.services.outbound import visible_or_404
from apps.operators.models import Queue, Skill
from apps.routing.explaining import Known, Step, explain
from apps.routing.models import Category, Decision
from apps.routing.models.rules import Kind
from apps.routing.ruling import words
from apps.routing.services import naming, publishing

# The latest ones; nobody reads the story of a conversation that was passed on a hundred times.
SHOWN = 100


def story(sight: Sight, conversation_id: int) -> list[Step]:
    """Every placement and assignment, the oldest first. Raises NotFound for whom it does not exist."""
    conversation = visible_or_404(sight, conversation_id)
    known = known_to(_sees_person(sight, conversation), names_of(Queue))
    latest = Decision.objects.filter(conversation=conversation).select_related("rule_set").order_by("-pk")
    return [told(decision, known) for decision in reversed(latest[:SHOWN])]


def told(decision: Decision, known: Known) -> Step:
    content = publishing.content_of(decision.rule_set) if decision.rule_set else None
    return explain(decision, known, content)


def known_to(personal: bool, lines: Mapping[int, str]) -> Known:
    """Names for a reader who may know these lines."""
    conditions = words.names()
    topics: dict[int | str, str] = dict(lines.items())
    by_kind = {**conditions.by_kind, Kind.TOPIC: topics}
    return Known(
        lines=lines,
        operators=naming.everybody(),
        categories=names_of(Category),
        skills=names_of(Skill),
        conditions=words.Names(by_kind),
        personal=personal,
    )


def names_of(model: type[Model]) -> dict[int, str]:
    return dict(model._default_manager.values_list("pk", "name"))


def _sees_person(sight: Sight, conversation: Conversation) -> bool:
    """Whether what was seen of the person is his to see: by the right, as for the customer's card."""
    return sight.covers(Right.PERSONAL, line_id=conversation.line_id, channel_id=conversation.channel_id)
