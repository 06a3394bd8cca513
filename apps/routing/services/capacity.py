"""Capacity as reservation: what an operator may hold, in units; the only place that reserves and frees them.

An open assignment, an offer too, reserves its units; a silent one (``freed_at``) reserves none. Every claim counts
under the operator's row lock, so however many processes race, nobody holds more than his capacity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.actors import Actor
from apps.core.errors import Conflict
from apps.operators.models import Operator, Presence
from apps.routing.models import Assignment, KindWeight, OperatorLimit

ONE = Decimal(1)


class AtCapacity(Conflict):
    """The operator holds as many conversations as he may."""

    code = "at_capacity"


class NotAtWork(Conflict):
    """The operator is on a break, away, or does not work here any more."""

    code = "not_at_work"


def shown(units: Decimal) -> float:
    """Units as people and JSON read them: 3, 2.5."""
    return float(units) if units % 1 else int(units)


def load_of(operator_id: int) -> Decimal:
    """Units an operator has reserved now."""
    return loads_of([operator_id])[operator_id]


def loads_of(operators: Iterable[int]) -> dict[int, Decimal]:
    """Units that each of these operators has reserved now."""
    loads = dict.fromkeys(operators, Decimal(0))
    reserving = Assignment.objects.filter(operator__in=loads, ended_at__isnull=True, freed_at__isnull=True)
    held = reserving.order_by().values_list("operator").annotate(units=Sum("units"))
    return loads | dict(held)


@dataclass(slots=True)
class Room:
    """What one operator may still reserve; his row is locked. ``kinds``: of those with a limit of their own."""

    name: str
    units: Decimal
    kinds: dict[str, int]

    def take(self, kind: str, units: Decimal) -> bool:
        """Reserve in this room, if it fits."""
        if units > self.units or self.kinds.get(kind, 1) < 1:
            return False
        self.units -= units
        if kind in self.kinds:
            self.kinds[kind] -= 1
        return True


def rooms(operators: Iterable[int]) -> dict[int, Room]:
    """The rooms of those of these who are at work, with all their rows locked in one order. Four statements."""
    working = Operator.objects.filter(pk__in=operators, is_active=True, user__is_active=True)
    locked = working.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {
        pk: Room(name, Decimal(most), {})
        for pk, name, most in locked.values_list("pk", "public_name", "capacity")
    }
    for operator, kind, at_most in OperatorLimit.objects.filter(operator__in=found).values_list(
        "operator", "kind", "at_most"
    ):
        found[operator].kinds[kind] = at_most
    reserving = Assignment.objects.filter(operator__in=found, ended_at__isnull=True, freed_at__isnull=True)
    held = reserving.order_by().values_list("operator", "kind")
    for operator, kind, units, number in held.annotate(units=Sum("units"), number=Count("pk")):
        found[operator].units -= units
        if kind in found[operator].kinds:
            found[operator].kinds[kind] -= number
    at_work = Presence.objects.filter(operator__in=found, state=Presence.State.ONLINE)
    return {pk: found[pk] for pk in at_work.values_list("pk", flat=True)}


def units_of(kind: str) -> Decimal:
    """What a conversation of this kind of channel weighs; one unit unless the back office says otherwise."""
    return KindWeight.objects.filter(kind=kind).values_list("units", flat=True).first() or ONE


def lock_in_order(*operators: int | None) -> None:
    """Lock the rows of these operators, by number as everywhere, before one of them is locked for a claim."""
    rows = Operator.objects.filter(pk__in=[each for each in operators if each is not None])
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def lock_at_work(operator_id: int, *, actor: Actor) -> Operator:
    """The operator with his row locked, for a claim; raises NotAtWork. Lock the conversation first."""
    operator = (
        Operator.objects.select_for_update(no_key=True)
        .filter(pk=operator_id, is_active=True, user__is_active=True)
        .first()
    )
    online = Presence.objects.filter(operator=operator_id, state=Presence.State.ONLINE)
    if operator is None or not online.exists():
        raise NotAtWork(_not_at_work(operator, actor))
    return operator


def check_room(operator: Operator, *, kind: str, units: Decimal) -> None:
    """Raises AtCapacity unless so much more fits. The operator's row is locked."""
    load = load_of(operator.pk)
    if load + units > operator.capacity:
        raise AtCapacity(
            _("%(name)s already holds %(load)s of %(capacity)s conversations.")
            % {"name": operator.public_name, "load": shown(load), "capacity": operator.capacity}
        )
    limit = OperatorLimit.objects.filter(operator=operator, kind=kind).first()
    if limit and _reserving(operator.pk).filter(kind=kind).count() >= limit.at_most:
        raise AtCapacity(
            _("%(name)s already holds as many conversations of the kind “%(kind)s” as he may.")
            % {"name": operator.public_name, "kind": limit.get_kind_display()}
        )


def free(conversation: Conversation, *, now: datetime) -> bool:
    """The conversation is silent: its holder keeps it, its units are free. Row locks as for a claim."""
    open_ones = Assignment.objects.filter(
        conversation=conversation, ended_at__isnull=True, accepted_at__isnull=False, freed_at__isnull=True
    )
    return bool(open_ones.update(freed_at=now))


def take_back(conversation: Conversation, operator: Operator) -> None:
    """Reserve again for a silent conversation in which the customer wrote; raises AtCapacity. Rows are locked."""
    kept = Assignment.objects.get(conversation=conversation, ended_at__isnull=True)
    if kept.freed_at is None:
        return
    check_room(operator, kind=kept.kind, units=kept.units)
    kept.freed_at = None
    kept.save(update_fields=["freed_at"])


def _reserving(operator_id: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(operator_id=operator_id, ended_at__isnull=True, freed_at__isnull=True)


def _not_at_work(operator: Operator | None, actor: Actor) -> Promise:
    """What the person who asked reads; to the operator himself it is said what to press."""
    if operator is not None and actor == Actor.staff(operator.pk):
        return _("You are not at work: press “Go online” first.")
    return _("The operator is not at work now.")
