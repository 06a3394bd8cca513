"""Who is at work. A change is a row, an event and, through wiring, a frame."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Invalid, NotFound
from apps.core.events import announce
from apps.operators.events import PresenceChanged, PresenceNoted
from apps.operators.models import BreakReason, Operator, Presence, WorkSetting
from apps.operators.services import attendance

# Signs of life closer together are one.
ACTIVE_EVERY = timedelta(seconds=20)
# How long before it he is told that he will be set away.
WARNING = timedelta(seconds=60)

Cause, State = Presence.Cause, Presence.State


@transaction.atomic
def set_presence(
    operator_id: int,
    *,
    state: str,
    actor: Actor,
    now: datetime,
    reason_id: int | None = None,
    cause: str = "",
    sent_by: int | None = None,
) -> Presence:
    """Bring an operator to a state; a break needs a reason that is offered, unless the system set him away.

    Somebody who works here no more can only leave. Coming to work outside the shift raises OffShift where the rules
    forbid it. Repeats change nothing.
    """
    operator = Operator.objects.select_for_update(no_key=True).filter(pk=operator_id).first()
    if operator is None or not (operator.is_active or state == State.OFFLINE):
        raise NotFound(_("There is no such operator."))
    if state not in State.values:
        raise Invalid(_("There is no such state."))
    reason_id = _checked_reason(state, reason_id, needed=cause in ("", Cause.SENT))
    presence, _created = Presence.objects.get_or_create(operator=operator, defaults={"since": now})
    if presence.state == state and presence.reason_id == reason_id:
        return presence
    before = presence.state
    if state == State.ONLINE:
        cause, sent_by = "", None
        attendance.begin(presence, now=now)
    presence.state, presence.reason_id, presence.since = state, reason_id, now
    presence.cause, presence.sent_by_id = cause, sent_by
    # Grace time and signs of life of somebody who comes to work begin anew, whenever he was gone before.
    presence.gone_since = presence.wrap_up_until = presence.away_at = None
    presence.missed, presence.active_at = 0, now
    presence.save()
    event = PresenceChanged(
        operator=operator_id, state_from=before, state=state, reason=reason_id, cause=cause
    )
    announce(event, actor=actor, now=now)
    return presence


def _checked_reason(state: str, reason_id: int | None, *, needed: bool) -> int | None:
    """A break needs one; for going home one may be given."""
    if state == State.ONLINE or (reason_id is None and (state == State.OFFLINE or not needed)):
        return None
    if reason_id is None or not BreakReason.objects.filter(pk=reason_id, is_active=True).exists():
        raise Invalid(_("Choose the reason of the break."), code="reason_needed")
    return reason_id


def send(
    operator_id: int, *, state: str, reason_id: int | None, sent_by: int | None, actor: Actor, now: datetime
) -> Presence:
    """Somebody else brings him to a state. What he is offered goes back at once; what he holds stays with him on a
    break and goes back to its lines a grace time after he was sent home. He reads who sent him and why, and may
    come back by himself. The caller has checked that the operator is theirs to send.
    """
    return set_presence(
        operator_id,
        state=state,
        reason_id=reason_id,
        actor=actor,
        now=now,
        cause=Cause.SENT,
        sent_by=sent_by,
    )


def show_active(operator_id: int, *, now: datetime) -> bool:
    """He is there: a warning is taken back. Returns whether there was one."""
    mine = Presence.objects.filter(operator=operator_id, state=State.ONLINE)
    old = Q(active_at__isnull=True) | Q(active_at__lt=now - ACTIVE_EVERY) | Q(away_at__isnull=False)
    with transaction.atomic():
        row = mine.filter(old).select_for_update(no_key=True).first()
        if row is None:
            return False
        warned, row.active_at, row.away_at = row.away_at is not None, now, None
        row.save(update_fields=["active_at", "away_at"])
        if warned:
            note(row, actor=Actor.staff(operator_id), now=now)
    return warned


@transaction.atomic
def warn(operator_id: int, *, silent_since: datetime, now: datetime) -> bool:
    """Tell him that he will be set away unless he shows himself; not if he just did."""
    row = _locked(operator_id)
    if row is None or row.away_at is not None or (row.active_at and row.active_at > silent_since):
        return False
    row.away_at = now + WARNING
    row.save(update_fields=["away_at"])
    note(row, actor=SYSTEM, now=now)
    return True


@transaction.atomic
def take_back_warning(operator_id: int, *, now: datetime) -> bool:
    """There is nothing to set him away for any more."""
    row = _locked(operator_id)
    if row is None or row.away_at is None:
        return False
    row.away_at = None
    row.save(update_fields=["away_at"])
    note(row, actor=SYSTEM, now=now)
    return True


@transaction.atomic
def set_away(operator_id: int, *, now: datetime) -> bool:
    """The warning ran out; not if he showed himself meanwhile."""
    row = _locked(operator_id)
    if row is None or row.away_at is None or row.away_at > now:
        return False
    set_presence(operator_id, state=State.BREAK, cause=Cause.SILENT, actor=SYSTEM, now=now)
    return True


def _locked(operator_id: int) -> Presence | None:
    """His presence while he is at work. The operator's row is locked first, as everywhere."""
    Operator.objects.select_for_update(no_key=True).filter(pk=operator_id).first()
    return (
        Presence.objects.select_for_update(no_key=True)
        .filter(operator=operator_id, state=State.ONLINE)
        .first()
    )


def missed_one(operator_id: int, *, now: datetime) -> None:
    """He let an offer run out: he is told, and set away after so many in a row as the rules say.

    Called in the transaction that ends the offer, so that nothing else is offered to him in between.
    """
    limit = WorkSetting.current().missed_offers
    row = _locked(operator_id) if limit else None
    if row is None:
        return
    row.missed += 1
    row.save(update_fields=["missed"])
    if row.missed >= limit:
        set_presence(operator_id, state=State.BREAK, cause=Cause.MISSED, actor=SYSTEM, now=now)
    else:
        note(row, actor=SYSTEM, now=now)


def answered_one(operator_id: int) -> None:
    """He took or declined an offer: what he missed before does not count any more."""
    Presence.objects.filter(operator=operator_id, missed__gt=0).update(missed=0)


def note(presence: Presence, *, actor: Actor, now: datetime) -> None:
    """What stands beside his state changed: his screens follow."""
    event = PresenceNoted(
        operator=presence.pk,
        away_at=presence.away_at,
        missed=presence.missed,
        shift_ends_at=presence.shift_ends_at,
    )
    announce(event, actor=actor, now=now)
