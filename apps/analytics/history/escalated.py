"""What rules of escalation did with conversations that nobody had taken yet: it is played, and begins no arrival.

With what somebody held they did what a colleague does who sends it on: that is taken as it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from apps.analytics.history.episodes import Episode
from apps.analytics.whatif.day import Escalated
from apps.routing.models import Decision, EntryReason, Escalation, EscalationRun, LeavingReason, QueueEntry

# The rank to which a rule raised a conversation, and when.
Rises = Mapping[int, Sequence[tuple[datetime, int]]]


def sent(begins: datetime, until: datetime) -> set[tuple[int, datetime]]:
    """Conversations and moments at which a rule sent them out of a line in which nobody had taken them."""
    waited = QueueEntry.objects.filter(left_reason=LeavingReason.ESCALATED, left_at__range=(begins, until))
    by_rules = Decision.objects.filter(
        kind=Decision.Kind.PLACEMENT,
        reason=Decision.Reason.ESCALATED,
        details__because__in=Escalation.When.values,
        at__range=(begins, until),
    )
    left = {(conversation, at) for conversation, at in waited.values_list("conversation", "left_at") if at}
    return left & set(by_rules.values_list("conversation", "at"))


def of_waiting(
    found: Sequence[Episode], begins: datetime, until: datetime
) -> dict[int, tuple[Escalated, ...]]:
    """What rules did with each of these episodes before anybody took it, by its place among them."""
    rises = _rises(begins, until)
    by_rules = sent(begins, until)
    steps = {place: tuple(_steps(each, by_rules, rises)) for place, each in enumerate(found)}
    return {place: own for place, own in steps.items() if own}


def _rises(begins: datetime, until: datetime) -> Rises:
    runs = EscalationRun.objects.filter(
        outcome=EscalationRun.Outcome.DONE, rule__act=Escalation.Act.RAISE, at__range=(begins, until)
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    for conversation, at, rank in runs.order_by("at", "pk").values_list("conversation", "at", "rule__rank"):
        if rank is not None:
            found.setdefault(conversation, []).append((at, rank))
    return found


def _steps(each: Episode, by_rules: set[tuple[int, datetime]], rises: Rises) -> Iterator[Escalated]:
    for before, stay in pairwise(each.stays):
        if stay.reason == EntryReason.ESCALATED and (each.conversation, stay.entered_at) in by_rules:
            yield Escalated(
                after=(stay.entered_at - each.began).total_seconds(),
                line=before.queue_id,
                to=stay.queue_id,
                kept=_kept(stay),
            )
    for at, rank in rises.get(each.conversation, ()):
        stood = next((row for row in each.stays if _stood_at(row, at)), None)
        if stood is not None:
            yield Escalated(after=(at - each.began).total_seconds(), line=stood.queue_id, rank=rank)


def _stood_at(stay: QueueEntry, moment: datetime) -> bool:
    return stay.entered_at <= moment and (stay.left_at is None or moment < stay.left_at)


def _kept(stay: QueueEntry) -> tuple[int, float] | None:
    if stay.kept_for_id is None or stay.kept_until is None:
        return None
    return (stay.kept_for_id, (stay.kept_until - stay.entered_at).total_seconds())
