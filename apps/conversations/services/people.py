"""Who a customer is: signed in by the bank, joined with himself, described, and parted again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.channels.services.signed import SignedCustomer
from apps.conversations.events import CustomerChanged, CustomerSignedIn, CustomersMerged, MergeUndone
from apps.conversations.models import Conversation, Customer, Identity, Merge, Message, Verification
from apps.core.actors import Actor
from apps.core.errors import Conflict, DomainError
from apps.core.events import announce
from apps.core.locks import one_after_another
from apps.core.masking import clean_text, mask, mask_phone

# Values that are set by number.
COLUMNS = {"manager": "manager_id"}
# Columns that go with another one.
UNTOLD = {"email_vouched"}


class SomebodyElse(DomainError):
    """The address already belongs to another person of the bank; his history is never inherited."""

    code = "somebody_else"
    status = 409


@transaction.atomic
def sign_in(identity: Identity, signed: SignedCustomer, *, now: datetime) -> Customer:
    """The bank vouches that ``identity`` is its customer: what was written anonymously joins the person.

    Raises SomebodyElse when the identity is already another person of the bank: the edge then starts afresh.
    """
    one_at_a_time(signed.bank_id)
    person = _person_of(signed.bank_id)
    locked = lock_customers([identity.customer_id, *([person.pk] if person else [])])
    current = locked[identity.customer_id]
    is_he = person is not None and person.pk == current.pk
    if not is_he and current.bank_id not in (None, signed.bank_id):
        raise SomebodyElse(_("This chat belongs to another person."))
    if person is not None and not is_he:
        merge(kept=locked[person.pk], absorbed=current, reason=Merge.Reason.SIGNED, author_id=None, now=now)
        current = locked[person.pk]
    _write_signed(current, signed)
    Identity.objects.filter(pk=identity.pk).update(verification=Verification.SIGNED, name=signed.name)
    event = CustomerSignedIn(customer=current.pk, identity=identity.pk)
    announce(event, actor=Actor.customer(identity.pk), now=now)
    return current


def one_at_a_time(bank_id: str) -> None:
    """Wait for whoever makes this person of the bank at the same moment: another device of his, or an integration."""
    one_after_another("person", bank_id)


def _person_of(bank_id: str) -> Customer | None:
    """The customer whom the bank calls so; when he was joined into another one, that one."""
    person = Customer.objects.filter(bank_id=bank_id).first()
    while person is not None and person.merged_into is not None:
        person = person.merged_into
    return person


def lock_customers(ids: list[int]) -> dict[int, Customer]:
    """Customers locked in the order of their numbers, so that two merges never wait for each other."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def merge(
    *,
    kept: Customer,
    absorbed: Customer,
    reason: str,
    author_id: int | None,
    now: datetime,
    confidence: int = 100,
) -> Merge:
    """Join a locked customer into another locked one; everything of his moves over and can move back.

    A second open conversation of the same thread goes to a thread of its own: at most one is open in each.
    """
    if kept.pk == absorbed.pk or absorbed.merged_into_id or kept.merged_into_id:
        raise Conflict(_("These customers are already one."))
    conversations = absorbed.conversations.order_by("pk").select_for_update(no_key=True)
    moved = {
        "identities": list(absorbed.identities.values_list("pk", flat=True)),
        "conversations": list(conversations.values_list("pk", flat=True)),
        "threads": _part_threads(kept, absorbed),
    }
    absorbed.identities.update(customer=kept)
    absorbed.conversations.update(customer=kept)
    Customer.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    row = Merge.objects.create(
        kept=kept,
        absorbed=absorbed,
        reason=reason,
        author_id=author_id,
        confidence=confidence,
        moved=moved,
        at=now,
    )
    actor = Actor.staff(author_id) if author_id else Actor.customer(None)
    announce(CustomersMerged(customer=kept.pk, absorbed=absorbed.pk, merge=row.pk), actor=actor, now=now)
    return row


@transaction.atomic
def undo_merge(merge_id: int, *, author_id: int, now: datetime) -> Merge:
    """Part two customers again: what the merge moved goes back, what came since stays with the kept one."""
    row = Merge.objects.select_for_update(no_key=True).get(pk=merge_id)
    if row.undone_at is not None:
        raise Conflict(_("This merge has been undone already."))
    lock_customers([row.kept_id, row.absorbed_id])
    Identity.objects.filter(pk__in=row.moved["identities"], customer_id=row.kept_id).update(
        customer_id=row.absorbed_id
    )
    back = Conversation.objects.filter(pk__in=row.moved["conversations"], customer_id=row.kept_id)
    back.update(customer_id=row.absorbed_id)
    _name_back(row)
    _follow_identities(row)
    _answer_his_own(row)
    if row.reason == Merge.Reason.LINK:
        # It was the link that vouched for the account.
        Identity.objects.filter(pk__in=row.moved["identities"]).update(verification=Verification.ANONYMOUS)
    Customer.objects.filter(pk=row.absorbed_id).update(merged_into=None)
    row.undone_at, row.undone_by_id = now, author_id
    row.save(update_fields=["undone_at", "undone_by"])
    event = MergeUndone(customer=row.kept_id, absorbed=row.absorbed_id, merge=row.pk)
    announce(event, actor=Actor.staff(author_id), now=now)
    return row


