"""A repeat of what was stored but never shown (its process died in between) is shown then, and stored once."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.conversations.models import Message
from apps.conversations.services import inbound, outbound
from apps.core import clock
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("text", ["Где карта?", "номер 1234 5678"])
def test_both_sides_see_what_was_committed_but_not_told(text: str) -> None:
    channel = organisation.channel()
    anna = people.operator("Анна", lines=(organisation.common_line(),))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as operator:
            await customer.hello(channel)
            await operator.hello(anna.user)
            number = (await customer.say("Здравствуйте"))["conversation"]
            await sync_to_async(placement.route)(number, now=clock.now())
            sight = await sync_to_async(people.sight)(anna)
            await sync_to_async(handling.accept)(sight, number, now=clock.now())
            await operator.ask("open", conversation=number)
            message = await Message.objects.select_related("identity").afirst()
            # The process that stored these was killed before it could say so.
            await sync_to_async(inbound.send_text)(
                message.identity, conversation_id=number, text=text, client_id="untold-c-1", now=clock.now()
            )
            await sync_to_async(outbound.send_text)(
                anna.pk, conversation_id=number, text=text, client_id="untold-o-1", now=clock.now()
            )
            assert (await customer.ask("send", client_id="untold-c-1", text=text, conversation=number))[
                "type"
            ] == "ack"
            assert (await operator.ask("send", client_id="untold-o-1", text=text, conversation=number))[
                "type"
            ] == "ack"
            for socket, author in ((operator, "customer"), (customer, "operator")):
                shown = await socket.wait_for(
                    lambda f, author=author: (
                        f["type"] == "message"
                        and f["message"]["author"]["kind"] == author
                        and f["message"]["client_id"].startswith("untold")
                    )
                )
                assert shown["message"]["text"] == text

    async_to_sync(scenario)()
    assert Message.objects.filter(client_id__startswith="untold").count() == 2
