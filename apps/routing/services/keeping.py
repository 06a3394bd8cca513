"""Who is asked before the others, and with what a conversation begins its stay in a line."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.conversations.models import Conversation
from apps.operators.models import Operator
from apps.operators.selectors import serves
from apps.routing.models import KeptReason
from apps.routing.ruling.frozen import Terms
from apps.routing.services.choosing import Choice
from apps.routing.services.steps import Keeping, Standing


def standing(conversation: Conversation, choice: Choice, *, now: datetime) -> Standing:
    """Age, category and skills of a conversation that joins a line."""
    return Standing(
        waiting_since=min(conversation.awaiting_since or now, now),
        category=choice.category.id if choice.category else None,
        rank=choice.category.rank if choice.category else 0,
        needs=[[need.skill, need.level, need.relax] for need in choice.needs],
    )


def preferred(conversation: Conversation, line_id: int, terms: Terms, *, now: datetime) -> Keeping | None:
    """The personal manager, else who answered him last and still serves the line, where it waits for them."""
    wanted = (
        (conversation.customer.manager_id, terms.prefers_manager_seconds, KeptReason.MANAGER),
        (conversation.preferred_id, terms.prefers_last_seconds, KeptReason.LAST_OPERATOR),
    )
    for operator_id, seconds, reason in wanted:
        if operator_id is None or not seconds or not _works_here(operator_id):
            continue
        if reason == KeptReason.MANAGER or serves(operator_id, line_id):
            return Keeping(operator_id=operator_id, until=now + timedelta(seconds=seconds), reason=reason)
    return None


def _works_here(operator_id: int) -> bool:
    return Operator.objects.filter(pk=operator_id, is_active=True, user__is_active=True).exists()
