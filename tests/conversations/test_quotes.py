"""What becomes of a customer's quote when the conversation it is of has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Message
from apps.core import clock
from apps.routing.services import handling
from tests.factories import organisation
from tests.sockets import Customer as Widget

pytestmark = pytest.mark.django_db(transaction=True)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    organisation.common_line()
    return organisation.channel()


def closed(number: int, *, ago: timedelta) -> None:
    conversation = Conversation.objects.get(pk=number)
    handling.close_by_customer(conversation.identity, number, now=clock.now())
    Conversation.objects.filter(pk=number).update(closed_at=clock.now() - ago)


def quotes() -> list[tuple[str, int | None]]:
    return list(Message.objects.filter(kind="text").order_by("pk").values_list("text", "reply_to"))


def test_words_that_begin_another_conversation_go_without_the_quote_and_their_author_is_told(
    channel: Channel,
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            first = await customer.say("Раз")
            await sync_to_async(closed)(first["conversation"], ago=timedelta(days=400))
            send = {
                "client_id": "client-0001",
                "text": "Два",
                "conversation": first["conversation"],
                "reply_to": first["message"],
            }
            answers = [await customer.ask("send", **send) for _time in range(2)]
            assert [answer["without_quote"] for answer in answers] == [True, True]
            assert answers[0]["conversation"] != first["conversation"]

    run(scenario)
    assert quotes() == [("Раз", None), ("Два", None)]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_quote_of_the_conversation_that_goes_on_or_opens_again_stays(
    channel: Channel, is_open: bool
) -> None:
    async def scenario() -> int:
        async with Widget() as customer:
            await customer.hello(channel)
            first = await customer.say("Раз")
            if not is_open:
                await sync_to_async(closed)(first["conversation"], ago=timedelta())
            place = {"conversation": first["conversation"], "reply_to": first["message"]}
            answer = await customer.say("Два", **place)
            assert (answer["without_quote"], answer["conversation"]) == (False, first["conversation"])
            return int(first["message"])

    quoted = async_to_sync(scenario)()
    assert quotes() == [("Раз", None), ("Два", quoted)]


def test_a_message_of_another_conversation_is_not_quoted_in_an_open_one(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            first = await customer.say("Раз")
            other = await customer.say("Другое", new_topic=True)
            answer = await customer.say("Два", conversation=other["conversation"], reply_to=first["message"])
            assert (answer["type"], answer["code"]) == ("error", "invalid")

    run(scenario)
    assert quotes() == [("Раз", None), ("Другое", None)]
