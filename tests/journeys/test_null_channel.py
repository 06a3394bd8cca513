"""Both roads end to end through a channel with a provider: in by webhook, out by delivery, receipts back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client

from apps.channels.adapters.base import PermanentError
from apps.channels.models import Channel, InboundUpdate
from apps.conversations import tasks
from apps.conversations.models import Delivery, Message
from apps.core import clock
from apps.routing.services import placement
from tests.adapters import null
from tests.factories import organisation, people
from tests.sockets import Staff

pytestmark = pytest.mark.django_db(transaction=True)


def webhook(channel: Channel, *updates: object) -> int:
    body = null.request(*updates)
    signed = {null.SIGNATURE: null.signature(body)}
    return (
        Client()
        .post(f"/hooks/{channel.public_key}/", body, content_type="application/json", headers=signed)
        .status_code
    )


@pytest.fixture(autouse=True)
def _nudges_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nudges run where they are given, after the commit: what a worker would do a moment later."""
    for task in (tasks.ingest_updates, tasks.deliver_due):
        monkeypatch.setattr(task, "delay", task)
    monkeypatch.setattr(null.BlindAdapter, "provider", null.Provider())


def message_of(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda f: f["type"] == "message" and f["message"]["author"]["kind"] == kind


def test_a_customer_of_a_messenger_is_answered_and_his_receipts_are_seen() -> None:
    line = organisation.common_line()
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    anna = people.operator("Анна", lines=(line,))
    provider = null.BlindAdapter.provider

    async def scenario() -> None:
        async with Staff() as operator:
            await operator.hello(anna.user)
            assert await sync_to_async(webhook)(channel, null.message("1", "Где моя карта?")) == 200
            number = (await sync_to_async(Message.objects.get)()).conversation_id
            await sync_to_async(placement.route)(number, now=clock.now())
            await operator.ask("accept", conversation=number)
            opened = await operator.ask("open", conversation=number)
            assert [m["text"] for m in opened["messages"] if m["kind"] == "text"] == ["Где моя карта?"]

            ack = await operator.say(number, "В отделении на Тверской.")
            assert provider.texts == ["В отделении на Тверской."]
            shown = await operator.wait_for(
                lambda f: message_of("operator")(f) and f["message"]["delivery"] == "sent"
            )
            assert shown["message"]["id"] == ack["message"]
            assert shown["rev"] > ack["rev"]
            carried = provider.carried[0]
            assert (
                await sync_to_async(webhook)(channel, null.receipt("2", carried.provider_id, "read")) == 200
            )
            await operator.wait_for(
                lambda f: message_of("operator")(f) and f["message"]["delivery"] == "read"
            )
            caught = await operator.ask("catch_up", conversation=number, after_rev=ack["rev"])
            assert [(m["id"], m["delivery"]) for m in caught["messages"]] == [(ack["message"], "read")]

    async_to_sync(scenario)()
    assert set(InboundUpdate.objects.values_list("state", flat=True)) == {"done"}


def test_what_could_not_be_sent_is_shown_and_sent_again_by_the_operator() -> None:
    line = organisation.common_line()
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    anna = people.operator("Анна", lines=(line,))
    provider = null.BlindAdapter.provider
    provider.before.append(null.fails(PermanentError("the customer blocked us")))

    async def scenario() -> None:
        async with Staff() as operator:
            await operator.hello(anna.user)
            await sync_to_async(webhook)(channel, null.message("1", "Где моя карта?"))
            number = (await sync_to_async(Message.objects.get)()).conversation_id
            await sync_to_async(placement.route)(number, now=clock.now())
            await operator.ask("accept", conversation=number)
            await operator.ask("open", conversation=number)
            await operator.say(number, "В отделении.")
            shown = await operator.wait_for(
                lambda f: message_of("operator")(f) and f["message"]["delivery"] == "failed"
            )
            assert shown["message"]["delivery_error"] == "the customer blocked us"
            done = await operator.ask("retry", delivery=shown["message"]["delivery_id"])
            assert done["type"] == "done"
            await operator.wait_for(
                lambda f: message_of("operator")(f) and f["message"]["delivery"] == "sent"
            )
            refused = await operator.ask("retry", delivery=shown["message"]["delivery_id"])
            assert refused["code"] == "not_failed"

    async_to_sync(scenario)()
    assert provider.texts == ["В отделении."]
    assert Delivery.objects.get().state == "sent"
