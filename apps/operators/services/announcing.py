"""What a change of the organisation means for others, said in one place.

Whoever saves a line, a text or somebody's rights (a form, a list, an import, a revert, REST) calls one of these
in the same transaction. Receivers then refresh open screens, move waiting conversations and close sockets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.core.actors import Actor
from apps.core.events import announce
from apps.core.models import SocketTicket, User
from apps.operators.events import QueueChanged, StaffRightsChanged, TextsChanged, TextsExported
from apps.operators.models import EditedHours, Queue

HOURS = "hours"
# What decides whether a line is open, and what it does while it is not.
OF_HOURS = frozenset({HOURS, "out_of_hours", "last_minutes", "last_minutes_closed"})


def line_changed(queue_id: int, *, fields: Iterable[str], actor: Actor, now: datetime) -> None:
    """A line was made, changed or removed; "calendar" among ``fields`` means that its hours changed.

    That hours were edited is kept until what waits there has followed, so that no lost nudge leaves it behind.
    """
    named = tuple(HOURS if name == "calendar" else name for name in fields)
    if not OF_HOURS.isdisjoint(named):
        EditedHours.objects.update_or_create(queue_id=queue_id, defaults={"at": now})
    announce(QueueChanged(queue=queue_id, fields=named), actor=actor, now=now)


def hours_changed(calendar_id: int, *, actor: Actor, now: datetime) -> None:
    """Open hours or special days were edited: every line that keeps them follows."""
    for queue_id in Queue.objects.filter(calendar=calendar_id).order_by("pk").values_list("pk", flat=True):
        line_changed(queue_id, fields=[HOURS], actor=actor, now=now)


def texts_changed(what: str, *, actor: Actor, now: datetime) -> None:
    """Templates, tags, break reasons or the bank's look were edited: screens fetch them anew."""
    announce(TextsChanged(what=what), actor=actor, now=now)


def texts_exported(what: str, *, rows: int, actor: Actor, now: datetime) -> None:
    """Somebody is given texts as a file."""
    announce(TextsExported(what=what, rows=rows), actor=actor, now=now)


def rights_changed(user_ids: Iterable[int], *, actor: Actor, now: datetime) -> None:
    """Lines, groups, grants, activity or password changed: sockets close, and tickets not yet used die."""
    users = User.objects.filter(pk__in=set(user_ids)).order_by("pk")
    SocketTicket.objects.filter(user__in=users).delete()
    for pk, is_active in users.values_list("pk", "is_active"):
        announce(StaffRightsChanged(user=pk, signed_out=not is_active), actor=actor, now=now)
