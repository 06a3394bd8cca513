"""The safety net: what an event should have done and did not, found again from the rows every few seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from apps.conversations.models import AuthorKind, Conversation, State
from apps.conversations.services import lifecycle
from apps.core import leases
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.operators.models import EditedHours, Presence, Queue
from apps.operators.services.presence import set_presence
from apps.routing.models import Assignment, AssignmentEnd
from apps.routing.services import handling, hours, offers, placement, silence

LEFT_BEHIND = timedelta(seconds=3)  # design.md: "new" longer than 5 s is a violation
BATCH = 200


def route_left_behind(*, now: datetime) -> int:
    """Place conversations whose nudge was lost, and wake snoozed ones whose moment has come."""
    lost = Conversation.objects.filter(state=State.NEW, state_since__lte=now - LEFT_BEHIND)
    snoozed = Conversation.objects.filter(state=State.SNOOZED)
    due = snoozed.filter(snoozed_until__lte=now)
    written = snoozed.filter(last_author=AuthorKind.CUSTOMER, last_at__gt=F("state_since"))
    ids = {pk for found in (lost, due, written) for pk in found.values_list("pk", flat=True)[:BATCH]}
    return len(each_alone("routing", partial(placement.route, now=now), sorted(ids)))


def wake_the_heard(*, now: datetime) -> int:
    """Silent conversations in which the customer wrote, whose nudge was lost."""
    # Only what is held is silent; saying so lets the index of held ones be used, at every sweep.
    spoken = Conversation.objects.filter(
        state=State.ASSIGNED, idle=True, awaiting_since__lte=now - LEFT_BEHIND
    )
    numbers = list(spoken.values_list("pk", flat=True)[:BATCH])
    return sum(each_alone("hearing a silent one", partial(silence.heard, now=now), numbers))


def open_lines(*, now: datetime) -> int:
    """Move what came out of hours into lines that are open now."""
    waiting = Conversation.objects.filter(state=State.OFFLINE).order_by().values("line").distinct()
    lines = Queue.objects.filter(pk__in=waiting).select_related("calendar")
    opened = [line.pk for line in lines if hours.lets_in(line, now)]
    return sum(each_alone("opening a line", partial(placement.open_line, now=now), opened))


def follow_edited_hours(*, now: datetime) -> int:
    """Lines that an edit of their hours closed and in which something waits still: a lost nudge, or a locked row."""
    edited = list(EditedHours.objects.values_list("pk", flat=True))
    return sum(each_alone("following edited hours", partial(placement.follow_hours, now=now), edited))


def notice_the_gone(*, now: datetime) -> int:
    """Operators no living process serves: note when that began, and after the grace time send them home.

    Their conversations go back to their lines with a visible note. Returns how many operators were sent home.
    """
    here = leases.connected("operator")
    working = Presence.objects.exclude(state=Presence.State.OFFLINE)
    working.filter(operator_id__in=here, gone_since__isnull=False).update(gone_since=None)
    working.exclude(operator_id__in=here).filter(gone_since__isnull=True).update(gone_since=now)
    limit = now - timedelta(seconds=settings.OPERATOR_GRACE_SECONDS)
    gone = working.filter(gone_since__lte=limit).values_list("operator_id", flat=True)
    return sum(each_alone("sending home", partial(_send_home_unless_back, now=now), list(gone)))


def _send_home_unless_back(operator_id: int, *, now: datetime) -> bool:
    """Sending the ones before him home took its time: asked again at the last moment."""
    if leases.is_connected("operator", operator_id):
        return False
    send_home(operator_id, now=now)
    return True


def release_of_the_absent(*, now: datetime) -> int:
    """Return what is held by operators who went offline a grace time ago or who no longer work here."""
    limit = now - timedelta(seconds=settings.OPERATOR_GRACE_SECONDS)
    left = Q(
        holder__operator__presence__state=Presence.State.OFFLINE, holder__operator__presence__since__lte=limit
    )
    _withdraw_offers_of_the_absent(now=now)
    dismissed = Q(holder__is_active=False) | Q(holder__operator__is_active=False)
    held = Conversation.objects.filter(left | dismissed, state=State.ASSIGNED).order_by()
    absent = list(held.values_list("holder", flat=True).distinct())
    # Releasing those before him took its time: asked again at the last moment.
    return sum(release_held(each, now=now) for each in absent if held.filter(holder=each).exists())


def _withdraw_offers_of_the_absent(*, now: datetime) -> None:
    """Nobody waits until an offer runs out that was made to somebody who left or whom no process serves."""
    open_offers = Assignment.objects.filter(
        ended_at__isnull=True, accepted_at__isnull=True, back_to__isnull=True
    )
    absent = open_offers.exclude(
        operator__operator__presence__state=Presence.State.ONLINE,
        operator__operator__presence__gone_since__isnull=True,
    )
    pairs = list(absent.values_list("operator", "conversation"))
    each_alone("withdrawing", lambda pair: offers.withdraw_from(*pair, now=now), pairs)


def send_home(operator_id: int, *, now: datetime) -> None:
    """Mark an operator offline and return what he holds to its lines."""
    set_presence(operator_id, state=Presence.State.OFFLINE, cause=Presence.Cause.GONE, actor=SYSTEM, now=now)
    release_held(operator_id, now=now)


def release_held(operator_id: int, *, now: datetime) -> int:
    """Return everything an operator holds or is offered to its lines; each conversation by itself."""
    for offer in offers.offered_to(operator_id):
        offers.withdraw_from(operator_id, offer.conversation_id, now=now)
    held = list(Conversation.objects.filter(holder=operator_id).order_by("pk").values_list("pk", flat=True))
    release = partial(_release, operator_id=operator_id, now=now)
    return sum(each_alone("releasing", release, held))


@transaction.atomic
def _release(conversation_id: int, *, operator_id: int, now: datetime) -> bool:
    conversation = lifecycle.lock(conversation_id)
    if conversation.holder_id != operator_id:
        return False
    handling.put_back(conversation, AssignmentEnd.HOLDER_GONE, actor=SYSTEM, now=now)
    return True
