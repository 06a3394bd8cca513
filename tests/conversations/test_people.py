"""Who a customer is: signed in, joined, parted again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.channels.services.signed import SignedCustomer
from apps.conversations.models import Conversation, Customer, Identity, Merge
from apps.conversations.services import inbound, people
from apps.core.actors import SYSTEM
from apps.core.errors import Conflict
from apps.routing.services import handling
from tests.factories import dialogues, organisation
from tests.factories import people as staff
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


def signed(bank_id: str = "B-1", **values: object) -> SignedCustomer:
    return SignedCustomer(
        **{"bank_id": bank_id, "name": "Иван Петров", "phone": "", "email": "", "attributes": {}, **values}
    )


def owner(identity: Identity) -> int:
    return Identity.objects.get(pk=identity.pk).customer_id


def join(kept: int, absorbed: int) -> Merge:
    rows = people.lock_customers([kept, absorbed])
    return people.merge(
        kept=rows[kept], absorbed=rows[absorbed], reason=Merge.Reason.MANUAL, author_id=None, now=NOW
    )


def test_signing_in_names_the_person_and_verifies_the_address() -> None:
    identity = dialogues.identity()
    customer = people.sign_in(identity, signed(phone="+7900", attributes={"segment": "vip"}), now=NOW)
    customer.refresh_from_db()
    assert (customer.bank_id, customer.name, customer.phone) == ("B-1", "Иван Петров", "+7900")
    assert customer.attributes == {"segment": "vip"}
    assert Identity.objects.get(pk=identity.pk).verification == "signed"


def test_a_known_person_keeps_what_was_written_anonymously_on_a_second_device() -> None:
    phone, site = dialogues.identity(), dialogues.identity()
    people.sign_in(phone, signed(), now=NOW)
    conversation = dialogues.conversation(by=site)
    people.sign_in(site, signed(), now=NOW)
    assert owner(site) == owner(phone)
    assert Conversation.objects.get(pk=conversation.pk).customer_id == owner(phone)


def test_an_address_of_another_person_is_refused_and_nothing_changes() -> None:
    identity = dialogues.identity()
    people.sign_in(identity, signed("B-1"), now=NOW)
    with pytest.raises(people.SomebodyElse):
        people.sign_in(Identity.objects.get(pk=identity.pk), signed("B-2", name="Чужой"), now=NOW)
    assert Customer.objects.get(bank_id="B-1").name == "Иван Петров"
    assert not Customer.objects.filter(bank_id="B-2").exists()


def test_who_was_joined_into_another_signs_in_as_that_one() -> None:
    first, second = dialogues.identity(), dialogues.identity()
    people.sign_in(first, signed("B-1"), now=NOW)
    people.sign_in(second, signed("B-2"), now=NOW)
    join(owner(second), owner(first))
    fresh = dialogues.identity()
    people.sign_in(fresh, signed("B-1"), now=NOW)
    assert owner(fresh) == owner(second) == owner(first)
    people.sign_in(Identity.objects.get(pk=first.pk), signed("B-1"), now=NOW)
    assert Customer.objects.get(pk=owner(second)).bank_id == "B-2"


def test_a_merge_moves_a_second_open_conversation_to_its_own_thread_and_undo_brings_it_back() -> None:
    one, two = dialogues.identity(), dialogues.identity()
    kept, moved = dialogues.conversation(by=one), dialogues.conversation(by=two)
    first, second = one.customer_id, two.customer_id
    merge = join(first, second)
    assert Conversation.objects.get(pk=moved.pk).customer_id == first
    assert Conversation.objects.get(pk=moved.pk).thread == f"merged:{moved.pk}"
    assert Conversation.objects.get(pk=kept.pk).thread == ""
    author = staff.user()
    people.undo_merge(merge.pk, author_id=author.pk, now=NOW)
    back = Conversation.objects.get(pk=moved.pk)
    assert (back.customer_id, back.thread) == (second, "")
    assert (owner(one), owner(two)) == (first, second)
    with pytest.raises(Conflict):
        people.undo_merge(merge.pk, author_id=author.pk, now=NOW)


def test_undoing_a_merge_takes_back_what_the_parted_address_began_since() -> None:
    one, two = dialogues.identity(), dialogues.identity()
    second = two.customer_id
    merge = join(one.customer_id, two.customer_id)
    later = inbound.receive(
        Identity.objects.get(pk=two.pk), text="позже", client_id="later-0001", now=NOW.replace(hour=10)
    )
    people.undo_merge(merge.pk, author_id=staff.user().pk, now=NOW)
    assert Conversation.objects.get(pk=later.conversation_id).customer_id == second


def test_customers_are_not_joined_twice_or_with_themselves() -> None:
    one, two = dialogues.identity().customer_id, dialogues.identity().customer_id
    join(one, two)
    for pair in ((one, two), (two, one), (one, one)):
        with pytest.raises((Conflict, KeyError)):
            join(*pair)
    assert Merge.objects.count() == 1


def test_describing_changes_what_is_given_and_none_removes_an_attribute() -> None:
    customer = dialogues.identity(organisation.channel()).customer_id
    people.describe(customer, actor=SYSTEM, now=NOW, attributes={"a": 1, "b": 2}, phone="1")
    people.describe(customer, actor=SYSTEM, now=NOW, attributes={"a": None})
    row = Customer.objects.get(pk=customer)
    assert (row.attributes, row.phone) == ({"b": 2}, "1")


def test_undoing_a_merge_leaves_a_thread_its_new_name_where_the_old_one_is_open_again() -> None:
    one, two = dialogues.identity(), dialogues.identity()
    holder = staff.operator(lines=(organisation.common_line(),))
    earlier = dialogues.conversation(by=two, holder=holder)
    handling.close(staff.sight(holder), earlier.pk, now=NOW)
    late = NOW + timedelta(hours=earlier.line.reopen_hours, seconds=1)
    other = dialogues.conversation(by=one)
    running = dialogues.conversation(by=two, now=late)
    second = two.customer_id
    merge = join(one.customer_id, second)
    Conversation.objects.filter(pk=other.pk).update(thread="another")
    Conversation.objects.filter(pk=earlier.pk).update(state="queued", closed_at=None)
    people.undo_merge(merge.pk, author_id=staff.user().pk, now=late)
    found = Conversation.objects.filter(customer=second).order_by("pk").values_list("pk", "thread")
    assert list(found) == [(earlier.pk, ""), (running.pk, f"merged:{running.pk}")]
