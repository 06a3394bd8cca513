"""Floods (A28): by address, by visitor, by channel. The flooder is held back, and whoever sits beside him goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache

from apps.channels import pace
from apps.channels.models import Channel
from apps.conversations.models import Message
from apps.core import sockets
from apps.core.limits import Buckets
from apps.core.sockets import Close
from tests.factories import organisation, people
from tests.sockets import Customer as Widget
from tests.sockets import Socket, Staff

pytestmark = pytest.mark.django_db(transaction=True)

NAT = "198.51.100.7"
ELSEWHERE = "198.51.100.8"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache.clear()
    monkeypatch.setattr(pace, "_visitors", Buckets())
    monkeypatch.setattr(pace, "_channels", Buckets())
    yield
    cache.clear()


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


async def knock(socket: Socket) -> int | None:
    """The code with which a socket is refused at the door; None when it is let in. It never says hello."""
    accepted, code = await socket.wire.connect(timeout=5)
    if not accepted:
        return code
    if await socket.wire.receive_nothing(timeout=0.005):
        return None
    return await socket.closed_with()


# --- by address -----------------------------------------------------------------------------------------


def test_five_hundred_sockets_of_one_address_are_bounded_and_the_others_go_on(
    channel: Channel, settings: Any
) -> None:
    bound = settings.OPEN_SOCKETS_PER_ADDRESS["customer"]
    assert bound == 300

    async def scenario() -> None:
        async with Widget(address=NAT) as known, AsyncExitStack() as flood:
            await known.hello(channel)
            answers = []
            for _socket in range(500):
                socket = Widget(address=NAT)
                answers.append(await knock(socket))
                flood.push_async_callback(socket.wire.disconnect, timeout=5)
            assert answers == [None] * (bound - 1) + [Close.FLOOD] * (500 - bound + 1)
            assert (await known.say("я здесь давно"))["type"] == "ack"
            async with Widget(address=ELSEWHERE) as neighbour:
                assert (await neighbour.hello(channel))["type"] == "welcome"
                assert (await neighbour.say("а я рядом"))["type"] == "ack"
            await flood.aclose()
            # Who left makes room.
            assert sockets.doors["customer"].count(NAT) == 1
            async with Widget(address=NAT) as late:
                assert (await late.hello(channel))["type"] == "welcome"
        assert sockets.doors["customer"].count(NAT) == 0

    run(scenario)
    assert Message.objects.count() == 2


def test_refused_sockets_that_do_not_leave_are_not_even_accepted_in_the_end(settings: Any) -> None:
    settings.OPEN_SOCKETS_PER_ADDRESS = {"customer": 3, "operator": 3}

    async def scenario() -> None:
        flood = [Widget(address=NAT) for _socket in range(8)]
        for socket in flood[:6]:
            assert (await socket.wire.connect(timeout=5))[0]
        for socket in flood[6:]:
            assert await socket.wire.connect(timeout=5) == (False, Close.FLOOD)
        for socket in flood:
            await socket.wire.disconnect(timeout=5)
        assert sockets.doors["customer"].count(NAT) == 0

    run(scenario)


@pytest.mark.parametrize("surface", [Widget, Staff])
def test_who_knocks_all_the_time_without_a_hello_is_refused_too(surface: type[Socket], settings: Any) -> None:
    settings.OPEN_SOCKETS_PER_ADDRESS = {"customer": 3, "operator": 3}

    async def scenario() -> None:
        answers = []
        for _time in range(8):
            socket = surface(address=NAT)
            answers.append(await knock(socket))
            await socket.wire.disconnect(timeout=5)
        assert answers == [None] * 6 + [Close.FLOOD] * 2

    run(scenario)


def test_operators_of_one_office_are_bounded_by_a_number_of_their_own(settings: Any) -> None:
    settings.OPEN_SOCKETS_PER_ADDRESS = {"customer": 1, "operator": 2}
    anna, boris = people.operator("Анна"), people.operator("Борис")

    async def scenario() -> None:
        async with Staff(address=NAT) as one, Staff(address=NAT) as two, Staff(address=NAT) as three:
            assert await three.closed_with() == Close.FLOOD
            assert (await one.hello(anna.user))["type"] == "welcome"
            assert (await two.hello(boris.user))["type"] == "welcome"

    run(scenario)


def test_the_administrator_is_told_of_a_flood_once(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.OPEN_SOCKETS_PER_ADDRESS = {"customer": 2, "operator": 2}

    async def scenario() -> None:
        async with AsyncExitStack() as flood:
            for _socket in range(4):
                await flood.enter_async_context(Widget(address=NAT))

    run(scenario)
    told = [record.getMessage() for record in caplog.records if record.name == "apps.core.limits"]
    assert told == [f"too many sockets of {NAT}: more than 2 are refused"]


@pytest.mark.parametrize("surface", [Widget, Staff])
def test_a_silent_socket_is_closed_and_makes_room(
    surface: type[Socket], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sockets.HELLO_SECONDS == 10
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0.05)
    settings.OPEN_SOCKETS_PER_ADDRESS = {"customer": 1, "operator": 1}

    async def scenario() -> None:
        async with surface(address=NAT) as silent:
            assert await silent.closed_with() == Close.UNAUTHORISED
        async with surface(address=NAT) as next_one:
            # It was admitted: its own silence ends it, not the bound.
            assert await next_one.closed_with() == Close.UNAUTHORISED

    run(scenario)


# --- by visitor -----------------------------------------------------------------------------------------


@pytest.fixture
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Visitors may write so many messages a minute: 5 of a process's own account, 10 of the common one."""
    monkeypatch.setattr(pace, "FREE_PER_SECOND", 0.0)
    monkeypatch.setattr(pace, "FREE_AT_ONCE", 5)
    settings.MESSAGES_PER_VISITOR = 10
    return 15


