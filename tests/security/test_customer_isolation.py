"""What one customer, or one address of a customer, may see of another: nothing (A4, design.md rule 7)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel, Visitor
from apps.conversations.models import Conversation, Customer, Identity, Merge, Message
from apps.conversations.services import outbound
from apps.conversations.services import people as identities
from apps.core import clock
from apps.operators.models import Operator
from apps.routing.services import handling, placement
from tests.factories import organisation, people
from tests.sockets import Customer as Widget
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "секретное-слово-чужого"
# A mark on a foreign conversation is silently nothing; pages come, but without its words.
ANSWERS = {"history": "history", "search": "found", "read": "done", "delivered": "done"}


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(scenario)()


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


@pytest.fixture
def anna(channel: Channel) -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


async def sight(anna: Operator) -> Any:
    return await sync_to_async(people.sight)(anna)


def held_by(anna: Operator, number: int) -> None:
    placement.route(number, now=clock.now())
    handling.accept(people.sight(anna), number, now=clock.now())


def answered(anna: Operator, number: int, text: str) -> None:
    outbound.answer(
        people.sight(anna),
        conversation_id=number,
        text=text,
        client_id=f"reply-{Message.objects.count():06}",
        now=clock.now(),
    )


async def everything(socket: Socket, number: int, message: int, seq: int = 1) -> list[dict[str, Any]]:
    """Every way in which a customer's socket can ask about a conversation."""
    asked: list[tuple[str, dict[str, Any]]] = [
        ("history", {}),
        ("history", {"before": {"conversation": number + 1, "seq": 100}}),
        ("catch_up", {"conversation": number, "after_rev": 0}),
        ("search", {"text": SECRET[:8]}),
        ("rate", {"conversation": number, "score": 1}),
        ("close", {"conversation": number}),
        ("read", {"conversation": number, "seq": seq}),
        ("delivered", {"conversation": number, "seq": seq}),
        ("typing", {"conversation": number}),
        ("continue_in", {"conversation": number, "channel": 1}),
        ("edit", {"message": message, "text": "подмена"}),
        ("delete", {"message": message}),
    ]
    answers = []
    for kind, fields in asked:
        answers.append(answer := await socket.ask(kind, **fields))
        assert answer.get("code", answer["type"]) in (ANSWERS.get(kind), "not_found"), (kind, answer)
    return answers


def wrote(frames: object) -> str:
    return json.dumps(frames, ensure_ascii=False)


# --- tokens ---------------------------------------------------------------------------------------------


def test_a_visitors_token_is_long_random_and_kept_as_a_digest_only(channel: Channel) -> None:
    tokens: list[str] = []

    async def scenario() -> None:
        for _visitor in range(3):
            async with Widget() as customer:
                tokens.append((await customer.hello(channel))["token"])

    run(scenario)
    assert len(set(tokens)) == 3
    assert all(len(token) >= 43 for token in tokens)  # 32 bytes in base64url
    stored = set(Visitor.objects.values_list("token_digest", flat=True))
    assert stored == {hashlib.sha256(token.encode()).hexdigest() for token in tokens}


def test_unknown_expired_and_foreign_tokens_are_refused_alike(channel: Channel) -> None:
    other = organisation.channel()

    async def code(token: str, where: Channel) -> int:
        async with Widget() as customer:
            await customer.wire.send_to(
                text_data=json.dumps({"type": "hello", "key": where.public_key, "token": token})
            )
            return await customer.closed_with()

    async def scenario() -> None:
        async with Widget() as customer:
            token = (await customer.hello(channel))["token"]
        assert await code("no-such-token-at-all", channel) == 4001
        assert await code(token, other) == 4001
        await Visitor.objects.aupdate(expires_at=clock.now())
        assert await code(token, channel) == 4001

    run(scenario)


# --- another person -------------------------------------------------------------------------------------


def test_a_visitor_never_sees_or_touches_anothers_conversation(channel: Channel, anna: Operator) -> None:
    async def scenario() -> None:
        async with Widget() as victim, Widget() as attacker:
            await victim.hello(channel)
            await attacker.hello(channel)
            said = await victim.say(SECRET)
            number, message = said["conversation"], said["message"]
            await sync_to_async(held_by)(anna, number)
            for known in (False, True):
                if known:
                    await attacker.say("я тут")
                for answer in await everything(attacker, number, message):
                    assert SECRET not in wrote(answer)
            joined = await attacker.say("а я сюда", conversation=number)
            assert joined["conversation"] != number
            quoted = await attacker.say("вот", conversation=joined["conversation"], reply_to=message)
            assert quoted["code"] == "invalid"
            await sync_to_async(answered)(anna, number, SECRET)
            await victim.wait_for(lambda f: f["type"] == "message" and f["message"]["text"] == SECRET)
            await attacker.ask("ping")
            assert SECRET not in wrote(attacker.heard)
            assert all(f.get("conversation") != number for f in attacker.heard)

    run(scenario)
    conversation = Conversation.objects.get(messages__text=SECRET, messages__author_kind="customer")
    assert (conversation.state, conversation.customer_read_seq) == ("assigned", 0)
    assert Message.objects.filter(text="подмена").count() == 0


# --- another address of the same person -----------------------------------------------------------------


