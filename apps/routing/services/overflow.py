"""Overflow: when a line cannot cope, what waits in it goes on to a reserve line, keeping its age and rank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.conversations.models import State
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.operators.calendar import is_open
from apps.operators.models import Overflow, Presence, Queue
from apps.routing.models import Decision, EntryReason, LeavingReason, QueueEntry, Stage
from apps.routing.ruling.frozen import FrozenLine, FrozenOverflow
from apps.routing.services import publishing, refusals, steps
from apps.routing.services.order import WITHIN_A_LINE

BATCH = 200


def overflow(*, now: datetime) -> int:
    """Send on what its line cannot cope with; returns how many conversations went."""
    content = publishing.current(now=now)
    return sum(_of_line(line, now) for line in content.lines if line.overflows)


def _of_line(line: FrozenLine, now: datetime) -> int:
    waiting = QueueEntry.objects.filter(queue=line.id, stage=Stage.WAITING)
    if not waiting.exists():
        return 0
    gone = 0
    for rule in line.overflows:
        reserve = _reserve(rule)
        if reserve is None or not is_open(reserve.calendar, now):
            continue
        # Who was there already stays; counted among the first ones he would keep those behind him from going.
        found = _excess(rule, waiting, line.id, now).exclude(_was_in(reserve))
        numbers = list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])
        send_on = partial(_send_on, line_id=line.id, reserve=reserve, rule=rule, now=now)
        gone += sum(each_alone("overflow", send_on, numbers))
    return gone


def _excess(
    rule: FrozenOverflow, waiting: QuerySet[QueueEntry], line_id: int, now: datetime
) -> QuerySet[QueueEntry]:
    """Stays of the line that the rule sends on now."""
    if rule.by == Overflow.By.WAIT:
        found = waiting.filter(entered_at__lte=now - timedelta(seconds=rule.limit))
        # Whoever is asked before the others is asked for the whole of his time.
        return found.exclude(kept_until__gt=now)
    if rule.by == Overflow.By.LENGTH:
        return waiting.filter(pk__in=waiting.order_by(*WITHIN_A_LINE).values("pk")[rule.limit :])
    before = now - timedelta(seconds=rule.limit)
    since = _without_staff_since(line_id)
    if since is not None:
        return waiting if since <= before else waiting.none()
    refused = refusals.nobody_left(before=before, until=now, now=now, line_id=line_id)
    return waiting.filter(pk__in=[each.entry for each in refused])


def _without_staff_since(line_id: int) -> datetime | None:
    """Since when nobody of the line is at work; None while somebody is. A line without members never had any."""
    members = Presence.objects.filter(operator__memberships__queue=line_id, operator__is_active=True)
    if members.filter(state=Presence.State.ONLINE, gone_since__isnull=True).exists():
        return None
    left = [row.gone_since or row.since for row in members]
    return max(left, default=datetime.min.replace(tzinfo=UTC))


@transaction.atomic
def _send_on(entry_id: int, *, line_id: int, reserve: Queue, rule: FrozenOverflow, now: datetime) -> bool:
    entry = QueueEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        return False
    conversation = lifecycle.lock(entry.conversation_id)
    waits = QueueEntry.objects.filter(pk=entry_id, stage=Stage.WAITING).exclude(_was_in(reserve))
    if conversation.state != State.QUEUED or not waits.exists():
        return False
    steps.end_entry(conversation, reason=LeavingReason.OVERFLOW, now=now)
    names = reserve.public_names()
    timeline.add_system_line(
        conversation, "overflowed", actor=SYSTEM, now=now, staff_only=True, line=reserve.pk, names=names
    )
    steps.stand_in_line(
        conversation,
        reserve,
        reason=EntryReason.OVERFLOW,
        why=Decision.Reason.OVERFLOW,
        actor=SYSTEM,
        now=now,
        line=line_id,
        by=rule.by,
        limit=rule.limit,
        waited=round((now - entry.entered_at).total_seconds(), 1),
    )
    return True


def _was_in(reserve: Queue) -> Exists:
    """Whether a stay overflowed, or was given back, out of that line in this wait: nothing goes round in circles."""
    earlier = QueueEntry.objects.filter(conversation=OuterRef("conversation"), queue=reserve)
    return Exists(earlier.filter(left_reason=LeavingReason.OVERFLOW, left_at__gte=OuterRef("waiting_since")))


# --- what would be sent on --------------------------------------------------------------------------------


def staff_missed_in(rule: FrozenOverflow, line_id: int, *, now: datetime) -> int | None:
    """In how many seconds nobody of the line has been at work for as long as the rule says; None: somebody is."""
    since = _without_staff_since(line_id)
    return None if since is None else max(0, ceil(rule.limit - (now - since).total_seconds()))


def obstacle(rule: FrozenOverflow, *, now: datetime) -> str:
    """ "" or the code why the reserve line takes nothing then."""
    reserve = _reserve(rule)
    if reserve is None:
        return "switched_off"
    return "" if is_open(reserve.calendar, now) else "closed"


def _reserve(rule: FrozenOverflow) -> Queue | None:
    return Queue.objects.select_related("calendar").filter(pk=rule.reserve, is_active=True).first()
