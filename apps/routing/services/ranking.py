"""The category of what already waits follows its customer and the rules, and with it the place in the line.

Asked when a customer is described anew, did something or is joined with another, when other categories come into
force, and by a sweep for what was lost on the way. A rank that was raised is never lowered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.conversations.models import Conversation
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.routing.events import RankChanged
from apps.routing.models import BotStay, QueueEntry
from apps.routing.ruling.facts import facts_of
from apps.routing.ruling.frozen import Content, FrozenCategory
from apps.routing.ruling.judging import category_of, sorted_in
from apps.routing.services import publishing

BATCH = 200  # conversations locked at a time


def follow_customer(customer_id: int, *, now: datetime) -> int:
    """What this customer waits with, or what a bot has of him; returns how many changed their rank."""
    _follow_with_bots(customer_id, now)
    waiting = QueueEntry.objects.filter(conversation__customer=customer_id, left_at__isnull=True)
    numbers = list(waiting.order_by("conversation_id").values_list("conversation_id", flat=True))
    return _rank(numbers, _about_customers(now), now=now) if numbers else 0


def _follow_with_bots(customer_id: int, now: datetime) -> None:
    """In no line, so without a rank; but a rule may send customers of a category to people."""
    rows = BotStay.objects.filter(conversation__customer=customer_id, ended_at__isnull=True)
    named = ("conversation__channel", "conversation__customer", "conversation__identity")
    for stay in rows.select_related(*named):
        found = _category(stay.conversation, _about_customers(now), now)
        rows.filter(pk=stay.pk).update(category=found.id if found else None)


def follow_rules(*, now: datetime) -> int:
    """Everything that waits, batch by batch."""
    content, changed, last = _about_customers(now), 0, 0
    while numbers := _waiting_after(last):
        changed += _rank(numbers, content, now=now)
        last = numbers[-1]
    return changed


def _waiting_after(last: int) -> list[int]:
    waiting = QueueEntry.objects.filter(left_at__isnull=True, conversation__gt=last)
    return list(waiting.order_by("conversation_id").values_list("conversation_id", flat=True)[:BATCH])


def _about_customers(now: datetime) -> Content:
    """The version that works, without what is not needed here: facts that no category asks for are not fetched."""
    content = publishing.current(now=now)
    return Content(segments=content.segments, categories=content.categories)


def follow_back(conversation: Conversation, entry: QueueEntry, *, now: datetime) -> None:
    """What comes back to a line, locked, stands where its customer belongs by now: he may have been recognised."""
    _follow(conversation, entry, _about_customers(now), now=now)


@transaction.atomic
def _rank(numbers: Sequence[int], content: Content, *, now: datetime) -> int:
    rows = Conversation.objects.filter(pk__in=numbers).select_related("channel", "customer", "identity")
    locked = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    entries = QueueEntry.objects.filter(conversation__in=numbers, left_at__isnull=True)
    by_conversation = {entry.conversation_id: entry for entry in entries}
    return sum(
        _follow(row, by_conversation[row.pk], content, now=now) for row in locked if row.pk in by_conversation
    )


def _follow(conversation: Conversation, entry: QueueEntry, content: Content, *, now: datetime) -> bool:
    category = _category(conversation, content, now)
    rank = category.rank if category else 0
    if entry.rank_reason:
        rank = max(rank, entry.rank)
    found = (category.id if category else None, rank)
    if found == (entry.category_id, entry.rank):
        return False
    entry.category_id, entry.rank = found
    entry.save(update_fields=["category", "rank"])
    event = RankChanged(conversation=conversation.pk, line=entry.queue_id, category=found[0], rank=rank)
    announce(event, actor=SYSTEM, now=now)
    return True


def _category(conversation: Conversation, content: Content, now: datetime) -> FrozenCategory | None:
    if not content.categories:
        return None
    return category_of(content, sorted_in(content, facts_of(conversation, content, now=now)))
