"""Several come by one link at once, or while its customer signs in: one goes on, and nobody waits for ever."""

from __future__ import annotations

from functools import partial

import pytest

from apps.channels.models import Channel
from apps.channels.services import visitors
from apps.channels.services.signed import SignedCustomer
from apps.conversations.models import ContinueLink, Conversation, Identity, Merge
from apps.conversations.services import continuing, inbound, people
from tests.factories import dialogues, organisation
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED = SignedCustomer(bank_id="B-1", name="Иван Петров", phone="", email="", attributes={})


def waiting(site: Channel) -> Conversation:
    found, _token = visitors.admit(site, around=visitors.Surroundings(), now=NOW)
    address = inbound.Address(channel_id=site.pk, external_id=found.external_id)
    return dialogues.conversation(by=inbound.identify(address, now=NOW))


def comes(messenger: Channel, sender: str, token: str) -> continuing.Arrival:
    there = inbound.identify(inbound.Address(channel_id=messenger.pk, external_id=sender), now=NOW)
    return continuing.arrive(there, token=token, now=NOW)


def test_of_several_who_come_with_one_token_one_goes_on() -> None:
    site, messenger = organisation.channel(), organisation.channel(kind="null")
    for number in range(4):
        conversation = waiting(site)
        made = continuing.make_link(conversation.identity, conversation, messenger, now=NOW)
        token = made.url.partition("start=")[2]
        senders = [f"{number}-{each}" for each in range(3)]
        results = at_once(*(partial(comes, messenger, sender, token) for sender in senders))
        assert sorted(each.refusal for each in results) == ["", "used", "used"]
        conversation.refresh_from_db()
        link = ContinueLink.objects.get(conversation=conversation)
        assert conversation.identity_id == link.used_by_id
        assert Identity.objects.filter(customer=conversation.customer_id).count() == 2
    assert Merge.objects.count() == 4


def test_a_link_followed_while_its_customer_signs_in_leads_to_the_person_or_is_refused() -> None:
    site, messenger = organisation.channel(), organisation.channel(kind="null")
    elsewhere = dialogues.identity()
    person = people.sign_in(elsewhere, SIGNED, now=NOW)
    for number in range(4):
        conversation = waiting(site)
        made = continuing.make_link(conversation.identity, conversation, messenger, now=NOW)
        token = made.url.partition("start=")[2]
        came, _joined = at_once(
            partial(comes, messenger, str(number), token),
            partial(people.sign_in, conversation.identity, SIGNED, now=NOW),
        )
        conversation.refresh_from_db()
        assert (came.conversation, came.refusal) == (conversation.pk, "")
        assert conversation.customer_id == person.pk
        assert Identity.objects.get(channel=messenger, external_id=str(number)).customer_id == person.pk
