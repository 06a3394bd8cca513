"""What a supervisor sets at a channel reaches its chat: texts by language, the form, the question for a rating."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.conversations.selectors import conversation_view
from apps.routing.services import handling
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.sockets import Customer

pytestmark = pytest.mark.django_db(transaction=True)


def welcome(channel: Channel, language: str = "ru") -> dict[str, Any]:
    async def scenario() -> dict[str, Any]:
        async with Customer() as customer:
            return await customer.hello(channel, language=language)

    return async_to_sync(scenario)()


@pytest.mark.parametrize("text", ["title", "greeting", "promise", "closed_text"])
def test_a_text_is_said_in_the_customer_s_language_and_otherwise_in_russian(text: str) -> None:
    channel = organisation.channel(**{f"{text}_ru": "По-русски"})
    assert welcome(channel)["look"][text] == "По-русски"
    assert welcome(channel, "en")["look"][text] == "По-русски"
    Channel.objects.filter(pk=channel.pk).update(**{f"{text}_en": "In English"})
    assert welcome(channel)["look"][text] == "По-русски"
    assert welcome(channel, "en")["look"][text] == "In English"


@pytest.mark.parametrize(("fields", "required"), [([], False), (["name", "phone"], True)])
def test_the_chat_asks_what_its_channel_asks(fields: list[str], required: bool) -> None:
    channel = organisation.channel(form_fields=fields, form_required=required)
    assert welcome(channel)["form"] == {"ask": fields, "required": required}


@pytest.mark.parametrize("asks", [True, False])
def test_a_rating_is_asked_for_after_closing_where_the_channel_asks(asks: bool) -> None:
    channel = organisation.channel(asks_rating=asks)
    line = organisation.common_line()
    anna = people.operator("Анна", lines=(line,))
    held = dialogues.conversation(by=dialogues.identity(channel), line=line, holder=anna)
    handling.answer_from_line(people.sight(anna), held.pk, text="Добрый день", client_id="answer-1", now=NOW)
    assert welcome(channel)["asks_rating"] is asks
    assert not can_rate(held)
    handling.close(people.sight(anna), held.pk, now=NOW)
    assert can_rate(held) is asks


def can_rate(conversation: Conversation) -> bool:
    return conversation_view(Conversation.objects.get(pk=conversation.pk), language="ru").can_rate
