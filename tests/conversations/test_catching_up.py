"""A long gap is closed piece by piece, and nothing falls between the pieces."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.conversations import selectors
from apps.conversations.models import Message
from apps.conversations.services import changes
from apps.core import clock
from tests.factories import organisation, people
from tests.sockets import Customer, Socket, Staff

pytestmark = pytest.mark.django_db(transaction=True)


async def caught_up(socket: Socket, number: int, after: int) -> list[dict[str, Any]]:
    """The answers to a gap, asked for until there is no more."""
    answers = []
    while not answers or answers[-1]["more"]:
        answers.append(await socket.ask("catch_up", conversation=number, after_rev=after))
        after = answers[-1]["upto"]
    return answers


def change_the_first(number: int) -> None:
    first = Message.objects.filter(conversation=number, author_kind="customer").earliest("seq")
    changes.change_own(first.identity, first.pk, text="изменено", now=clock.now())


@pytest.mark.parametrize("side", ["customer", "operator"])
def test_pieces_join_without_a_hole_also_when_an_early_message_was_changed_last(
    side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "CAUGHT_AT_ONCE", 2)
    line, channel = organisation.common_line(), organisation.channel()
    anna = people.operator("Анна", lines=(line,))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as operator:
            await customer.hello(channel)
            number = (await customer.say("слово 0"))["conversation"]
            for word in range(1, 5):
                last = await customer.say(f"слово {word}", conversation=number)
            await sync_to_async(change_the_first)(number)
            await operator.hello(anna.user)
            answers = await caught_up({"customer": customer, "operator": operator}[side], number, 0)
            words = [m["text"] for answer in answers for m in answer["messages"] if m["kind"] == "text"]
            assert sorted(words) == ["изменено", "слово 1", "слово 2", "слово 3", "слово 4"]
            assert len(answers) > 2
            assert answers[-1]["upto"] > last["rev"]
            assert all(len(answer["messages"]) <= 2 for answer in answers)

    async_to_sync(scenario)()
