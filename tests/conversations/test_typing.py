"""Who is shown that somebody writes: each side the other, and the customer nobody but who holds his conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core import clock
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer, Socket, Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


@pytest.fixture
def anna() -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


@pytest.fixture
def boris() -> Operator:
    return people.operator("Борис", lines=(organisation.common_line(),))


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


async def begun(customer: Customer, channel: Channel, holder: Operator) -> int:
    """A conversation of this customer that ``holder`` has accepted."""
    await customer.hello(channel)
    number = (await customer.say("Где карта?"))["conversation"]

    def accept() -> None:
        placement.route(number, now=clock.now())
        handling.accept(people.sight(holder), number, now=clock.now())

    await sync_to_async(accept)()
    return int(number)


async def opened(screen: Staff, someone: Operator, number: int) -> None:
    await screen.hello(someone.user)
    assert (await screen.ask("open", conversation=number))["type"] == "opened"


async def typing_heard(socket: Socket) -> list[tuple[str, int | None, str]]:
    """Who was shown writing so far, beginning with what is on its way."""
    await socket.wire.receive_nothing(timeout=0.3)
    await socket.ask("ping")
    authors = [frame["author"] for frame in socket.heard if frame["type"] == "typing"]
    socket.heard.clear()
    return [(each["kind"], each["id"], each["name"]) for each in authors]


def test_each_side_sees_the_other_write(channel: Channel, anna: Operator) -> None:
    async def scenario() -> None:
        async with Customer() as customer, Staff() as screen:
            number = await begun(customer, channel, anna)
            await opened(screen, anna, number)
            assert (await customer.ask("typing", conversation=number))["type"] == "done"
            assert await typing_heard(screen) == [("customer", None, "")]
            assert await typing_heard(customer) == []
            assert (await screen.ask("typing", conversation=number))["type"] == "done"
            assert await typing_heard(customer) == [("operator", anna.pk, "Анна")]

    played(scenario)
    assert Conversation.objects.get().messages.filter(kind="text").count() == 1


def test_a_colleague_who_does_not_hold_it_is_shown_to_the_holder_and_not_to_the_customer(
    channel: Channel, anna: Operator, boris: Operator
) -> None:
    async def scenario() -> None:
        async with Customer() as customer, Staff() as hers, Staff() as his:
            number = await begun(customer, channel, anna)
            await opened(hers, anna, number)
            await opened(his, boris, number)
            assert (await his.ask("typing", conversation=number))["type"] == "done"
            assert await typing_heard(hers) == [("operator", boris.pk, "Борис")]
            assert await typing_heard(customer) == []

    played(scenario)


def test_the_former_holder_is_not_shown_to_the_customer_any_more(
    channel: Channel, anna: Operator, boris: Operator
) -> None:
    async def scenario() -> None:
        async with Customer() as customer, Staff() as hers:
            number = await begun(customer, channel, anna)
            await opened(hers, anna, number)
            await hers.ask("typing", conversation=number)
            assert await typing_heard(customer) == [("operator", anna.pk, "Анна")]
            passed = await hers.ask("transfer", conversation=number, operator=boris.pk)
            assert passed["type"] == "handled", passed
            assert (await hers.ask("typing", conversation=number))["type"] == "done"
            assert await typing_heard(customer) == []

    played(scenario)


def test_a_note_that_is_written_is_shown_to_colleagues_alone(
    channel: Channel, anna: Operator, boris: Operator
) -> None:
    async def scenario() -> None:
        async with Customer() as customer, Staff() as hers, Staff() as his:
            number = await begun(customer, channel, anna)
            await opened(hers, anna, number)
            await opened(his, boris, number)
            await typing_heard(customer)
            assert (await hers.ask("typing", conversation=number, note=True))["type"] == "done"
            await hers.ask("draft", conversation=number, text="он сердит", note=True)
            assert await typing_heard(his) == [("operator", anna.pk, "Анна")]
            assert await typing_heard(customer) == []

    played(scenario)


def test_neither_side_is_shown_writing_where_it_has_no_conversation(channel: Channel, anna: Operator) -> None:
    stranger = people.operator("Чужой", lines=(organisation.line(),))

    async def scenario() -> None:
        async with Customer() as customer, Customer() as other, Staff() as hers, Staff() as his:
            number = await begun(customer, channel, anna)
            await opened(hers, anna, number)
            await other.hello(channel)
            await his.hello(stranger.user)
            for socket in (other, his):
                assert (await socket.ask("typing", conversation=number))["code"] == "not_found"
            assert await typing_heard(hers) == []
            assert await typing_heard(customer) == []

    played(scenario)