def join(kept: int, absorbed: int) -> Merge:
    from django.db import transaction

    with transaction.atomic():
        rows = identities.lock_customers([kept, absorbed])
        return identities.merge(
            kept=rows[kept],
            absorbed=rows[absorbed],
            reason=Merge.Reason.MANUAL,
            author_id=None,
            now=clock.now(),
        )


def customer_of(number: int) -> int:
    return Conversation.objects.values_list("customer_id", flat=True).get(pk=number)


def test_an_unverified_address_never_sees_what_was_written_elsewhere(
    channel: Channel, anna: Operator
) -> None:
    app = organisation.channel(kind="app")

    async def scenario() -> None:
        async with Widget() as site, Widget() as phone:
            await phone.hello(app)
            elsewhere = await phone.say(SECRET)
            number = elsewhere["conversation"]
            token = (await site.hello(channel))["token"]
            own = await site.say("Здравствуйте")
            await sync_to_async(join)(
                await sync_to_async(customer_of)(number),
                await sync_to_async(customer_of)(own["conversation"]),
            )
            await sync_to_async(held_by)(anna, number)
        async with Widget() as site:
            welcome = await site.hello(channel, token)
            assert welcome["current"] == own["conversation"]
            assert {each["id"] for each in welcome["conversations"]} == {own["conversation"]}
            assert [m["text"] for m in welcome["messages"] if m["kind"] == "text"] == ["Здравствуйте"]
            for answer in await everything(site, number, elsewhere["message"]):
                assert SECRET not in wrote(answer)
            site.heard.clear()
            await sync_to_async(answered)(anna, number, SECRET)
            await sync_to_async(handling.close)(await sight(anna), number, now=clock.now())
            await site.ask("ping")
            assert site.heard == [], "not even that another conversation moves"

    run(scenario)
    assert Conversation.objects.filter(state="closed").count() == 1


def test_words_of_another_address_in_a_shared_conversation_stay_hidden_also_when_quoted(
    channel: Channel, anna: Operator
) -> None:
    app = organisation.channel(kind="app")

    async def scenario() -> None:
        async with Widget() as site, Widget() as phone:
            await phone.hello(app)
            elsewhere = await phone.say(SECRET)
            number = elsewhere["conversation"]
            token = (await site.hello(channel))["token"]
            own = await site.say("Здравствуйте")
            mine = own["conversation"]
            await sync_to_async(handling.close_by_customer)(
                await Identity.objects.select_related("customer").aget(channel=channel), mine, now=clock.now()
            )
            await sync_to_async(join)(
                await sync_to_async(customer_of)(number), await sync_to_async(customer_of)(mine)
            )
            await sync_to_async(held_by)(anna, number)
        async with Widget() as site:
            await site.hello(channel, token)
            shared = await site.say("я и отсюда пишу", conversation=number)
            assert shared["conversation"] == number
            refused = await site.say("вот", conversation=number, reply_to=elsewhere["message"])
            assert refused["code"] == "invalid"
            await sync_to_async(outbound.answer)(
                await sight(anna),
                conversation_id=number,
                text="Вы писали так",
                client_id="quoting-answer",
                now=clock.now(),
                reply_to=elsewhere["message"],
            )
            shown = await site.wait_for(
                lambda f: f["type"] == "message" and f["message"]["text"] == "Вы писали так"
            )
            assert shown["message"]["reply_to"]["text"] == ""
            caught = await site.ask("catch_up", conversation=number, after_rev=0)
            assert SECRET not in wrote(caught)
            assert SECRET not in wrote(await site.ask("history"))
            assert SECRET not in wrote(site.heard)

    run(scenario)


def test_after_a_wrong_merge_is_undone_the_open_screen_hears_nothing_more(
    channel: Channel, anna: Operator
) -> None:
    """Also when it does not come back by itself, and when the address is trusted."""

    async def scenario() -> None:
        async with Widget() as right, Widget() as wrong:
            await right.hello(channel)
            victim = await right.say("моё")
            number = victim["conversation"]
            await wrong.hello(channel)
            own = await wrong.say("чужак")
            kept, absorbed = (
                await sync_to_async(customer_of)(number),
                await sync_to_async(customer_of)(own["conversation"]),
            )
            await Identity.objects.aupdate(verification="signed")
            merge = await sync_to_async(join)(kept, absorbed)
            await wrong.wait_for("resync")
            await wrong.ask("hello", key=channel.public_key)
            await sync_to_async(held_by)(anna, number)
            await sync_to_async(answered)(anna, number, "пока видно")
            await wrong.wait_for(lambda f: f["type"] == "message" and f["message"]["text"] == "пока видно")
            author = anna.pk
            await sync_to_async(identities.undo_merge)(merge.pk, author_id=author, now=clock.now())
            await wrong.wait_for("resync")
            wrong.heard.clear()
            await sync_to_async(answered)(anna, number, SECRET)
            assert SECRET not in wrote(await wrong.ask("history"))
            late = await wrong.ask("catch_up", conversation=number, after_rev=0)
            assert late["code"] == "not_found"
            assert SECRET not in wrote(wrong.heard)
            # And when it says hello again it is only itself.
            await wrong.ask("hello", key=channel.public_key)
            wrong.heard.clear()
            await sync_to_async(answered)(anna, number, SECRET)
            await wrong.ask("ping")
            assert wrong.heard == []

    run(scenario)
    assert Customer.objects.filter(merged_into=None).count() == 2
