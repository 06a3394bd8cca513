"""After-work: for a while after closing, nothing new is offered to an operator who has notes to finish."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.core.actors import Actor
from apps.core.events import announce
from apps.operators.events import PresenceChanged
from apps.operators.models import Presence
from apps.routing.services import publishing


@transaction.atomic
def begin(operator_id: int, line_id: int, *, now: datetime) -> None:
    """He closed a conversation of this line; nothing happens where the line has no after-work."""
    seconds = publishing.current(now=now).terms_of(line_id).wrap_up_seconds
    if seconds:
        _set(operator_id, now + timedelta(seconds=seconds), now=now)


@transaction.atomic
def finish(operator_id: int, *, now: datetime) -> None:
    """He is ready for the next one before the time is over."""
    _set(operator_id, None, now=now)


def _set(operator_id: int, until: datetime | None, *, now: datetime) -> None:
    working = Presence.objects.filter(operator=operator_id, state=Presence.State.ONLINE)
    presence = working.select_for_update(no_key=True).first()
    if presence is None or presence.wrap_up_until == until:
        return
    presence.wrap_up_until = until
    presence.save(update_fields=["wrap_up_until"])
    event = PresenceChanged(
        operator=operator_id,
        state_from=presence.state,
        state=presence.state,
        reason=None,
        wrap_up_until=until,
    )
    announce(event, actor=Actor.staff(operator_id), now=now)
