"""A card number stays hidden wherever a customer or the bank's page can put it beside a message's text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from apps.channels.models import Channel, ChannelKey
from apps.conversations.models import Customer, Identity
from apps.conversations.services import people
from apps.core import clock
from apps.core.actors import SYSTEM
from tests.factories import dialogues, organisation
from tests.sockets import Customer as Widget

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "4111 1111 1111 1111"
KEY = "a shared secret of at least thirty-two bytes, as HS256 wants it"
TABLES = (
    "conversations_customer",
    "conversations_identity",
    "conversations_message",
    "conversations_conversation",
    "support_channels_visitor",
    "core_event",
)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


def found_in_tables() -> list[str]:
    """Tables in which some row holds the card, however it is written."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            sql = f"SELECT count(*) FROM {table} AS row WHERE translate(row::text, ' -', '') LIKE %s"
            cursor.execute(sql, ["%4111111111111111%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


def test_a_card_in_the_form_the_page_or_the_surroundings_is_masked(channel: Channel) -> None:
    bare = CARD.replace(" ", "")

    async def scenario() -> None:
        async with Widget() as customer:
            place = {"page_url": f"https://bank.example/?card={bare}", "page_title": f"Карта {CARD}"}
            await customer.hello(channel, **place, time_zone=bare)
            form = {"name": f"Иван {CARD}", "phone": CARD, "email": f"{bare}@bank.example"}
            await customer.say("здравствуйте", form=form)
            await customer.ask("page", url=f"https://bank.example/{bare}", title=CARD)

    run(scenario)
    assert Customer.objects.values_list("name", "phone", "email").get() == (
        "Иван •••• 1111",
        "•••• 1111",
        "•••• 1111@bank.example",
    )
    assert found_in_tables() == []


def test_a_card_in_a_signed_token_is_masked(channel: Channel) -> None:
    ChannelKey.objects.create(channel=channel, name="k1", secret=KEY)
    moment = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "aud": channel.public_key,
        "sub": "B-1",
        "jti": "j-1",
        "iat": moment,
        "exp": moment + 60,
        "name": f"Иван {CARD}",
        "phone": "+7 900 000-00-00",
        "email": "i@bank.example",
        "attributes": {"card": CARD, "odd": "a\0b", "none": float("nan"), "limit": 5},
    }
    token = jwt.encode(claims, KEY, algorithm="HS256", headers={"kid": "k1"})

    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            assert (await customer.ask("identify", jwt=token))["name"] == "Иван •••• 1111"

    run(scenario)
    customer = Customer.objects.get()
    assert customer.attributes == {"card": "•••• 1111", "odd": "a\ufffdb", "limit": 5}
    assert (customer.phone, customer.email) == ("+7 900 000-00-00", "i@bank.example")
    assert found_in_tables() == []


def test_an_attribute_called_phone_hides_no_card() -> None:
    customer = dialogues.identity().customer
    values = {"phone": "+1 (202) 555-01-00 ext. 12", "attributes": {"phone": CARD}}
    people.describe(customer.pk, actor=SYSTEM, now=clock.now(), **values)
    customer.refresh_from_db()
    assert (customer.phone, customer.attributes) == ("+1 (202) 555-01-00 ext. 12", {"phone": "•••• 1111"})


def test_an_address_nobody_vouched_for_does_not_rewrite_what_the_bank_said(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.say("один")
            form = {"name": "Мошенник", "phone": "+7 999 999-99-99"}
            await _to_the_bank()
            assert (await customer.say("два", form=form))["type"] == "ack"

    run(scenario)
    customer = Customer.objects.get()
    assert (customer.name, customer.phone) == ("Мария", "+7 900 111-22-33")


async def _to_the_bank() -> None:
    """As when an administrator's merge put this address beside a customer of the bank."""
    found = await Identity.objects.select_related("customer").aget()
    values = {"bank_id": "B-9", "name": "Мария", "phone": "+7 900 111-22-33"}
    await Customer.objects.filter(pk=found.customer_id).aupdate(**values)
