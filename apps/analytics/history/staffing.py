"""Who was at work: presence of a day from the event log, with what each operator might hold and knew that day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from django.db.models import F, QuerySet
from django.db.models.fields.json import KT

from apps.analytics.history import configured
from apps.analytics.history.configured import Configured
from apps.analytics.whatif.day import Staffer
from apps.core.models import Event
from apps.operators.events import PresenceChanged
from apps.operators.models import Operator, Presence
from apps.routing.matching import pool

Changes = list[tuple[datetime, str]]

ABSENT = {
    Presence.State.ONLINE: "",
    Presence.State.BREAK: pool.BREAK,
    Presence.State.OFFLINE: pool.OFFLINE,
}


def staff(begins: datetime, ends: datetime) -> tuple[tuple[Staffer, ...], Configured]:
    """Operators who were at work at any moment between, and how far their abilities are known."""
    presence = presence_between(begins, ends)
    found = configured.abilities(presence, begins, ends)
    people = tuple(
        Staffer(
            id=pk,
            presence=tuple(presence[pk]),
            abilities=found.of[pk][0][1],
            changes=tuple(found.of[pk][1:]),
        )
        for pk in sorted(presence)
    )
    return people, found


def presence_between(begins: datetime, ends: datetime) -> dict[int, Changes]:
    """Changes of presence by operator, of those who were at work at all; the first says how the time began."""
    found: dict[int, Changes] = {pk: [(begins, absent)] for pk, absent in _before(begins).items()}
    changed = _changes().filter(at__gte=begins, at__lt=ends)
    for operator, at, details in changed.order_by("id").values_list("subject_id", "at", "details"):
        own = found.setdefault(operator, [(begins, pool.OFFLINE)])
        absent = ABSENT[details["state"]]
        if own[-1][1] != absent:
            own.append((at, absent))
    return {pk: own for pk, own in found.items() if any(not absent for _at, absent in own)}


def _before(moment: datetime) -> dict[int, str]:
    """How each operator stood just before: by his last event, else by a row that is older than the moment."""
    rows = Presence.objects.filter(since__lt=moment).values_list("operator_id", "state")
    found = {operator: ABSENT[Presence.State(state)] for operator, state in rows}
    everybody = Operator.objects.values("pk")
    earlier = _changes().filter(at__lt=moment, subject_id__in=everybody)
    last = earlier.order_by("subject_id", "-id").distinct("subject_id")
    found |= {
        operator: ABSENT[details["state"]] for operator, details in last.values_list("subject_id", "details")
    }
    return found


def _changes() -> QuerySet[Event]:
    """Events by which somebody came, left or went on a break; what only tells of his after-work is none."""
    told = Event.objects.filter(kind=PresenceChanged.kind, subject_kind=PresenceChanged.subject_kind)
    return told.annotate(was=KT("details__state_from"), became=KT("details__state")).exclude(was=F("became"))


def spans_at_work(changes: Iterable[tuple[datetime, str]], ends: datetime) -> list[tuple[datetime, datetime]]:
    """The spans in which he could be given something."""
    rows = [*changes, (ends, pool.OFFLINE)]
    return [
        (at, min(until, ends)) for (at, absent), (until, _next) in pairwise(rows) if not absent and at < ends
    ]
