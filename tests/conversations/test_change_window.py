"""An own message may be edited and deleted within a set time: after it, and after the closing, it stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Message, MessageVersion
from apps.conversations.services import changes
from apps.conversations.services.changes import TooLate
from apps.core import clock
from apps.core.models import Event
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)

MINUTES = 7


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(edit_minutes=MINUTES)


@pytest.fixture
def anna() -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


def stored() -> list[Any]:
    """Everything that a change would write."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Conversation, Message, MessageVersion)  # type: ignore[list-item]  # models of one kind
    ] + [list(Event.objects.filter(kind="message.changed").values())]


def aged(message: int, *, seconds: int) -> None:
    """Let a message have been written so long ago."""
    Message.objects.filter(pk=message).update(at=clock.now() - timedelta(seconds=seconds))


def begun(number: int, holder: Operator) -> None:
    placement.route(number, now=clock.now())
    handling.accept(people.sight(holder), number, now=clock.now())


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


# --- the customer ---------------------------------------------------------------------------------------


async def both_refused(socket: Customer | Staff, message: int) -> None:
    """Edit and deletion are refused as too late, and nothing is written."""
    before = await sync_to_async(stored)()
    for kind, fields in (("edit", {"text": "иначе"}), ("delete", {})):
        answer = await socket.ask(kind, message=message, **fields)
        assert (answer["type"], answer.get("code")) == ("error", "too_late"), (kind, answer)
    assert await sync_to_async(stored)() == before


def test_a_customer_changes_his_message_until_the_time_of_the_channel_is_over(channel: Channel) -> None:
    async def scenario() -> None:
        async with Customer() as customer:
            welcome = await customer.hello(channel)
            assert welcome["limits"]["edit_seconds"] == MINUTES * 60
            first, second = [(await customer.say(text))["message"] for text in ("раз", "два")]
            for message in (first, second):
                await sync_to_async(aged)(message, seconds=MINUTES * 60 - 5)
            assert (await customer.ask("edit", message=first, text="один"))["type"] == "done"
            assert (await customer.ask("delete", message=second))["type"] == "done"
            await sync_to_async(aged)(first, seconds=MINUTES * 60 + 1)
            await both_refused(customer, first)

    played(scenario)
    assert [(each.text, each.deleted_at is None) for each in Message.objects.order_by("seq")] == [
        ("один", True),
        ("два", False),
    ]


def test_a_customer_changes_nothing_in_a_closed_conversation(channel: Channel, anna: Operator) -> None:
    async def scenario() -> None:
        async with Customer() as customer:
            await customer.hello(channel)
            ack = await customer.say("раз")
            await sync_to_async(begun)(ack["conversation"], anna)
            assert (await customer.ask("close", conversation=ack["conversation"]))["type"] == "done"
            await both_refused(customer, ack["message"])

    played(scenario)


def test_zero_minutes_forbid_it_at_once() -> None:
    strict = organisation.channel(edit_minutes=0)

    async def scenario() -> None:
        async with Customer() as customer:
            await customer.hello(strict)
            message = (await customer.say("раз"))["message"]
            await sync_to_async(aged)(message, seconds=1)
            await both_refused(customer, message)

    played(scenario)


@pytest.mark.parametrize(("late", "is_refused"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_the_last_moment_is_still_in_time(channel: Channel, late: timedelta, is_refused: bool) -> None:
    conversation = dialogues.conversation("раз", by=dialogues.identity(channel))
    moment: datetime = NOW + timedelta(minutes=MINUTES) + late
    message = conversation.messages.get(seq=1)
    before = stored()

    def change() -> Message:
        return changes.change_own(conversation.identity, message.pk, text="один", now=moment)

    if is_refused:
        with pytest.raises(TooLate):
            change()
        assert stored() == before
    else:
        assert change().text == "один"


def test_an_edited_message_gets_no_new_time(channel: Channel) -> None:
    """The time runs from the sending, not from the last edit."""
    conversation = dialogues.conversation("раз", by=dialogues.identity(channel))
    message = conversation.messages.get(seq=1)
    in_time, late = NOW + timedelta(minutes=MINUTES), NOW + timedelta(minutes=MINUTES, seconds=1)
    changes.change_own(conversation.identity, message.pk, text="один", now=in_time)
    with pytest.raises(TooLate):
        changes.change_own(conversation.identity, message.pk, text="снова", now=late)
    assert Message.objects.get(pk=message.pk).text == "один"


# --- the operator ---------------------------------------------------------------------------------------


def test_an_operator_changes_his_answer_as_long_as_he_holds_the_conversation(
    channel: Channel, anna: Operator
) -> None:
    """No minutes are set for staff: the end is the end of holding, here by closing."""

    async def scenario() -> None:
        async with Customer() as customer, Staff() as screen:
            await customer.hello(channel)
            number = (await customer.say("раз"))["conversation"]
            await sync_to_async(begun)(number, anna)
            await screen.hello(anna.user)
            answer = (await screen.say(number, "ответ"))["message"]
            await sync_to_async(aged)(answer, seconds=MINUTES * 60 + 60)
            assert (await screen.ask("edit", message=answer, text="верный ответ"))["type"] == "done"
            shown = await customer.wait_for(
                lambda frame: frame["type"] == "message" and frame["message"]["edited_at"] is not None
            )
            assert (shown["message"]["id"], shown["message"]["text"]) == (answer, "верный ответ")
            assert (await screen.ask("close", conversation=number))["type"] == "handled"
            await both_refused(screen, answer)

    played(scenario)


def test_an_operator_changes_nothing_that_he_has_passed_on(channel: Channel, anna: Operator) -> None:
    boris = people.operator("Борис", lines=(organisation.common_line(),))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as screen:
            await customer.hello(channel)
            number = (await customer.say("раз"))["conversation"]
            await sync_to_async(begun)(number, anna)
            await screen.hello(anna.user)
            answer = (await screen.say(number, "ответ"))["message"]
            passed = await screen.ask("transfer", conversation=number, operator=boris.pk)
            assert passed["type"] == "handled", passed
            await both_refused(screen, answer)

    played(scenario)


def test_neither_side_changes_what_the_other_wrote(channel: Channel, anna: Operator) -> None:
    async def scenario() -> None:
        async with Customer() as customer, Staff() as screen:
            await customer.hello(channel)
            said = await customer.say("раз")
            await sync_to_async(begun)(said["conversation"], anna)
            await screen.hello(anna.user)
            answer = (await screen.say(said["conversation"], "ответ"))["message"]
            before = await sync_to_async(stored)()
            for socket, message in ((screen, said["message"]), (customer, answer)):
                for kind, fields in (("edit", {"text": "иначе"}), ("delete", {})):
                    refused = await socket.ask(kind, message=message, **fields)
                    assert refused["code"] == "not_found", (kind, refused)
            assert await sync_to_async(stored)() == before

    played(scenario)