async def written(channel: Channel, number: int, *, by: int) -> list[str]:
    """One visitor writes ``number`` messages by turns through several sockets; what was answered to each."""
    async with AsyncExitStack() as opened:
        screens = [await opened.enter_async_context(Widget()) for _socket in range(by)]
        token = (await screens[0].hello(channel))["token"]
        for screen in screens[1:]:
            await screen.hello(channel, token)
        answers = [await screens[turn % by].say(f"раз {turn}") for turn in range(number)]
    return [answer["type"] if answer["type"] == "ack" else answer["code"] for answer in answers]


def test_a_visitor_with_many_sockets_writes_no_faster_than_with_one(channel: Channel, slow: int) -> None:
    async def scenario() -> None:
        expected = ["ack"] * slow + ["rate_limited"] * (25 - slow)
        assert await written(channel, 25, by=1) == expected
        assert await written(channel, 25, by=6) == expected

    run(scenario)
    assert Message.objects.count() == 2 * slow


def test_sockets_in_other_processes_share_the_common_count(
    channel: Channel, slow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            answers = []
            for _process in range(2):
                monkeypatch.setattr(pace, "_visitors", Buckets())
                answers += [(await customer.say("раз"))["type"] for _message in range(15)]
            # Each process lends its five; the ten of the common count are there once.
            assert answers == ["ack"] * 15 + ["ack"] * 5 + ["error"] * 10

    run(scenario)


def test_what_was_refused_for_haste_is_kept_by_its_author_and_stored_once_later(
    channel: Channel, slow: int
) -> None:
    async def scenario() -> None:
        async with Widget() as hasty, Widget() as neighbour:
            await hasty.hello(channel)
            await neighbour.hello(channel)
            for _message in range(slow):
                await hasty.say("быстро")
            refused = await hasty.ask("send", client_id="the-hasty-one", text="последнее")
            assert (refused["type"], refused["code"]) == ("error", "rate_limited")
            assert refused["client_id"] == "the-hasty-one"
            assert refused["text"]
            assert (await neighbour.say("не спеша"))["type"] == "ack"
            cache.clear()  # a minute later
            for _repeat in range(2):
                answer = await hasty.ask("send", client_id="the-hasty-one", text="последнее")
                assert answer["type"] == "ack"

    run(scenario)
    assert Message.objects.filter(client_id="the-hasty-one").count() == 1
    assert Message.objects.count() == slow + 2


def test_an_honest_pace_never_asks_the_common_counter(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_words: object) -> bool:
        raise AssertionError("a round trip for an honest message")

    monkeypatch.setattr(pace, "allow", asked)

    async def scenario() -> None:
        assert set(await written(channel, 30, by=2)) == {"ack"}

    run(scenario)


# --- by channel -----------------------------------------------------------------------------------------


def test_a_flooded_channel_holds_its_writers_back_and_another_one_goes_on(
    channel: Channel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHANNEL_BURST_SECONDS", 4)
    settings.MESSAGES_PER_CHANNEL = 1
    other = organisation.channel()

    async def scenario() -> None:
        crowd = []
        for _visitor in range(6):
            async with Widget() as customer:
                await customer.hello(channel)
                crowd.append((await customer.say("все сразу")).get("code", "ack"))
        assert crowd == ["ack"] * 4 + ["rate_limited"] * 2
        async with Widget() as customer, Widget() as stranger:
            await customer.hello(channel)
            await stranger.hello(other)
            assert (await stranger.say("у нас тихо"))["type"] == "ack"
            sent = {"client_id": "waits-a-second", "text": "повтор"}
            assert (await customer.ask("send", **sent))["code"] == "rate_limited"
            await asyncio.sleep(1.05)
            assert (await customer.ask("send", **sent))["type"] == "ack"

    run(scenario)
    assert Message.objects.count() == 6


def test_a_flooding_visitor_takes_nothing_from_his_channel_by_what_was_refused(
    channel: Channel, slow: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHANNEL_BURST_SECONDS", 1)
    settings.MESSAGES_PER_CHANNEL = slow + 1

    async def scenario() -> None:
        assert (await written(channel, 35, by=1)).count("ack") == slow
        async with Widget() as neighbour:
            await neighbour.hello(channel)
            assert (await neighbour.say("моё место"))["type"] == "ack"

    run(scenario)
