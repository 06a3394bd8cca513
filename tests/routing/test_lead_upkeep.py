"""Leads follow their people through merges, and closed ones are erased when they are old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.conversations.models import Customer, Merge
from apps.conversations.services import people as customers
from apps.core.models import Event
from apps.routing.models import Lead, LeadRequest
from apps.routing.services import contacts, lead_upkeep
from apps.routing.subscribers import move_leads
from tests.factories import organisation, people
from tests.factories.people import NOW
from tests.routing.test_leads import lead, move

pytestmark = pytest.mark.django_db


def joined(kept: Lead, absorbed: Lead) -> Merge:
    """The customers of two leads become one."""
    rows = customers.lock_customers([kept.customer_id, absorbed.customer_id])
    return customers.merge(
        kept=rows[kept.customer_id],
        absorbed=rows[absorbed.customer_id],
        reason=Merge.Reason.MANUAL,
        author_id=people.user().pk,
        now=NOW,
    )


def owner_of(found: Lead) -> int:
    return Lead.objects.values_list("customer", flat=True).get(pk=found.pk)


def test_a_merge_takes_leads_along_and_its_undoing_gives_each_his_own() -> None:
    ours, theirs = lead(phone="+7 916 000-00-01"), lead(phone="+7 916 000-00-02")
    merge = joined(ours, theirs)
    assert lead_upkeep.follow_people([ours.customer_id, theirs.customer_id], now=NOW) == 1
    assert (owner_of(ours), owner_of(theirs)) == (ours.customer_id, ours.customer_id)
    told = Event.objects.get(kind="lead.changed")
    assert (told.details["lead"], told.details["change"]) == (theirs.pk, "customer")
    assert lead_upkeep.follow_people([ours.customer_id, theirs.customer_id], now=NOW) == 0
    customers.undo_merge(merge.pk, author_id=people.user().pk, now=NOW)
    assert lead_upkeep.follow_people([ours.customer_id, theirs.customer_id], now=NOW) == 1
    assert (owner_of(ours), owner_of(theirs)) == (ours.customer_id, theirs.customer_id)


def test_what_came_after_the_merge_from_the_kept_stays_with_him() -> None:
    ours, theirs = lead(phone="+7 916 000-00-01"), lead(phone="+7 916 000-00-02")
    merge = joined(ours, theirs)
    later = lead(phone="+7 916 000-00-03")
    LeadRequest.objects.filter(lead=later).update(identity=ours.requests.get().identity)
    Lead.objects.filter(pk=later.pk).update(customer=ours.customer_id)
    customers.undo_merge(merge.pk, author_id=people.user().pk, now=NOW)
    lead_upkeep.follow_people([ours.customer_id, theirs.customer_id], now=NOW)
    assert owner_of(later) == ours.customer_id


def test_a_lead_joined_to_another_goes_where_that_one_goes() -> None:
    line = organisation.line()
    kept, other, stranger = lead(line, phone="+7 916 1"), lead(line, phone="+7 916 2"), lead(phone="+7 916 3")
    contacts._join(other, kept, NOW)
    assert owner_of(other) == kept.customer_id
    joined(stranger, kept)
    lead_upkeep.follow_people([stranger.customer_id, kept.customer_id], now=NOW)
    assert {owner_of(kept), owner_of(other)} == {stranger.customer_id}


def test_both_are_named_to_the_task_and_a_lost_nudge_is_made_up_for(monkeypatch: Any) -> None:
    ours, theirs = lead(phone="+7 916 000-00-01"), lead(phone="+7 916 000-00-02")
    asked: list[list[int]] = []
    monkeypatch.setattr(
        "apps.routing.subscribers.follow_people.delay", lambda customers: asked.append(customers)
    )
    joined(ours, theirs)
    event = Event.objects.get(kind="customer.merged")
    move_leads(customers.CustomersMerged(**event.details))
    assert asked[-1] == [ours.customer_id, theirs.customer_id]
    assert lead_upkeep.follow_late(now=NOW + timedelta(days=2)) == 0
    assert lead_upkeep.follow_late(now=NOW + timedelta(hours=1)) == 1
    assert owner_of(theirs) == ours.customer_id


@pytest.mark.parametrize(("days", "gone"), [(30, 1), (31, 0), (0, 0)])
def test_closed_leads_are_erased_after_the_days_that_are_set(settings: Any, days: int, gone: int) -> None:
    settings.LEAD_DAYS = days
    line = organisation.line()
    anna = people.operator(lines=(line,))
    waits, over = lead(line, phone="+7 916 000-00-01"), lead(line, phone="+7 916 000-00-02")
    move(over, anna, "done")
    assert lead_upkeep.forget_old(now=NOW + timedelta(days=30, seconds=1)) == gone
    assert Lead.objects.filter(pk=waits.pk).exists()
    assert LeadRequest.objects.filter(lead=over.pk).count() == 1 - gone
    assert Customer.objects.filter(pk=over.customer_id).exists()


def test_old_ones_go_in_batches_with_those_joined_to_them_and_never_before_these(
    settings: Any, monkeypatch: Any
) -> None:
    settings.LEAD_DAYS = 10
    monkeypatch.setattr(lead_upkeep, "BATCH", 1)
    line = organisation.line()
    anna = people.operator(lines=(line,))
    kept, other = lead(line, phone="+7 916 1"), lead(line, phone="+7 916 2")
    move(kept, anna, "done")
    contacts._join(other, kept, NOW + timedelta(days=5))
    assert lead_upkeep.forget_old(now=NOW + timedelta(days=11)) == 0
    assert lead_upkeep.forget_old(now=NOW + timedelta(days=16)) == 2
    assert not Lead.objects.exists()
