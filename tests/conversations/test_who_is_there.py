"""Another person at the same browser: the chat begins anew for him, and the former one's token opens nothing (A4)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import jwt
import pytest
from asgiref.sync import async_to_sync

from apps.channels.models import Channel, ChannelKey, UsedToken, Visitor
from apps.conversations.models import Conversation, Customer, Identity, Message
from apps.core import clock
from apps.core.sockets import Close
from tests.factories import organisation
from tests.sockets import Customer as Widget

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a shared secret of at least thirty-two bytes, as HS256 wants it"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    found = organisation.channel()
    ChannelKey.objects.create(channel=found, name="k1", secret=KEY)
    organisation.common_line()
    return found


def signed(channel: Channel, number: str, jti: str) -> str:
    moment = int(clock.now().timestamp())
    claims = {
        "aud": channel.public_key,
        "sub": number,
        "name": f"Клиент {number}",
        "jti": jti,
        "iat": moment,
        "exp": moment + 60,
    }
    return jwt.encode(claims, KEY, algorithm="HS256", headers={"kid": "k1"})


async def signed_in(channel: Channel, number: str, jti: str) -> str:
    """The token of a browser where this person of the bank signed in."""
    async with Widget() as browser:
        await browser.hello(channel)
        token: str = (await browser.ask("identify", jwt=signed(channel, number, jti)))["token"]
        return token


def test_another_person_begins_anew_without_anything_of_the_former_one(channel: Channel) -> None:
    async def scenario() -> None:
        token = await signed_in(channel, "A", "j-1")
        async with Widget() as browser:
            assert (await browser.hello(channel, token))["who"]["name"] == "Клиент A"
            old = (await browser.say("секрет A"))["conversation"]
            answer = await browser.ask("identify", jwt=signed(channel, "B", "j-2"))
            assert (answer["type"], answer["fresh"], answer["name"]) == ("signed_in", True, "Клиент B")
            assert answer["token"] != token
        async with Widget() as again:
            welcome = await again.hello(channel, answer["token"])
            assert welcome["who"] == {"known": True, "verified": True, "name": "Клиент B"}
            assert (welcome["current"], welcome["conversations"], welcome["messages"]) == (None, [], [])
            assert (await again.ask("history"))["messages"] == []
            assert (await again.ask("search", text="секрет"))["messages"] == []
            assert (await again.ask("catch_up", conversation=old, after_rev=0))["code"] == "not_found"
            assert (await again.say("я B", conversation=old))["conversation"] != old

    run(scenario)
    written = Message.objects.order_by("pk").values_list("text", "conversation__customer__bank_id")
    assert list(written) == [("секрет A", "A"), ("я B", "B")]


def test_the_former_person_s_socket_takes_and_hears_nothing_more_and_his_phone_stays_signed_in(
    channel: Channel,
) -> None:
    async def scenario() -> None:
        phones, browsers = [await signed_in(channel, "A", jti) for jti in ("j-0", "j-1")]
        async with Widget() as phone, Widget() as browser:
            await phone.hello(channel, phones)
            await browser.hello(channel, browsers)
            number = (await browser.say("это A"))["conversation"]
            assert (await phone.wait_for("message"))["message"]["text"] == "это A"
            browser.heard.clear()
            assert (await browser.ask("identify", jwt=signed(channel, "B", "j-2")))["fresh"] is True
            await phone.wait_for("resync")
            async with Widget() as again:
                welcome = await again.hello(channel, phones)
                assert (welcome["who"]["name"], welcome["current"]) == ("Клиент A", number)
                await again.say("A с телефона", conversation=number)
            assert "с телефона" not in str(browser.heard)
            assert await browser.wire.receive_nothing(timeout=0.2)
            await browser.wire.send_to(
                text_data='{"type": "send", "client_id": "client-0009", "text": "от A?", "ref": 900}'
            )
            assert await browser.closed_with() == Close.RESYNC
        async with Widget() as late:
            hello = {"type": "hello", "key": channel.public_key, "token": browsers}
            await late.wire.send_to(text_data=json.dumps(hello))
            assert await late.closed_with() == Close.UNAUTHORISED

    run(scenario)
    assert list(Message.objects.order_by("pk").values_list("text", flat=True)) == ["это A", "A с телефона"]
    assert not Conversation.objects.filter(customer__bank_id="B").exists()


def test_a_second_tab_of_the_former_person_is_called_back_and_its_token_is_dead(channel: Channel) -> None:
    async def scenario() -> None:
        token = await signed_in(channel, "A", "j-1")
        async with Widget() as one, Widget() as two:
            await one.hello(channel, token)
            await two.hello(channel, token)
            await one.ask("identify", jwt=signed(channel, "B", "j-2"))
            await two.wait_for("resync")
            await two.wire.send_to(text_data='{"type": "history", "ref": 900}')
            assert await two.closed_with() == Close.RESYNC

    run(scenario)
    assert Visitor.objects.filter(expires_at__gt=clock.now()).count() == 1


def test_the_token_of_the_bank_is_used_once_and_a_forged_one_changes_nothing(channel: Channel) -> None:
    async def scenario() -> None:
        token = await signed_in(channel, "A", "j-1")
        async with Widget() as browser:
            await browser.hello(channel, token)
            forged = signed(channel, "B", "j-2")[:-4] + "AAAA"
            assert (await browser.ask("identify", jwt=forged))["code"] == "signature_refused"
            assert (await browser.ask("history"))["type"] == "history"
            spent = signed(channel, "B", "j-3")
            assert (await browser.ask("identify", jwt=spent))["fresh"] is True
        async with Widget() as again:
            await again.hello(channel)
            assert (await again.ask("identify", jwt=spent))["code"] == "signature_refused"

    run(scenario)
    assert set(UsedToken.objects.values_list("jti", flat=True)) == {"j-1", "j-3"}
    assert set(Customer.objects.exclude(bank_id=None).values_list("bank_id", flat=True)) == {"A", "B"}


def test_the_former_person_s_address_keeps_its_name(channel: Channel) -> None:
    async def scenario() -> None:
        token = await signed_in(channel, "A", "j-1")
        async with Widget() as browser:
            await browser.hello(channel, token)
            await browser.ask("identify", jwt=signed(channel, "B", "j-2"))

    run(scenario)
    found = Identity.objects.order_by("pk").values_list("name", "customer__bank_id", "customer__name")
    assert list(found) == [("Клиент A", "A", "Клиент A"), ("Клиент B", "B", "Клиент B")]


def test_the_same_person_again_keeps_his_chat(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as browser:
            await browser.hello(channel)
            await browser.say("ещё неизвестный")
            answer = await browser.ask("identify", jwt=signed(channel, "A", "j-1"))
            assert answer["fresh"] is False
            answer = await browser.ask("identify", jwt=signed(channel, "A", "j-2"))
            assert answer["fresh"] is False
        async with Widget() as again:
            welcome = await again.hello(channel, answer["token"])
            assert [message["text"] for message in welcome["messages"]] == ["ещё неизвестный"]

    run(scenario)
    assert Visitor.objects.count() == 1
