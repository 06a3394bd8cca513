"""Chats that are open while the bank changes what they show: within five seconds they show it, others stay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client
from django.urls import reverse

from apps.channels.models import Channel
from apps.core.models import Brand, Event
from apps.core.sockets import Close
from apps.operators.models import Calendar, Queue
from apps.routing.models import ChannelLine, Department
from tests.channels.test_admin import address, form
from tests.factories import organisation, people, roles
from tests.operators.test_admin_reach import page, queue_form
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 5


@pytest.fixture
def client() -> Client:
    return roles.browser(roles.staff("administrator"))


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(text_limit=4000)


def played(scenario: Callable[[], Awaitable[Any]]) -> Any:
    return async_to_sync(scenario)()


async def follows(chat: Customer, channel: Channel, token: str, change: Callable[[], Any]) -> dict[str, Any]:
    """What an open chat is welcomed with after a change, which it must have heard of in time."""
    async with asyncio.timeout(SECONDS - 1):  # a second is left for the client's own pause
        await sync_to_async(change)()
        assert await chat.closed_with() == Close.RESYNC
        async with Customer() as again:
            return await again.hello(channel, token)


async def knock(chat: Customer, channel: Channel, token: str | None = None) -> None:
    """Say hello without waiting for an answer."""
    await chat.wire.send_to(
        text_data=json.dumps({"type": "hello", "key": channel.public_key, "token": token})
    )


async def stays(chat: Customer) -> bool:
    """Whether a chat is left alone for longer than a call would take."""
    return bool(await chat.wire.receive_nothing(timeout=2.5)) and (await chat.ask("ping"))["type"] == "pong"


def changes(client: Client, channel: Channel, **values: object) -> Callable[[], Any]:
    def save() -> None:
        assert client.post(address(channel), form(channel, **values)).status_code == 302

    return save


@pytest.mark.parametrize("limit", [100, 9000])
def test_a_chat_that_was_open_keeps_the_new_limit_and_other_channels_stay(
    client: Client, channel: Channel, limit: int
) -> None:
    other = organisation.channel()

    async def scenario() -> tuple[dict[str, Any], list[str], bool]:
        async with Customer() as chat, Customer() as stranger:
            token = (await chat.hello(channel))["token"]
            await stranger.hello(other)
            save = changes(client, channel, text_limit=limit, greeting_ru="Добрый день")
            welcome = await follows(chat, channel, token, save)
            async with Customer() as again:
                await again.hello(channel, token)
                said = [(await again.say("д" * number)).get("code", "ack") for number in (limit, limit + 1)]
            return welcome, said, await stays(stranger)

    welcome, said, is_left_alone = played(scenario)
    assert (welcome["limits"]["text"], welcome["look"]["greeting"]) == (limit, "Добрый день")
    assert said == ["ack", "too_long"]
    assert is_left_alone


def test_a_change_during_the_hello_counts(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is read after the socket listens, or a change between the two would be missed."""
    from apps.channels import consumers

    opened = consumers.open_session

    def overtaken(*args: Any) -> Any:
        session = opened(*args)
        Channel.objects.update(text_limit=100)
        return session

    monkeypatch.setattr(consumers, "open_session", overtaken)

    async def scenario() -> tuple[int, str]:
        async with Customer() as chat:
            welcome = await chat.hello(channel)
            return welcome["limits"]["text"], (await chat.say("д" * 101))["code"]

    assert played(scenario) == (100, "too_long")


def test_a_channel_switched_off_closes_its_chats_and_costs_nobody_his_token(
    client: Client, channel: Channel
) -> None:
    async def scenario() -> tuple[list[int], str]:
        async with Customer() as chat:
            token = (await chat.hello(channel))["token"]
            await chat.say("Здравствуйте")
            chat.heard.clear()
            await sync_to_async(changes(client, channel, is_active=""))()
            codes = [await asyncio.wait_for(chat.closed_with(), SECONDS - 1)]
            async with Customer() as again:
                await knock(again, channel, token)
                codes.append(await again.closed_with())
            await sync_to_async(changes(client, channel))()
            async with Customer() as back:
                welcome = await back.hello(channel, token)
                return codes, next(each["text"] for each in welcome["messages"])

    assert played(scenario) == ([Close.RESYNC, Close.FORBIDDEN_SITE], "Здравствуйте")


