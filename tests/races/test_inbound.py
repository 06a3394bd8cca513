"""Messages that arrive at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.channels.models import Channel, InboundUpdate
from apps.channels.services import updates
from apps.channels.services.signed import SignedCustomer
from apps.conversations.models import Attachment, Conversation, Customer, Identity, Merge, Message
from apps.conversations.services import hot, inbound, ingest, outbound, people
from apps.core.errors import Conflict, Invalid
from apps.core.models import StoredFile
from tests.adapters import null
from tests.factories import dialogues, organisation
from tests.factories import people as staff
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def gap_free(conversation: int) -> bool:
    seqs = list(
        Message.objects.filter(conversation=conversation).order_by("seq").values_list("seq", flat=True)
    )
    return seqs == list(range(1, len(seqs) + 1)) and Conversation.objects.get(pk=conversation).seq == len(
        seqs
    )


def first_message(channel: Channel, who: str, text: str, client_id: str) -> Callable[[], Any]:
    def call() -> Any:
        with transaction.atomic():
            identity = inbound.identify(inbound.Address(channel.pk, who), now=NOW)
            return inbound.receive(identity, text=text, client_id=client_id, now=NOW)

    return call


def test_two_first_messages_at_once_open_one_conversation_of_one_customer() -> None:
    channel = organisation.channel()
    for number in range(6):
        results = at_once(
            first_message(channel, f"v{number}", "раз", f"first-{number}-1"),
            first_message(channel, f"v{number}", "два", f"first-{number}-2"),
        )
        assert {each.seq for each in results} == {1, 2}
        assert len({each.conversation_id for each in results}) == 1
        assert gap_free(results[0].conversation_id)
    assert Customer.objects.count() == Conversation.objects.count() == 6


def test_one_client_id_twice_at_once_is_one_message_without_a_gap() -> None:
    conversation = dialogues.conversation()
    identity = conversation.identity

    def send(client_id: str) -> Callable[[], Any]:
        return lambda: inbound.send_text(
            identity, conversation_id=conversation.pk, text=client_id, client_id=client_id, now=NOW
        )

    for number in range(8):
        results = at_once(*[send(f"same-key-{number}")] * 3)
        assert sum(isinstance(each, hot.Written) for each in results) == 1
        assert sum(isinstance(each, hot.Repeated) for each in results) == 2
    assert Message.objects.filter(author_kind="customer").count() == 9
    assert gap_free(conversation.pk)


def test_the_hot_and_the_ordinary_path_with_one_client_id_store_one_message() -> None:
    conversation = dialogues.conversation()
    identity = conversation.identity
    for number in range(8):
        key = f"both-paths-{number}"
        at_once(
            partial(
                inbound.send_text,
                identity,
                conversation_id=conversation.pk,
                text="раз",
                client_id=key,
                now=NOW,
            ),
            partial(inbound.receive, identity, text="раз", client_id=key, now=NOW),
        )
        assert Message.objects.filter(client_id=key).count() == 1
    assert gap_free(conversation.pk)


def test_both_sides_write_at_once_and_the_order_has_no_gap() -> None:
    anna = staff.operator("Анна", lines=(organisation.common_line(),))
    conversation = dialogues.conversation(holder=anna)
    sight, identity = staff.sight(anna), conversation.identity

    def customer(number: int) -> Callable[[], Any]:
        return lambda: inbound.send_text(
            identity,
            conversation_id=conversation.pk,
            text=f"к{number}",
            client_id=f"cust-{number:04}",
            now=NOW,
        )

    def operator(number: int) -> Callable[[], Any]:
        return lambda: outbound.answer(
            sight, conversation_id=conversation.pk, text=f"о{number}", client_id=f"oper-{number:04}", now=NOW
        )

    results = at_once(*(each(number) for number in range(6) for each in (customer, operator)))
    assert not [each for each in results if isinstance(each, Exception)]
    assert gap_free(conversation.pk)
    revs = list(Message.objects.order_by("seq").values_list("rev", flat=True))
    assert revs == sorted(set(revs))


# --- merges ---------------------------------------------------------------------------------------------


def merging(kept: int, absorbed: int) -> Callable[[], Any]:
    def call() -> Any:
        with transaction.atomic():
            rows = people.lock_customers([kept, absorbed])
            return people.merge(
                kept=rows[kept], absorbed=rows[absorbed], reason=Merge.Reason.MANUAL, author_id=None, now=NOW
            )

    return call


def test_a_message_that_meets_a_merge_is_stored_once_and_belongs_to_the_kept_person() -> None:
    channel = organisation.channel()
    for number in range(6):
        kept, other = dialogues.identity(channel), dialogues.identity(channel)
        dialogues.conversation("старое", by=kept)
        inbound.receive(other, text="до", client_id=f"before-{number:03}", now=NOW)
        stale = Identity.objects.get(pk=other.pk)
        results = at_once(
            merging(kept.customer_id, other.customer_id),
            partial(inbound.receive, stale, text="во время", client_id=f"during-{number:03}", now=NOW),
        )
        assert not [each for each in results if isinstance(each, Exception)], results
        stored = Message.objects.get(client_id=f"during-{number:03}")
        assert stored.conversation.customer_id == kept.customer_id
        assert gap_free(stored.conversation_id)


def test_two_merges_against_each_other_do_one_and_refuse_the_other() -> None:
    for _round in range(5):
        one, two = dialogues.identity().customer_id, dialogues.identity().customer_id
        results = at_once(merging(one, two), merging(two, one))
        assert sum(isinstance(each, Merge) for each in results) == 1
        assert sum(isinstance(each, Conflict) for each in results) == 1
        assert Customer.objects.filter(pk__in=[one, two], merged_into=None).count() == 1


def test_one_person_signing_in_on_two_devices_at_once_is_one_customer() -> None:
    for number in range(5):
        signed = SignedCustomer(f"bank-{number}", "Иван", "", "", {})
        phone, site = dialogues.identity(), dialogues.identity()
        results = at_once(
            partial(people.sign_in, phone, signed, now=NOW),
            partial(people.sign_in, site, signed, now=NOW),
        )
        assert not [each for each in results if isinstance(each, Exception)], results
        owners = Identity.objects.filter(pk__in=[phone.pk, site.pk]).values_list("customer_id", flat=True)
        assert len(set(owners)) == 1
        assert Customer.objects.filter(bank_id=f"bank-{number}").count() == 1


# --- webhooks (F6) --------------------------------------------------------------------------------------


def test_the_same_webhook_twenty_times_at_once_and_a_day_later_is_one_row_and_all_are_200() -> None:
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    body = null.request(null.message("1", "раз"), null.message("2", "два"))
    headers = {null.SIGNATURE: null.signature(body)}

    def post() -> int:
        answer = Client().post(
            f"/hooks/{channel.public_key}/", body, content_type="application/json", headers=headers
        )
        return answer.status_code

    assert at_once(*[post] * 20) == [200] * 20
    at_once(*[lambda: ingest.ingest_channel(channel.pk, now=lambda: NOW)] * 4)
    later = updates.accept_updates(channel, headers=headers, body=body, now=NOW + timedelta(days=1))
    assert later == (0, 2)
    ingest.ingest_channel(channel.pk, now=lambda: NOW + timedelta(days=1))
    assert InboundUpdate.objects.count() == 2
    assert list(Message.objects.order_by("seq").values_list("text", flat=True)) == ["раз", "два"]


def test_workers_that_meet_at_a_channel_keep_its_order() -> None:
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    said = [f"слово {number}" for number in range(30)]
    for number, text in enumerate(said):
        body = null.request(null.message(str(number), text))
        updates.accept_updates(channel, headers={null.SIGNATURE: null.signature(body)}, body=body, now=NOW)
    at_once(*[lambda: ingest.ingest_channel(channel.pk, now=lambda: NOW)] * 4)
    assert list(Message.objects.order_by("seq").values_list("text", flat=True)) == said
    assert set(InboundUpdate.objects.values_list("state", "attempts")) == {("done", 1)}


def test_one_file_in_two_messages_at_once_belongs_to_one_of_them() -> None:
    anna = staff.operator(lines=(line := organisation.line(),))
    here, there = (dialogues.conversation(line=line, holder=anna) for _place in range(2))
    file = StoredFile.objects.create(
        name="a.pdf",
        kind="document",
        size=1,
        state="unscanned",
        uploaded_by=f"user:{anna.pk}",
        created_at=NOW,
    )

    def send(conversation: int) -> Callable[[], Any]:
        return lambda: outbound.answer(
            staff.sight(anna),
            conversation_id=conversation,
            text="",
            client_id=f"same-file-{conversation}",
            now=NOW,
            files=[file.pk],
            uploaded_by=f"user:{anna.pk}",
        )

    results = at_once(send(here.pk), send(there.pk))
    assert {type(each) for each in results} == {inbound.Stored, Invalid}
    assert Attachment.objects.filter(file=file).count() == 1
