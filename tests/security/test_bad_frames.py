"""Bad input on the sockets: a clear error to its author, nothing lost, nothing stored that was not meant (A2, A28)."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.test import override_settings

from apps.channels.models import Channel, ChannelKey
from apps.conversations.models import Conversation, Customer, Identity, Message
from apps.core import clock
from apps.core.addresses import is_own_origin
from apps.core.sockets import Close
from tests.factories import organisation, people
from tests.sockets import Customer as Widget
from tests.sockets import Socket, Staff

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a shared secret of at least sixty-four bytes, as the longest of them wants it"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(text_limit=100)


async def raw(socket: Socket, text: str) -> dict[str, Any]:
    """The answer to exactly this text."""
    await socket.wire.send_to(text_data=text)
    return await socket.wait_for("error")


# --- frames ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "dance"},
        {"type": "accept", "conversation": 1},
        {"type": "send", "client_id": "client-0001", "text": "a", "author_kind": "operator"},
        {"type": "send", "client_id": "client-0001", "text": "a", "staff_only": True},
        {"type": "send", "client_id": "client-0001", "text": 5},
        {"type": "send", "client_id": "short", "text": "a"},
        {"type": "send", "client_id": "with space 01", "text": "a"},
        {"type": "send", "client_id": "client-0001", "text": "a" * 20_001},
        {"type": "send", "client_id": "client-0001", "conversation": "1 OR 1=1", "text": "a"},
        {"type": "send", "client_id": "client-0001", "conversation": -1, "text": "a"},
        {"type": "rate", "conversation": 1, "score": 6},
        {"type": "history", "before": {"conversation": 1, "seq": 1, "also": 2}},
        {"type": "send", "client_id": "client-0001", "files": ["../../etc/passwd"]},
        {"type": ["send"]},
        {"no": "type"},
    ],
    ids=lambda frame: json.dumps(frame)[:60],
)
def test_what_is_not_understood_is_refused_with_its_ref_and_the_socket_lives(
    channel: Channel, frame: dict[str, Any]
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            answer = await raw(customer, json.dumps({**frame, "ref": 77}))
            assert (answer["code"], answer["ref"]) == ("invalid", 77)
            assert answer["text"]
            assert (await customer.say("жив"))["type"] == "ack"

    run(scenario)
    assert list(Message.objects.values_list("text", "author_kind", "staff_only")) == [
        ("жив", "customer", False)
    ]


NESTED = '{"type":"ping","x":' + "[" * 20_000 + "]" * 20_000 + "}"


@pytest.mark.parametrize(
    "text",
    ["{", "null", "[]", '"send"', "{" * 5000, "[" * 30_000, NESTED],
    ids=["open", "null", "list", "string", "objects", "lists", "closed lists"],
)
def test_what_is_no_frame_at_all_closes_the_socket(channel: Channel, text: str) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.wire.send_to(text_data=text)
            assert await customer.closed_with() == Close.MALFORMED

    run(scenario)


def test_nul_and_lone_surrogates_are_stored_as_replacement_characters(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.wire.send_to(
                text_data='{"type":"send","ref":1,"client_id":"odd-text-1","text":"a\\u0000b \\ud83d c \\ud83d\\ude00"}'
            )
            ack = await customer.wait_for("ack")
            assert ack["seq"] == 1

    run(scenario)
    assert Message.objects.get().text == "a\ufffdb \ufffd c \U0001f600"


def test_a_text_over_the_channels_limit_names_the_limit_and_the_client_id(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            answer = await customer.ask("send", client_id="too-long-01", text="я" * 101)
            assert (answer["code"], answer["client_id"]) == ("too_long", "too-long-01")
            assert "101" in answer["text"]
            assert "100" in answer["text"]
            assert (await customer.ask("send", client_id="too-long-02", text="   "))["code"] == "empty"
            assert (await customer.ask("send", client_id="too-long-03", text="я" * 100))["type"] == "ack"

    run(scenario)
    assert Message.objects.count() == 1


def test_the_first_frame_has_to_be_a_hello(channel: Channel) -> None:
    async def scenario() -> None:
        for text in ('{"type":"send","client_id":"client-0001","text":"a"}', '{"type":"ping"}', "?"):
            async with Widget() as customer:
                await customer.wire.send_to(text_data=text)
                assert await customer.closed_with() == Close.MALFORMED

    run(scenario)
    assert not Message.objects.exists()


# --- floods (A28) ---------------------------------------------------------------------------------------


def test_a_megabyte_in_one_frame_closes_the_socket_and_stores_nothing(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            big = json.dumps({"type": "send", "client_id": "client-0001", "text": "я" * 1_000_000})
            await customer.wire.send_to(text_data=big)
            assert await customer.closed_with() == Close.TOO_BIG

    run(scenario)
    assert not Message.objects.exists()


def test_ten_thousand_frames_close_the_flooder_and_his_neighbour_goes_on(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as flooder, Widget() as neighbour:
            await flooder.hello(channel)
            await neighbour.hello(channel)
            for _frame in range(10_000):
                await flooder.wire.send_to(text_data='{"type":"ping"}')
            assert await flooder.closed_with() == Close.FLOOD
            assert (await neighbour.say("а я пишу"))["type"] == "ack"

    run(scenario)


def test_a_burst_of_an_honest_customer_is_let_through(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            for number in range(20):
                assert (await customer.say(f"быстро {number}"))["type"] == "ack"

    run(scenario)
    assert Message.objects.count() == 20


def test_too_many_sockets_of_one_address_are_refused_until_a_minute_later(
    channel: Channel, settings: Any
) -> None:
    settings.SOCKETS_PER_ADDRESS = 5

    async def scenario() -> None:
        for _socket in range(5):
            async with Widget() as customer:
                assert (await customer.hello(channel))["type"] == "welcome"
        async with Widget() as customer:
            await customer.wire.send_to(text_data=json.dumps({"type": "hello", "key": channel.public_key}))
            assert await customer.closed_with() == Close.FLOOD

    run(scenario)


# --- origins (A5) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", [Widget, Staff])
@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "http://testserver.evil.example", "null", "http://", "file://"),
        *("http://testserver:9999", "https://testserver", "ftp://testserver", "http://localhost"),
    ],
)
def test_a_page_of_another_origin_opens_no_socket(surface: type[Socket], origin: str) -> None:
    async def scenario() -> None:
        async with surface(origin=origin) as socket:
            assert await socket.closed_with() == Close.FORBIDDEN_SITE

    run(scenario)


@pytest.mark.parametrize(
    ("host", "proto", "origin", "is_own"),
    [
        ("chat.bank.example", "https", "https://chat.bank.example", True),
        ("chat.bank.example", "http", "https://chat.bank.example", False),
        ("chat.bank.example:8443", "https", "https://chat.bank.example:8443", True),
        ("chat.bank.example:8443", "https", "https://chat.bank.example", False),
        ("other.bank.example", "https", "https://chat.bank.example", False),
        ("evil.example", "https", "https://evil.example", False),
        ("inner:8000", "https", "https://proxied.bank.example", True),
    ],
)
@override_settings(
    ALLOWED_HOSTS=[".bank.example", "inner"],
    CSRF_TRUSTED_ORIGINS=["https://proxied.bank.example"],
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
def test_an_origin_is_ours_with_its_scheme_host_and_port(
    host: str, proto: str, origin: str, is_own: bool
) -> None:
    headers = [(b"host", host), (b"x-forwarded-proto", proto), (b"origin", origin)]
    scope = {"scheme": "ws", "headers": [(name, value.encode()) for name, value in headers]}
    assert is_own_origin(scope) is is_own


def test_the_workspace_needs_an_origin_and_an_unused_ticket() -> None:
    anna = people.operator("Анна")

    async def scenario() -> None:
        async with Staff(origin="") as socket:
            assert await socket.closed_with() == Close.FORBIDDEN_SITE
        async with Staff() as socket:
            await socket.wire.send_to(text_data=json.dumps({"type": "hello", "ticket": "made-up"}))
            assert await socket.closed_with() == Close.UNAUTHORISED
        from asgiref.sync import sync_to_async

        from apps.operators.services import tickets

        ticket = await sync_to_async(tickets.issue)(anna.pk, "no-session", now=clock.now())
        async with Staff() as socket:
            assert (await socket.ask("hello", ticket=ticket))["type"] == "welcome"
        async with Staff() as socket:
            await socket.wire.send_to(text_data=json.dumps({"type": "hello", "ticket": ticket}))
            assert await socket.closed_with() == Close.UNAUTHORISED

    run(scenario)


# --- signed tokens --------------------------------------------------------------------------------------


@pytest.fixture
def key(channel: Channel) -> ChannelKey:
    return ChannelKey.objects.create(channel=channel, name="k1", secret=KEY)


def claims(channel: Channel, **changes: Any) -> dict[str, Any]:
    now = clock.now().timestamp()
    values = {
        "aud": channel.public_key,
        "sub": "B-1",
        "iat": now,
        "exp": now + 300,
        "jti": "j-1",
        "name": "Иван",
    }
    return {**values, **changes}


def signed(values: dict[str, Any], *, secret: str = KEY, **header: Any) -> str:
    return jwt.encode(values, secret, algorithm="HS256", headers={"kid": "k1", **header})


def part(values: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def forged(channel: Channel, case: str) -> str:
    now = clock.now().timestamp()
    hour = timedelta(hours=1).total_seconds()
    good = claims(channel)
    return {
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'k1'})}.{part(good)}.",
        "alg None in capitals": f"{part({'alg': 'NONE', 'kid': 'k1'})}.{part(good)}.",
        "another algorithm": jwt.encode(good, KEY, algorithm="HS512", headers={"kid": "k1"}),
        "another secret": signed(
            good, secret="another one of at least sixty-four bytes, as the longest of them wants"
        ),
        "an unknown key": signed(good, kid="k9"),
        "expired": signed({**good, "iat": now - hour, "exp": now - hour + 300}),
        "not yet": signed({**good, "iat": now + hour, "exp": now + hour + 300}),
        "too long a life": signed({**good, "exp": now + hour}),
        "another channel's": signed({**good, "aud": "elsewhere"}),
        "no jti": signed({k: v for k, v in good.items() if k != "jti"}),
        "no subject": signed({**good, "sub": " "}),
        "no words at all": "a.b.c",
        "empty": "",
        "changed after signing": signed(good).replace(
            signed(good).split(".")[1], part({**good, "sub": "B-2"})
        ),
    }[case]


CASES = [
    "alg none",
    "alg None in capitals",
    "another algorithm",
    "another secret",
    "an unknown key",
    "expired",
    "not yet",
    "too long a life",
    "another channel's",
    "no jti",
    "no subject",
    "no words at all",
    "empty",
    "changed after signing",
]


@pytest.mark.parametrize("case", CASES)
def test_a_token_that_the_bank_did_not_sign_for_this_chat_names_nobody(
    channel: Channel, key: ChannelKey, case: str
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.say("кто я?")
            answer = await customer.ask("identify", jwt=forged(channel, case))
            assert (answer["type"], answer["code"]) == ("error", "signature_refused"), answer

    run(scenario)
    assert Customer.objects.get().bank_id is None
    assert Identity.objects.get().verification == "anonymous"


def test_a_public_key_is_no_shared_secret(channel: Channel) -> None:
    """The classic confusion: an HS256 token made with the published EdDSA key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    ChannelKey.objects.create(channel=channel, name="k1", algorithm="EdDSA", secret=public.decode())
    head, body = part({"alg": "HS256", "kid": "k1"}), part(claims(channel))
    import hashlib
    import hmac

    mac = hmac.new(public, f"{head}.{body}".encode(), hashlib.sha256).digest()
    confused = f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    honest = jwt.encode(claims(channel, jti="j-2"), private, algorithm="EdDSA", headers={"kid": "k1"})

    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            assert (await customer.ask("identify", jwt=confused))["code"] == "signature_refused"
            assert (await customer.ask("identify", jwt=honest))["type"] == "signed_in"

    run(scenario)


def test_a_used_token_signs_nobody_in_again_and_the_visitors_token_is_a_new_one(
    channel: Channel, key: ChannelKey
) -> None:
    token = signed(claims(channel))

    async def scenario() -> None:
        async with Widget() as customer, Widget() as thief:
            old = (await customer.hello(channel))["token"]
            await customer.say("это я")
            answer = await customer.ask("identify", jwt=token)
            assert answer["type"] == "signed_in"
            await thief.hello(channel)
            assert (await thief.ask("identify", jwt=token))["code"] == "signature_refused"
            for bearer, code in ((old, Close.UNAUTHORISED), (answer["token"], None)):
                async with Widget() as again:
                    if code is None:
                        welcome = await again.hello(channel, bearer)
                        assert welcome["who"] == {"known": True, "verified": True, "name": "Иван"}
                        continue
                    await again.wire.send_to(
                        text_data=json.dumps({"type": "hello", "key": channel.public_key, "token": bearer})
                    )
                    assert await again.closed_with() == code

    run(scenario)
    assert Customer.objects.filter(bank_id="B-1").count() == 1
    assert Conversation.objects.count() == 1