def test_a_channel_switched_off_during_the_hello_is_not_entered(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.channels import consumers

    opened = consumers.open_session

    def overtaken(*args: Any) -> Any:
        session = opened(*args)
        Channel.objects.update(is_active=False)
        return session

    monkeypatch.setattr(consumers, "open_session", overtaken)

    async def scenario() -> int:
        async with Customer() as chat:
            await knock(chat, channel)
            return await chat.closed_with()

    assert played(scenario) == Close.FORBIDDEN_SITE


def test_what_no_chat_shows_disturbs_nobody(client: Client, channel: Channel) -> None:
    async def scenario() -> bool:
        async with Customer() as chat:
            await chat.hello(channel)
            await sync_to_async(changes(client, channel, name="Another name", visitor_days=30))()
            return await stays(chat)

    assert played(scenario)
    changed = Event.objects.get(kind="channel.changed")
    assert changed.details == {"channel": channel.pk, "fields": ["name", "visitor_days"]}


def test_departments_and_the_line_of_a_channel_reach_its_chats(client: Client, channel: Channel) -> None:
    cards = organisation.line("Cards", public_name_ru="Карты")
    offered = {"departments-TOTAL_FORMS": 1, "departments-0-queue": cards.pk, "departments-0-position": 1}
    led = {"line-TOTAL_FORMS": 1, "line-0-queue": cards.pk}

    async def scenario() -> list[str]:
        async with Customer() as chat, Customer() as second:
            token = (await chat.hello(channel))["token"]
            welcome = await follows(chat, channel, token, changes(client, channel, **offered))
            await second.hello(channel, token)
            await sync_to_async(Department.objects.all().delete)()
            await follows(second, channel, token, changes(client, channel, **led))
            return [each["name"] for each in welcome["departments"]]

    assert played(scenario) == ["Карты"]
    assert ChannelLine.objects.get().queue == cards


# --- lines and the bank's look --------------------------------------------------------------------------


def test_a_lines_new_name_reaches_the_chats_that_offer_it_and_no_others(
    client: Client, channel: Channel
) -> None:
    cards = organisation.line("Cards", public_name_ru="Карты")
    Department.objects.create(channel=channel, queue=cards)
    other = organisation.channel()

    def rename() -> None:
        answer = client.post(page("queue_change", cards.pk), queue_form(cards, public_name_ru="Ваши карты"))
        assert answer.status_code == 302

    async def scenario() -> tuple[list[str], bool]:
        async with Customer() as chat, Customer() as stranger:
            token = (await chat.hello(channel))["token"]
            await stranger.hello(other)
            welcome = await follows(chat, channel, token, rename)
            return [each["name"] for each in welcome["departments"]], await stays(stranger)

    assert played(scenario) == (["Ваши карты"], True)


def test_edited_hours_reach_the_chats_of_the_common_line(client: Client, channel: Channel) -> None:
    calendar = Calendar.objects.create(name="Days")
    Queue.objects.filter(is_default=True).update(calendar=calendar)
    elsewhere = organisation.channel()
    ChannelLine.objects.create(channel=elsewhere, queue=organisation.line())
    whole_week = {
        f"intervals-{day}-{name}": value
        for day in range(7)
        for name, value in (("weekday", day), ("opens", "00:00"), ("closes", "00:00"))
    }
    counts = {"intervals-TOTAL_FORMS": 7, "intervals-INITIAL_FORMS": 0}
    exceptions = {"exceptions-TOTAL_FORMS": 0, "exceptions-INITIAL_FORMS": 0}
    hours = {"name": "Days", "time_zone": "Europe/Moscow", **counts, **exceptions, **whole_week}

    def edit() -> None:
        assert client.post(page("calendar_change", calendar.pk), hours).status_code == 302

    async def scenario() -> tuple[bool, bool, bool]:
        async with Customer() as chat, Customer() as stranger:
            before = await chat.hello(channel)
            await stranger.hello(elsewhere)
            after = await follows(chat, channel, before["token"], edit)
            return before["open"], after["open"], await stays(stranger)

    assert played(scenario) == (False, True, True)


def test_a_members_coming_disturbs_no_chat(client: Client, channel: Channel) -> None:
    line = Queue.objects.get(is_default=True)
    anna = people.operator("Анна")
    joins = {"memberships-TOTAL_FORMS": 1, "memberships-0-operator": anna.pk, "is_default": "on"}

    def join() -> None:
        answer = client.post(page("queue_change", line.pk), queue_form(line, **joins))
        assert answer.status_code == 302
        assert line.memberships.count() == 1

    async def scenario() -> bool:
        async with Customer() as chat:
            await chat.hello(channel)
            await sync_to_async(join)()
            return await stays(chat)

    assert played(scenario)


def test_the_banks_new_look_reaches_open_chats_and_workspaces(client: Client, channel: Channel) -> None:
    Brand.objects.update_or_create(pk=1, defaults={"name": "Old", "accent": "#0c5a4b"})
    anna = people.operator("Анна").user

    def repaint() -> None:
        look = {"name": "Meridian", "accent": "#123456"}
        assert client.post(reverse("admin:core_brand_change", args=[1]), look).status_code == 302

    async def scenario() -> tuple[dict[str, Any], str, dict[str, Any]]:
        async with Customer() as chat, Staff() as screen:
            token = (await chat.hello(channel))["token"]
            await screen.hello(anna)
            welcome = await follows(chat, channel, token, repaint)
            told = (await screen.wait_for("catalogue_changed"))["what"]
            return welcome["look"], told, (await screen.ask("catalogue"))["brand"]

    look, told, brand = played(scenario)
    assert (look["bank"], look["title"], look["accent"]) == ("Meridian", "Meridian", "#123456")
    assert (told, brand) == ("brand", {"name": "Meridian", "colour": "#123456", "logo": None})
