"""A visitor comes back on another page, and on another site: what his hello tells the staff, what it opens (A4)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.channels.models import Channel, Visitor
from apps.channels.services import visitors
from apps.conversations.models import Conversation, Message
from apps.core.sockets import Close
from apps.routing.services import handling
from tests.factories import organisation, people
from tests.sockets import Customer as Widget

CARDS, LOANS = "https://www.bank.example/cards", "https://www.bank.example/loans"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    organisation.common_line()
    return organisation.channel()


def pages() -> list[dict[str, Any]]:
    lines = Message.objects.filter(code="page").order_by("pk")
    assert all(line.staff_only for line in lines)
    return [line.params for line in lines]


# --- pages ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_hello_on_another_page_tells_the_staff_once_and_the_customer_never(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as first, Widget() as second, Widget() as third:
            token = (await first.hello(channel, page_url=CARDS, page_title="Карты"))["token"]
            number = (await first.say("Вопрос"))["conversation"]
            welcome = await second.hello(channel, token, page_url=LOANS, page_title="Кредиты")
            assert [message["text"] for message in welcome["messages"]] == ["Вопрос"]
            assert (await first.wait_for("rev"))["conversation"] == number
            await third.hello(channel, token, page_url=LOANS, page_title="Кредиты")
            caught = await third.ask("catch_up", conversation=number, after_rev=0)
            assert [message["kind"] for message in caught["messages"]] == ["text"]
            for socket in (first, second, third):
                assert await socket.wire.receive_nothing(timeout=0.2)
                assert "loans" not in str(socket.heard)

    run(scenario)
    assert pages() == [{"url": LOANS, "title": "Кредиты"}]
    assert Visitor.objects.get().page_url == LOANS


@pytest.mark.django_db(transaction=True)
def test_a_reconnection_of_an_older_tab_is_no_move(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as first:
            token = (await first.hello(channel, page_url=CARDS))["token"]
            await first.say("Вопрос")
        for page, again in ((LOANS, False), (CARDS, True), (LOANS, True), (LOANS, False)):
            async with Widget() as tab:
                await tab.hello(channel, token, page_url=page, again=again)

    run(scenario)
    assert pages() == [{"url": LOANS, "title": ""}]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["", CARDS])
def test_no_page_and_the_same_page_are_no_move(channel: Channel, page: str) -> None:
    async def scenario() -> None:
        async with Widget() as first:
            token = (await first.hello(channel, page_url=CARDS))["token"]
            await first.say("Вопрос")
        async with Widget() as second:
            await second.hello(channel, token, page_url=page)

    run(scenario)
    assert pages() == []


@pytest.mark.django_db(transaction=True)
def test_pages_of_one_without_an_open_conversation_are_nobody_s_business(channel: Channel) -> None:
    anna = people.operator(lines=(organisation.common_line(),))

    async def scenario(token: str | None, page: str) -> str:
        async with Widget() as visitor:
            welcome = await visitor.hello(channel, token, page_url=page)
            if token is None:
                await visitor.say("Вопрос")
            return str(welcome["token"])

    token = async_to_sync(scenario)(None, CARDS)
    Conversation.objects.update(state="assigned", holder=anna.pk)
    handling.close(people.sight(anna), Conversation.objects.get().pk, now=people.NOW)
    async_to_sync(scenario)(token, LOANS)
    assert pages() == []


# --- sites ----------------------------------------------------------------------------------------------


async def refused(channel: Channel, token: str, page: str) -> int:
    async with Widget() as socket:
        hello = {"type": "hello", "key": channel.public_key, "token": token, "page_url": page}
        await socket.wire.send_to(text_data=json.dumps(hello))
        return await socket.closed_with()


@pytest.mark.django_db(transaction=True)
def test_a_token_of_one_site_is_unknown_on_another_one_of_the_same_channel(channel: Channel) -> None:
    channel.allowed_sites = ["https://www.bank.example", "https://insurance.example"]
    channel.save()

    async def scenario() -> None:
        async with Widget() as first:
            token = (await first.hello(channel, page_url=CARDS))["token"]
            await first.say("секрет")
        there = "https://insurance.example/"
        assert await refused(channel, token, there) == Close.UNAUTHORISED
        assert await refused(channel, "no such token", there) == Close.UNAUTHORISED
        async with Widget() as back:
            assert (await back.hello(channel, token, page_url=CARDS))["messages"][0]["text"] == "секрет"

    run(scenario)
    visitor = Visitor.objects.get()
    assert (visitor.site, visitor.page_url) == ("https://www.bank.example", CARDS)
    assert pages() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CARDS, "https://bank.example/"),
        (CARDS, "https://online.bank.example:8443/login"),
        (CARDS, "http://bank.example/"),
        ("", CARDS),
        (CARDS, ""),
        ("bankapp://cards/12", "bankapp://loans"),
        ("http://10.0.0.1:8000/", "http://10.0.0.1:8001/"),
        ("http://intranet/", "http://intranet/chat"),
    ],
)
def test_hosts_of_one_site_and_apps_keep_their_visitor(channel: Channel, first: str, second: str) -> None:
    async def scenario() -> None:
        async with Widget() as one:
            token = (await one.hello(channel, page_url=first))["token"]
            await one.say("Вопрос")
        async with Widget() as two:
            assert (await two.hello(channel, token, page_url=second))["who"]["known"] is True

    run(scenario)


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://www.bank.example", "bank.example"),
        ("https://Bank.Example.:443/a?b#c", "bank.example"),
        ("http://localhost:8000/", "localhost"),
        ("http://10.0.0.1/", "10.0.0.1"),
        ("http://[::1]:8000/", "::1"),
        ("bankapp://cards", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_home_is_the_domain_by_which_browsers_divide_their_storage(url: str, home: str) -> None:
    assert visitors.home_of(url) == home
