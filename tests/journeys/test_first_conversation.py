"""The thin line through all floors: a customer writes, an operator answers, both see it."""

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.conversations.models import Conversation, Message
from apps.core import clock
from apps.routing.services import placement
from tests.factories import organisation, people
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_customer_is_answered_and_both_sides_see_the_same_words() -> None:
    line = organisation.common_line()
    channel = organisation.channel()
    anna = people.operator("Анна", lines=(line,))
    user = anna.user

    async def scenario() -> None:
        async with Customer() as customer, Staff() as operator:
            welcome = await customer.hello(channel)
            assert welcome["type"] == "welcome"
            assert welcome["token"]
            mine = await operator.hello(user)
            assert mine["me"]["name"] == "Анна"
            ack = await customer.say("Здравствуйте, где моя карта?")
            assert ack["type"] == "ack", ack
            number = ack["conversation"]
            await sync_to_async(placement.route)(number, now=clock.now())
            row = await operator.wait_for(
                lambda f: (
                    f["type"] == "line"
                    and any(r["id"] == number and r.get("state") == "queued" for r in f["rows"])
                )
            )
            assert row["line"] == line.pk
            opened = await operator.ask("open", conversation=number)
            assert [m["text"] for m in opened["messages"]] == ["Здравствуйте, где моя карта?"]
            assert not opened["may_answer"]
            refused = await operator.say(number, "рано")
            assert refused["code"] == "not_yours"
            handled = await operator.ask("accept", conversation=number)
            assert handled["row"]["holder"] == user.pk, handled
            answer = await operator.say(number, "Карта готова, приходите.")
            assert answer["type"] == "ack", answer
            shown = await customer.wait_for(
                lambda f: (
                    f["type"] == "message"
                    and f["message"]["kind"] == "text"
                    and f["message"]["author"]["kind"] == "operator"
                )
            )
            assert shown["message"]["text"] == "Карта готова, приходите."
            assert shown["message"]["author"]["name"] == "Анна"
            await customer.ask("read", conversation=number, seq=answer["seq"])
            marks = await operator.wait_for("marks")
            assert marks["customer_read_seq"] == answer["seq"]
            await operator.ask("close", conversation=number)
            await customer.wait_for(
                lambda f: f["type"] == "conversation" and f["conversation"]["state"] == "closed"
            )
            rated = await customer.ask("rate", conversation=number, score=5, comment="Спасибо")
            assert rated["type"] == "done", rated

    async_to_sync(scenario)()
    conversation = Conversation.objects.get()
    assert conversation.state == "closed"
    assert conversation.rating.score == 5
    assert [m.seq for m in Message.objects.order_by("seq")] == [1, 2, 3, 4]