@transaction.atomic
def describe(
    customer_id: int, *, actor: Actor, now: datetime, claimed: bool = False, **values: object
) -> Customer:
    """Set name, phone, e-mail, language, time zone or attributes (merged key by key; None removes a key).

    ``manager`` is the number of his personal manager, or None. ``claimed``: he says so himself, which makes an e-mail
    no surer and takes the place of none that the bank vouches for.
    """
    customer = lock_customers([customer_id])[customer_id]
    if claimed and customer.email_vouched:
        values.pop("email", None)
    elif "email" in values:
        values["email_vouched"] = bool(values["email"]) and not claimed
    changed = []
    for name, value in cleaned(values).items():
        column = COLUMNS.get(name, name)
        if name == "attributes":
            value = _joined(customer.attributes, cast(Mapping[str, object], value))
        if getattr(customer, column) != value:
            setattr(customer, column, value)
            changed.append(name)
    if changed:
        customer.save(update_fields=changed)
    if told := tuple(name for name in changed if name not in UNTOLD):
        announce(CustomerChanged(customer=customer.pk, fields=told), actor=actor, now=now)
    return customer


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values with texts cleaned and card numbers hidden, before their first write."""
    return {name: _clean_one(name, value) for name, value in values.items()}


def _clean_one(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return cleaned(value)
    if isinstance(value, str):
        # A phone has as many digits as a short card.
        return mask_phone(clean_text(value)) if name == "phone" else mask(clean_text(value))
    return value


def _joined(present: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Attributes with the given ones over them; None forgets a key."""
    return {key: value for key, value in {**present, **given}.items() if value is not None}


def _part_threads(kept: Customer, absorbed: Customer) -> dict[str, str]:
    """Rename the threads that are open on both sides; returns the old names by conversation."""
    taken = set(kept.conversations.open().values_list("thread", flat=True))
    renamed = {}
    for conversation in (
        absorbed.conversations.open()
        .filter(thread__in=taken)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    ):
        renamed[str(conversation.pk)] = conversation.thread
        Conversation.objects.filter(pk=conversation.pk).update(thread=f"merged:{conversation.pk}")
    return renamed


def _name_back(row: Merge) -> None:
    """Give renamed threads their names again; one that is open under that name by now keeps it."""
    returned = Conversation.objects.filter(customer_id=row.absorbed_id)
    for pk, thread in row.moved["threads"].items():
        if not returned.open().filter(thread=thread).exists():
            returned.filter(pk=pk).update(thread=thread)


def _follow_identities(row: Merge) -> None:
    """Conversations begun after the merge from a returned identity go with it, in a thread of their own."""
    later = Conversation.objects.filter(
        customer_id=row.kept_id, identity_id__in=row.moved["identities"], opened_at__gt=row.at
    )
    for conversation in later.order_by("pk").select_for_update(no_key=True, of=("self",)):
        Conversation.objects.filter(pk=conversation.pk).update(
            customer_id=row.absorbed_id, thread=f"parted:{conversation.pk}"
        )


def _answer_his_own(row: Merge) -> None:
    """What stays with the kept customer is answered at an address of his again: where he himself last stood in it."""
    astray = Conversation.objects.filter(customer_id=row.kept_id, identity__in=row.moved["identities"])
    astray = astray.exclude(identity__customer_id=row.kept_id)
    for conversation in astray.order_by("pk").select_for_update(no_key=True, of=("self",)):
        spoken = Message.objects.filter(conversation=conversation).exclude(identity=None)
        his = spoken.filter(identity__customer_id=row.kept_id).order_by("-seq")
        for identity in Identity.objects.filter(pk__in=his.values("identity")[:1]):
            conversation.identity, conversation.channel_id = identity, identity.channel_id
            conversation.save(update_fields=["identity", "channel"])


def _write_signed(customer: Customer, signed: SignedCustomer) -> None:
    if not Customer.objects.filter(bank_id=signed.bank_id).exists():
        customer.bank_id = signed.bank_id
    customer.name = signed.name or customer.name
    customer.phone = signed.phone or customer.phone
    customer.email = signed.email or customer.email
    customer.email_vouched = customer.email_vouched or bool(signed.email)
    customer.attributes = {**customer.attributes, **signed.attributes}
    customer.save(update_fields=["bank_id", "name", "phone", "email", "email_vouched", "attributes"])
