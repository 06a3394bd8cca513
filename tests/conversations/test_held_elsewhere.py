"""Who was given a conversation of a line he does not watch hears of it all the same, and once."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.core import clock
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)


def give(giver: Operator, number: int, to: Operator) -> None:
    placement.route(number, now=clock.now())
    handling.accept(people.sight(giver), number, now=clock.now())
    handling.transfer_to_operator(people.sight(giver), number, to.pk, comment="", now=clock.now())


def test_the_row_of_a_conversation_held_outside_ones_lines_follows_the_customer() -> None:
    line, other = organisation.common_line(), organisation.line("Other")
    channel = organisation.channel()
    anna, boris = people.operator("Анна", lines=(line,)), people.operator("Борис", lines=(other,))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as holder, Staff() as stranger:
            await customer.hello(channel)
            number = (await customer.say("первое"))["conversation"]
            await holder.hello(boris.user)
            await stranger.hello(anna.user)
            await sync_to_async(give)(anna, number, boris)
            ack = await customer.say("второе", conversation=number)
            told = (await holder.wait_for(lambda f: f["type"] == "held" and f["row"]["rev"] == ack["rev"]))[
                "row"
            ]
            assert (told["id"], told["preview"], told["unread"] > 0) == (number, "второе", True)
            await holder.ask("open", conversation=number)
            await holder.ask("read", conversation=number, seq=ack["seq"])
            read = await holder.wait_for(lambda f: f["type"] == "held" and f["row"]["unread"] == 0)
            assert read["row"]["id"] == number
            await stranger.ask("ping")
            assert not [frame for frame in stranger.heard if frame["type"] == "held"]

    async_to_sync(scenario)()


def test_what_a_line_brings_is_not_told_twice() -> None:
    line, channel = organisation.common_line(), organisation.channel()
    anna = people.operator("Анна", lines=(line,))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as holder:
            await customer.hello(channel)
            number = (await customer.say("первое"))["conversation"]
            await holder.hello(anna.user)
            await sync_to_async(placement.route)(number, now=clock.now())
            await holder.ask("accept", conversation=number)
            ack = await customer.say("второе", conversation=number)
            await holder.wait_for(
                lambda f: f["type"] == "line" and any(row["rev"] == ack["rev"] for row in f["rows"])
            )
            assert not [frame for frame in holder.heard if frame["type"] == "held"]

    async_to_sync(scenario)()
