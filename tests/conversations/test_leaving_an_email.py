"""A customer leaves his e-mail in the chat: what he is told of it, and what nobody else is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel
from apps.conversations.frames import customer as frames
from apps.conversations.models import Conversation, Customer, GivenEmail, Identity, Letter
from apps.conversations.services import people
from apps.core import clock
from apps.core.actors import SYSTEM
from tests.factories import letters, organisation
from tests.factories.letters import EMAIL, answer, at, chat, look, passes
from tests.sockets import Customer as Widget
from tests.sockets import Staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("settled_at_once")]

NOTHING = {"offered": True, "to": "", "own": False}
HIS = {"offered": True, "to": "i•••@mail.example", "own": True}
HIDDEN = {"offered": True, "to": "•••", "own": False}


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


def vouch() -> None:
    people.describe(Customer.objects.get().pk, actor=SYSTEM, now=clock.now(), email="sure@bank.example")


def test_he_leaves_it_changes_it_and_takes_it_back(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            welcome = await customer.hello(channel)
            assert welcome["letters"] == NOTHING
            assert (await customer.ask("leave_email", email=EMAIL))["code"] == "not_found"
            await customer.say("Where is my card?")
            assert (await customer.ask("leave_email", email="nobody"))["code"] == "wrong_email"
            assert (await customer.ask("leave_email", email=f" {EMAIL} "))["letters"] == HIS
            assert (await customer.ask("leave_email", email="anna@mail.example"))["letters"]["to"] == (
                "a•••@mail.example"
            )
            async with Widget() as again:
                assert (await again.hello(channel, welcome["token"]))["letters"]["own"]
            assert (await customer.ask("leave_email", email=""))["letters"] == NOTHING

    run(scenario)
    assert not GivenEmail.objects.exists()
    assert Customer.objects.get().email == "", "what is left for letters is no contact that the bank keeps"


def test_what_the_bank_knows_is_not_told_to_who_may_be_another(channel: Channel) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            token = (await customer.hello(channel))["token"]
            await customer.say("Where is my card?")
        await sync_to_async(vouch)()
        async with Widget() as customer:
            assert (await customer.hello(channel, token))["letters"] == HIDDEN
        await sync_to_async(Identity.objects.update)(verification="signed")
        async with Widget() as customer:
            told = (await customer.hello(channel, token))["letters"]
            assert told == {"offered": True, "to": "s•••@bank.example", "own": False}

    run(scenario)


@pytest.mark.parametrize(("email", "kept"), [(EMAIL, [EMAIL]), ("not an address", []), ("", [])])
def test_the_form_before_the_chat_leaves_it_too_and_refuses_nothing(
    channel: Channel, email: str, kept: list[str]
) -> None:
    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            assert (await customer.say("Hello", form={"email": email}))["type"] == "ack"

    run(scenario)
    assert list(GivenEmail.objects.values_list("email", flat=True)) == kept
    assert not Customer.objects.get().email_vouched


def test_a_channel_without_letters_offers_none(channel: Channel) -> None:
    Channel.objects.update(sends_letters=False)

    async def scenario() -> None:
        async with Widget() as customer:
            assert (await customer.hello(channel))["letters"] == {"offered": False, "to": "", "own": False}

    run(scenario)


def test_addresses_are_not_tried_out_by_the_dozen(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "EMAILS_OF_ONE", 2)

    async def scenario() -> None:
        async with Widget() as customer:
            await customer.hello(channel)
            await customer.say("Hello")
            said = [await customer.ask("leave_email", email=f"c{each}@mail.example") for each in range(3)]
            assert [each.get("code") for each in said] == [None, None, "rate_limited"]

    run(scenario)
    assert GivenEmail.objects.get().email == "c1@mail.example"


def test_the_thread_tells_the_staff_where_it_went_and_him_only_what_he_left(channel: Channel) -> None:
    conversation = chat(channel=channel)
    answer(conversation)
    passes(150)
    line = {"letter": Letter.objects.get().pk, "to": "i•••@mail.example", "shown": "i•••@mail.example"}
    holder = Conversation.objects.get().holder
    assert holder is not None

    async def scenario() -> None:
        async with Staff() as socket:
            await socket.hello(holder)
            opened = await socket.ask("open", conversation=conversation.pk)
            assert [each["params"] for each in opened["messages"] if each["code"] == "letter_sent"] == [line]

    run(scenario)


def test_the_holder_sends_a_lost_letter_again_from_the_thread(channel: Channel) -> None:
    conversation = chat(channel=channel)
    answer(conversation)
    look(0)
    look(150)
    Letter.objects.update(state="uncertain", begun_at=at(150), upto_seq=99)
    holder = Conversation.objects.get().holder
    assert holder is not None
    answers: list[dict[str, Any]] = []

    async def scenario() -> None:
        async with Staff() as socket:
            await socket.hello(holder)
            number = await sync_to_async(lambda: Letter.objects.get().pk)()
            answers.append(await socket.ask("resend_letter", letter=number))
            answers.append(await socket.ask("resend_letter", letter=number))

    run(scenario)
    assert [each.get("code", each["type"]) for each in answers] == ["done", "not_failed"]
    assert letters.lines(conversation) == ["letter_again"]
