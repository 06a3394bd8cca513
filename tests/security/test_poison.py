"""Values that a table takes and nobody can read again, and values that no table takes: each stops at the door."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import cache

from apps.channels.models import Channel, Visitor
from apps.conversations.models import Conversation, Customer, Message
from apps.core import clock
from apps.core.sockets import Close
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer as Widget
from tests.sockets import Socket, Staff

pytestmark = pytest.mark.django_db(transaction=True)

HUGE = 2**63


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


@pytest.fixture
def anna(channel: Channel) -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


def held_by(anna: Operator, number: int) -> None:
    placement.route(number, now=clock.now())
    handling.accept(people.sight(anna), number, now=clock.now())


async def raw(socket: Socket, text: str) -> dict[str, Any]:
    await socket.wire.send_to(text_data=text)
    return await socket.wait_for("error")


@pytest.mark.parametrize(
    "until", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "2100-01-02T00:00:00Z"]
)
def test_nobody_puts_a_conversation_aside_until_a_moment_that_cannot_be_read_again(
    channel: Channel, anna: Operator, until: str
) -> None:
    """PostgreSQL keeps the year 10000; reading it fails, and with it every list that the row stands in."""

    async def scenario() -> None:
        async with Widget() as customer, Staff() as staff:
            await customer.hello(channel)
            number = (await customer.say("здравствуйте"))["conversation"]
            await sync_to_async(held_by)(anna, number)
            await staff.hello(anna.user)
            assert (await staff.ask("snooze", conversation=number, until=until))["code"] == "invalid"
            assert [row["id"] for row in (await staff.ask("list", section="mine"))["rows"]] == [number]

    run(scenario)
    assert list(Conversation.objects.values_list("state", "snoozed_until")) == [("assigned", None)]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("2026-11-20T09:00:00+23:59", "list"),  # a zone that Python knows and PostgreSQL does not
        ("0001-01-01T00:00:00+14:00", "error"),  # a moment before the first
        (["2026-11-20T09:00:00Z"], "error"),
    ],
)
def test_a_forged_place_in_a_list_is_a_place_or_refused_and_breaks_nothing(
    channel: Channel, anna: Operator, caplog: pytest.LogCaptureFixture, place: Any, said: str
) -> None:
    async def scenario() -> None:
        async with Staff() as staff:
            await staff.hello(anna.user)
            answer = await staff.ask("list", section="waiting", after=[0, 0, None, place, 1])
            assert (answer["type"], answer.get("code", "invalid")) == (said, "invalid")

    run(scenario)
    assert caplog.records == []


@pytest.mark.parametrize(
    "surroundings",
    [
        {"page_url": "http://["},
        {"page_url": "https://bank.example/\0"},
        {"page_title": "a\0b"},
        {"time_zone": "Europe/\0"},
        {"page_title": "\ud800"},
    ],
    ids=repr,
)
def test_a_page_of_an_odd_address_or_title_still_opens_the_chat(
    channel: Channel, surroundings: dict[str, str]
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            assert (await customer.hello(channel, **surroundings))["type"] == "welcome"

    run(scenario)
    assert Visitor.objects.count() == 1


def test_an_address_that_cannot_be_read_is_no_site_of_the_channel() -> None:
    channel = organisation.channel(allowed_sites=["https://bank.example"])

    async def scenario() -> None:
        async with Widget() as customer:
            hello = {"type": "hello", "key": channel.public_key, "page_url": "https://["}
            await customer.wire.send_to(text_data=json.dumps(hello))
            assert await customer.closed_with() == Close.FORBIDDEN_SITE

    run(scenario)
    assert not Visitor.objects.exists()


def test_a_key_with_a_nul_is_an_unknown_key(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.wire.send_to(text_data=json.dumps({"type": "hello", "key": "a\0b"}))
            assert await customer.closed_with() == Close.FORBIDDEN_SITE

    run(scenario)


def test_nul_is_replaced_in_every_field_and_an_escaped_backslash_stays_what_it_is(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            form = {"name": "Ив\0ан", "phone": "+7 900\0", "email": "a\0@b.example"}
            assert (await customer.say("a\0b и \\u0000", form=form))["type"] == "ack"
            assert (await customer.ask("page", url="https://bank.example/\0", title="\0"))["type"] == "done"
            assert (await customer.ask("search", text="a\0"))["type"] == "found"

    run(scenario)
    assert Message.objects.get(kind="text").text == "a\ufffdb и \\u0000"
    assert Customer.objects.values_list("name", "phone", "email").get() == (
        "Ив\ufffdан",
        "+7 900\ufffd",
        "a\ufffd@b.example",
    )


def test_a_refusal_repeats_a_client_id_with_lone_surrogates_replaced(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            answer = await raw(customer, '{"type":"dance","ref":1,"client_id":"\\ud800"}')
            assert (answer["ref"], answer["client_id"]) == (1, "\ufffd")
            assert (await raw(customer, '{"type":"ping","ref":' + "9" * 40 + "}"))["ref"] is None

    run(scenario)


@pytest.mark.parametrize("number", [HUGE, 10**30])
def test_numbers_beyond_the_tables_are_refused_in_every_customer_frame(channel: Channel, number: int) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            here = (await customer.say("один"))["conversation"]
            for kind, fields in {
                "edit": {"message": number, "text": "x"},
                "read": {"conversation": here, "seq": number},
                "typing": {"conversation": number},
                "catch_up": {"conversation": here, "after_rev": number},
                "history": {"before": {"conversation": number, "seq": number}},
                "rate": {"conversation": number, "score": 5},
                "close": {"conversation": number},
                "send": {"client_id": "client-0001", "text": "x", "department": number, "new_topic": True},
            }.items():
                assert (await customer.ask(kind, **fields))["code"] == "invalid", kind

    run(scenario)
    assert list(Message.objects.values_list("text", flat=True)) == ["один"]


def test_a_department_that_is_gone_does_not_lose_the_message(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            assert (await customer.say("помогите", department=HUGE - 1))["type"] == "ack"

    run(scenario)
    assert Message.objects.get().text == "помогите"
    assert Conversation.objects.get().requested_line is None


@pytest.mark.parametrize(
    "after",
    [
        ["2024-01-01T00:00:00+00:00", None],
        ["2024-01-01T00:00:00+00:00", [1]],
        ["2024-01-01T00:00:00+00:00", {"a": 1}],
        ["2024-01-01T00:00:00+00:00", 1.5],
        [None, None],
    ],
    ids=repr,
)
def test_a_tampered_place_in_a_list_is_refused(anna: Operator, after: list[Any]) -> None:
    async def scenario() -> None:
        async with Staff() as staff:
            await staff.hello(anna.user)
            assert (await staff.ask("list", section="mine", after=after))["code"] == "invalid"
            assert (await staff.ask("search", text="a\0b"))["type"] == "search"

    run(scenario)


def test_a_value_nobody_foresaw_costs_one_answer_and_not_the_socket(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise OverflowError("an odd number")

    monkeypatch.setattr("apps.conversations.services.marginalia.rate", broken)

    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            here = (await customer.say("один"))["conversation"]
            assert (await customer.ask("rate", conversation=here, score=5))["code"] == "failed"
            assert (await customer.say("два"))["type"] == "ack"

    run(scenario)
    assert "a RateFrame frame of a customer broke its handler" in caplog.text


def test_a_client_id_ends_where_it_ends(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            assert (await customer.ask("send", client_id="client-0001\n", text="a"))["code"] == "invalid"

    run(scenario)
    assert not Message.objects.exists()


def test_what_was_put_aside_for_a_year_is_read_again(channel: Channel, anna: Operator) -> None:
    until = clock.now() + timedelta(days=365)

    async def scenario() -> None:
        async with Widget() as customer, Staff() as staff:
            await customer.hello(channel)
            number = (await customer.say("потом"))["conversation"]
            await sync_to_async(held_by)(anna, number)
            await staff.hello(anna.user)
            answer = await staff.ask("snooze", conversation=number, until=until.isoformat())
            assert answer["row"]["state"] == "snoozed"

    run(scenario)
    assert Conversation.objects.get().snoozed_until == until
