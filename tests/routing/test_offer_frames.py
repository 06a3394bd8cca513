"""The workspace and its offers: what is told to whom, after a reload and to two screens of one operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Right
from apps.core import clock
from apps.core.actors import Actor, ActorKind
from apps.core.services import tokens
from apps.operators.models import DeclineReason, Operator, Presence, Queue
from apps.routing import subscribers
from apps.routing.events import HandingFailed
from apps.routing.frames.offered import offers_of
from apps.routing.models import Category, QueueEntry
from apps.routing.services import after_work, dispatch, handling, offers, to_bot
from tests.factories import bots, dialogues, organisation, people
from tests.sockets import Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты", offering="automatic", accept_seconds=30)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), rights=(Right.TEXT, Right.ANSWER))


def waiting(line: Queue, text: str = "Где моя карта?") -> Conversation:
    return dialogues.conversation(text, line=line, now=clock.now())


def offered(line: Queue) -> Conversation:
    conversation = waiting(line)
    dispatch.dispatch(now=clock.now())
    return conversation


def held(line: Queue, by: Operator) -> Conversation:
    return offers.accept(by.pk, offered(line).pk, now=clock.now())


def on_screen(someone: Operator, act: Callable[[Staff, dict[str, Any]], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with Staff() as screen:
            welcome = await screen.hello(someone.user)
            return await act(screen, welcome)

    return async_to_sync(run)()


def test_an_offer_is_told_with_its_first_words_and_until_when(line: Queue, anna: Operator) -> None:
    async def act(screen: Staff, welcome: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = (await sync_to_async(offered)(line)).pk
        return number, (await screen.wait_for("offer"))["offer"]

    number, offer = on_screen(anna, act)
    assert (offer["row"]["id"], offer["row"]["preview"], offer["line"]) == (number, "Где моя карта?", line.pk)
    assert offer["row"]["turn"]["offered_to"] == anna.pk
    assert offer["since"] < offer["until"]


def test_a_screen_that_comes_later_finds_the_offer_and_the_reasons_in_its_welcome(
    line: Queue, anna: Operator
) -> None:
    DeclineReason.objects.create(name_ru="Не мой вопрос", name_en="Not my topic")
    DeclineReason.objects.create(name_ru="Старая", is_active=False)
    conversation = offered(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> tuple[Any, ...]:
        catalogue = await screen.ask("catalogue")
        return welcome["me"], welcome["decline_reasons"], catalogue["decline_reasons"]

    me, reasons, again = on_screen(anna, act)
    assert [each["row"]["id"] for each in me["offers"]] == [conversation.pk]
    assert (me["load"], me["pulls"]) == (1, [])
    assert [each["name"] for each in reasons] == ["Не мой вопрос"]
    assert again == reasons


def test_declining_needs_a_reason_where_there_are_some_and_ends_it_on_every_screen(
    line: Queue, anna: Operator
) -> None:
    reason = DeclineReason.objects.create(name_ru="Не мой вопрос")
    conversation = offered(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> tuple[Any, ...]:
        async with Staff() as other:
            await other.hello(anna.user)
            refused = await screen.ask("decline", conversation=conversation.pk)
            done = await screen.ask("decline", conversation=conversation.pk, reason=reason.pk)
            ended = [await each.wait_for("offer_ended") for each in (screen, other)]
            load = await other.wait_for(lambda frame: frame["type"] == "load" and frame["load"] == 0)
            return refused["code"], done["type"], [each["reason"] for each in ended], load["capacity"]

    assert on_screen(anna, act) == ("reason_needed", "done", ["declined", "declined"], 5)


def test_accepted_on_one_screen_the_other_has_the_row(line: Queue, anna: Operator) -> None:
    conversation = offered(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> tuple[Any, ...]:
        async with Staff() as other:
            await other.hello(anna.user)
            handled = await screen.ask("accept", conversation=conversation.pk)
            row = await other.wait_for(
                lambda frame: frame["type"] == "row" and frame["row"]["holder"] == anna.pk
            )
            return handled["row"]["state"], row["row"]["id"]

    assert on_screen(anna, act) == ("assigned", conversation.pk)


def test_who_may_not_read_it_is_offered_its_number_and_turn_only(line: Queue) -> None:
    vera = people.operator("Вера")
    conversation = waiting(line)
    vip = Category.objects.create(name="VIP", code="vip", colour="#aa0000")
    QueueEntry.objects.filter(conversation=conversation).update(
        category=vip, kept_for=vera.pk, kept_reason="manager", kept_until=clock.now().replace(year=2099)
    )
    dispatch.dispatch(now=clock.now())

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        return welcome["me"]["offers"][0]["row"]

    row = on_screen(vera, act)
    assert (row["id"], row["locked"], row["customer_name"], row["preview"]) == (conversation.pk, True, "", "")
    assert (row["turn"]["kept_reason"], row["turn"]["category"], row["turn"]["colour"]) == ("manager", "", "")


def test_a_colleague_of_no_line_judges_by_the_comment_and_after_declining_knows_nothing(
    line: Queue, anna: Operator
) -> None:
    vera = people.operator("Вера")
    now = clock.now()
    conversation = held(line, anna)
    handling.transfer_to_operator(
        people.sight(anna), conversation.pk, vera.pk, comment="Вопрос по вашему договору", now=now
    )

    async def act(screen: Staff, welcome: dict[str, Any]) -> tuple[Any, ...]:
        asked = welcome["me"]["offers"][0]
        before = await screen.ask("open", conversation=conversation.pk)
        await screen.ask("decline", conversation=conversation.pk)
        me = (await screen.ask("me"))["me"]
        after = await screen.ask("open", conversation=conversation.pk)
        rows = await screen.ask("rows", ids=[conversation.pk])
        return asked, before["code"], me["offers"], after["code"], rows["rows"]

    asked, *rest = on_screen(vera, act)
    assert (asked["comment"], asked["sender_name"]) == ("Вопрос по вашему договору", "Анна")
    assert (asked["row"]["locked"], asked["row"]["customer_name"], asked["row"]["preview"]) == (True, "", "")
    assert rest == ["not_found", [], "not_found", []]


def test_only_the_comment_of_this_offer_is_told_with_it(line: Queue, anna: Operator) -> None:
    now = clock.now()
    conversation = held(line, anna)
    vera, clara = people.operator("Вера"), people.operator("Клара", lines=(line,))
    handling.transfer_to_operator(people.sight(anna), conversation.pk, clara.pk, comment="Кларе", now=now)
    offers.decline(clara.pk, conversation.pk, reason_id=None, now=now + timedelta(seconds=1))
    later = now + timedelta(seconds=2)
    handling.transfer_to_operator(people.sight(anna), conversation.pk, vera.pk, comment="", now=later)
    [told] = offers_of(vera.pk)
    assert told.comment == ""


def test_an_offer_is_told_to_nobody_else(line: Queue, anna: Operator) -> None:
    boris = people.operator("Борис", lines=(line,), state="break")
    offered(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        answer = await screen.ask("me")
        return welcome["me"]["offers"], answer["me"]["offers"]

    assert on_screen(boris, act) == ([], [])


def test_the_sender_hears_that_his_colleague_did_not_take_it(anna: Operator) -> None:
    line = organisation.line("Кредиты", accept_seconds=30)
    boris, clara = people.operator("Борис", lines=(line,)), people.operator("Clara", lines=(line,))
    conversation = dialogues.conversation(line=line, holder=boris, now=clock.now())

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        await screen.ask("transfer", conversation=conversation.pk, operator=clara.pk)
        await sync_to_async(offers.decline)(clara.pk, conversation.pk, reason_id=None, now=clock.now())
        told = await screen.wait_for("handing_failed")
        return told["name"], told["missed"], told["returned"]

    assert on_screen(boris, act) == ("Clara", False, True)


def test_the_sender_hears_which_application_gave_it_back(line: Queue, anna: Operator) -> None:
    partner = people.user("partner", is_service=True)
    tokens.issue(
        name="Полис Плюс",
        user=partner,
        scopes=[],
        expires_at=clock.now() + timedelta(days=1),
        now=clock.now(),
    )
    conversation = waiting(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        await sync_to_async(subscribers.tell_sender)(
            HandingFailed(
                conversation=conversation.pk,
                operator=partner.pk,
                sender=anna.pk,
                reason="declined",
                returned=True,
            )
        )
        return (await screen.wait_for("handing_failed"))["name"]

    assert on_screen(anna, act) == "Полис Плюс"


def test_who_handed_it_to_a_bot_hears_that_it_gave_it_back(line: Queue, anna: Operator) -> None:
    partner = bots.integration()
    bot = bots.bot("Тарифы", answers_as=partner, name_en="Tariffs")
    conversation = held(line, anna)
    application, actor = sight_of(partner.user), Actor(ActorKind.INTEGRATION, partner.user.pk)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        await screen.ask("transfer", conversation=conversation.pk, bot=bot.pk)
        back = sync_to_async(to_bot.give_back)
        await back(application, conversation.pk, actor=actor, now=clock.now())
        told = await screen.wait_for("handing_failed")
        return told["name"], told["returned"]

    assert on_screen(anna, act) == ("Тарифы", True)


def test_after_work_is_told_and_ends_when_he_is_ready(line: Queue, anna: Operator) -> None:
    Queue.objects.filter(pk=line.pk).update(wrap_up_seconds=60)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        await sync_to_async(after_work.begin)(anna.pk, line.pk, now=clock.now())
        begun = await screen.wait_for("presence")
        await screen.ask("ready")
        ended = await screen.wait_for("presence")
        return begun["wrap_up_until"] is not None, ended["wrap_up_until"]

    assert on_screen(anna, act) == (True, None)
    assert Presence.objects.get(operator=anna).wrap_up_until is None


def test_taking_the_next_one_gives_the_oldest_and_then_nothing() -> None:
    line = organisation.line("Кредиты")
    clara = people.operator("Clara", lines=(line,), rights=(Right.TEXT, Right.ANSWER))
    conversation = waiting(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        first, second = await screen.ask("take_next"), await screen.ask("take_next")
        return welcome["me"]["pulls"], first["row"]["id"], second["row"]

    assert on_screen(clara, act) == ([line.pk], conversation.pk, None)


def test_an_answer_from_the_line_is_stored_and_the_conversation_is_his() -> None:
    line = organisation.line("Кредиты")
    clara = people.operator("Clara", lines=(line,))
    conversation = waiting(line)

    async def act(screen: Staff, welcome: dict[str, Any]) -> Any:
        frame = {"client_id": "answer-0001", "conversation": conversation.pk, "text": "Здравствуйте!"}
        first, again = await screen.ask("answer", **frame), await screen.ask("answer", **frame)
        return first["type"], first["message"] == again["message"]

    assert on_screen(clara, act) == ("answered", True)
    assert Conversation.objects.get(pk=conversation.pk).holder_id == clara.pk


# --- bots ----------------------------------------------------------------------------------------------


def test_bots_are_told_for_a_conversation_that_one_reads_and_take_it_by_a_frame(
    line: Queue, anna: Operator
) -> None:
    bot = bots.bot(answer_seconds=45)
    elsewhere = people.operator("Олег", lines=(organisation.line("Вторая"),))
    number = waiting(line).pk

    async def ask(screen: Staff, welcome: dict[str, Any]) -> Any:
        return await screen.ask("bots", conversation=number)

    async def hand(screen: Staff, welcome: dict[str, Any]) -> tuple[Any, ...]:
        return (
            await screen.ask("bots", conversation=number),
            await screen.ask("transfer", conversation=number, bot=bot.pk, line=line.pk),
            await screen.ask("transfer", conversation=number, bot=bot.pk),
            await screen.ask("take_over", conversation=number),
        )

    assert on_screen(elsewhere, ask)["code"] == "not_found"
    told, both, handed, taken = on_screen(anna, hand)
    assert told["bots"] == [{"id": bot.pk, "name": "Помощник", "seconds": 45}]
    assert both["type"] == "error"
    assert (handed["row"]["state"], handed["row"]["holder_name"]) == ("bot", "Помощник")
    assert (taken["row"]["state"], taken["row"]["holder"]) == ("assigned", anna.pk)
