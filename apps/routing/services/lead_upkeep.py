"""What happens to leads by themselves: they follow their people, and closed ones are erased when they are old."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from apps.conversations.models import Merge
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.routing.events import LeadChanged
from apps.routing.models import Lead, LeadRequest

BATCH = 500
# How far back a sweep looks for people who were joined or parted and whose nudge was lost.
LATELY = timedelta(days=1)


@transaction.atomic
def follow_people(customers: Collection[int], *, now: datetime) -> int:
    """A lead belongs to whoever's address left it first: after a merge to the kept customer, after its undoing back.

    Returns how many leads changed. A lead that was joined to another belongs to whom that one does.
    """
    first = LeadRequest.objects.filter(lead=OuterRef("pk")).order_by("pk")
    theirs = Lead.objects.filter(customer__in=customers).order_by("pk")
    found = theirs.annotate(person=Subquery(first.values("identity__customer")[:1]))
    moved = list(
        found.exclude(person=F("customer"))
        .filter(person__isnull=False)
        .select_for_update(no_key=True, of=("self",))
    )
    for lead in moved:
        Lead.objects.filter(Q(pk=lead.pk) | Q(joined_into=lead.pk)).update(customer=lead.person)
        event = LeadChanged(
            lead=lead.pk, change="customer", line=lead.queue_id, state=lead.state, owner=lead.owner_id
        )
        announce(event, actor=SYSTEM, now=now)
    return len(moved)


def follow_late(*, now: datetime) -> int:
    """The same for everybody who was joined or parted lately: a nudge may have been lost."""
    lately = Merge.objects.filter(Q(at__gte=now - LATELY) | Q(undone_at__gte=now - LATELY))
    people = {number for pair in lately.values_list("kept", "absorbed") for number in pair}
    return follow_people(people, now=now) if people else 0


def forget_old(*, now: datetime) -> int:
    """Erase leads that were closed longer ago than the setting allows, in batches; 0 days: none. Returns how many.

    One to which a younger lead was joined goes with the last of those.
    """
    if not settings.LEAD_DAYS:
        return 0
    limit = now - timedelta(days=settings.LEAD_DAYS)
    old = Lead.objects.filter(closed_at__lt=limit, joined__isnull=True).order_by()
    total = 0
    while numbers := list(old.values_list("pk", flat=True)[:BATCH]):
        total += _erase(numbers, limit)
    return total


@transaction.atomic
def _erase(numbers: Collection[int], limit: datetime) -> int:
    """What was taken up again a moment ago stays; what stands in these rows goes for good."""
    locked = Lead.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk__in=numbers, closed_at__lt=limit
    )
    chosen = list(locked.order_by("pk").values_list("pk", flat=True))
    Lead.objects.filter(pk__in=chosen).delete()
    return len(chosen)
