"""Who is at work. A change is a row, an event and, through wiring, a frame."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.actors import Actor
from apps.core.errors import Invalid, NotFound
from apps.core.events import announce
from apps.operators.events import PresenceChanged
from apps.operators.models import BreakReason, Operator, Presence


@transaction.atomic
def set_presence(
    operator_id: int, *, state: str, actor: Actor, now: datetime, reason_id: int | None = None
) -> Presence:
    """Bring an operator to a state; going on a break needs a reason that is offered. Repeats change nothing.

    Somebody who works here no more can only leave.
    """
    operator = Operator.objects.select_for_update().filter(pk=operator_id).first()
    if operator is None or not (operator.is_active or state == Presence.State.OFFLINE):
        raise NotFound(_("There is no such operator."))
    if state not in Presence.State.values:
        raise Invalid(_("There is no such state."))
    reason_id = _checked_reason(state, reason_id)
    presence, _created = Presence.objects.get_or_create(operator=operator, defaults={"since": now})
    if presence.state == state and presence.reason_id == reason_id:
        return presence
    before, presence.state, presence.reason_id, presence.since = presence.state, state, reason_id, now
    # Grace time of somebody who comes to work begins anew, whenever he was gone before.
    presence.gone_since = presence.wrap_up_until = None
    presence.save(update_fields=["state", "reason", "since", "gone_since", "wrap_up_until"])
    event = PresenceChanged(operator=operator_id, state_from=before, state=state, reason=reason_id)
    announce(event, actor=actor, now=now)
    return presence


def _checked_reason(state: str, reason_id: int | None) -> int | None:
    if state != Presence.State.BREAK:
        return None
    if reason_id is None or not BreakReason.objects.filter(pk=reason_id, is_active=True).exists():
        raise Invalid(_("Choose the reason of the break."), code="reason_needed")
    return reason_id
