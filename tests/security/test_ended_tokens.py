"""A token that was replaced or ended takes with it every socket that was opened with it (A4, A17)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel, ChannelKey
from apps.conversations.models import Conversation, Customer, Message
from apps.conversations.services import outbound
from apps.core import clock
from apps.core.sockets import Close
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer as Widget

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a shared secret of at least thirty-two bytes, as HS256 wants it"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    found = organisation.channel()
    ChannelKey.objects.create(channel=found, name="k1", secret=KEY)
    return found


@pytest.fixture
def anna(channel: Channel) -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


def signed(channel: Channel, **changed: Any) -> str:
    moment = int(clock.now().timestamp())
    claims = {"aud": channel.public_key, "sub": "B-1", "jti": "j-1", "iat": moment, "exp": moment + 60}
    return jwt.encode({**claims, **changed}, KEY, algorithm="HS256", headers={"kid": "k1"})


def answered(anna: Operator, number: int, text: str) -> None:
    placement.route(number, now=clock.now())
    sight = people.sight(anna)
    handling.accept(sight, number, now=clock.now())
    outbound.answer(
        sight, conversation_id=number, text=text, client_id="reply-000001", now=clock.now(), note=False
    )


async def closed_when_asking(socket: Widget, type: str, **fields: Any) -> int:
    await socket.wire.send_to(text_data=json.dumps({"type": type, "ref": 900, **fields}))
    return await socket.closed_with()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("history", {}),
        ("search", {"text": "секрет"}),
        ("catch_up", {"conversation": 1, "after_rev": 0}),
        ("identify", {"jwt": "a.b.c"}),
        ("send", {"client_id": "client-0009", "text": "подмена"}),
    ],
)
def test_a_socket_opened_with_a_stolen_token_reads_nothing_after_its_owner_signs_in(
    channel: Channel, kind: str, fields: dict[str, Any]
) -> None:
    async def scenario() -> None:
        async with Widget() as owner, Widget() as thief:
            token = (await owner.hello(channel))["token"]
            await owner.say("секрет")
            assert (await thief.hello(channel, token))["who"]["known"]
            assert (await owner.ask("identify", jwt=signed(channel)))["type"] == "signed_in"
            assert await closed_when_asking(thief, kind, **fields) == Close.RESYNC

    run(scenario)
    assert list(Message.objects.values_list("text", flat=True)) == ["секрет"]


def test_a_second_tab_hears_nothing_more_after_the_first_one_logged_out(
    channel: Channel, anna: Operator
) -> None:
    async def scenario() -> None:
        async with Widget() as first, Widget() as second:
            token = (await first.hello(channel))["token"]
            number = (await first.say("здравствуйте"))["conversation"]
            await second.hello(channel, token)
            assert (await first.ask("logout"))["type"] == "done"
            await second.wait_for("resync")
            await sync_to_async(answered)(anna, number, "ваш баланс")
            assert await first.wire.receive_nothing(timeout=0.2)
            assert await second.wire.receive_nothing(timeout=0.2)
            assert await closed_when_asking(second, "history") == Close.RESYNC
            assert await closed_when_asking(first, "history") == Close.RESYNC

    run(scenario)
    assert Conversation.objects.count() == 1


def test_the_tab_that_signed_in_goes_on_under_its_new_token(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.say("это я")
            assert (await customer.ask("identify", jwt=signed(channel)))["type"] == "signed_in"
            assert [m["text"] for m in (await customer.ask("history"))["messages"]] == ["это я"]
            assert (await customer.say("и дальше я"))["type"] == "ack"

    run(scenario)
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "B" * 81},
        {"sub": "B\0"},
        {"jti": "j\0"},
        {"exp": float("nan")},
        {"iat": float("nan")},
        {"exp": 10**400},
        {"exp": float("inf")},
    ],
    ids=repr,
)
def test_a_signed_token_with_odd_numbers_or_names_signs_nobody_in(
    channel: Channel, claims: dict[str, Any]
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.say("кто я?")
            answer = await customer.ask("identify", jwt=signed(channel, **claims))
            assert answer["code"] == "signature_refused"

    run(scenario)
    assert Customer.objects.get().bank_id is None
