"""A chat that only listens ends with its token: nobody goes on hearing under one that has run out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError

from apps.channels import consumers
from apps.channels.models import Channel, Visitor
from apps.channels.services import visitors
from apps.core import clock
from apps.core.sockets import Close
from tests.factories import organisation
from tests.sockets import Customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


def token_for(channel: Channel, seconds: float) -> str:
    """A visitor's token that ends in so many seconds."""
    visitor, token = visitors.admit(channel, around=visitors.Surroundings(), now=clock.now())
    Visitor.objects.filter(pk=visitor.pk).update(expires_at=clock.now() + timedelta(seconds=seconds))
    return token


def test_all_tabs_of_a_token_are_closed_when_it_runs_out(channel: Channel) -> None:
    token = token_for(channel, 0.7)

    async def scenario() -> list[int]:
        async with Customer() as one, Customer() as other:
            for tab in (one, other):
                assert (await tab.hello(channel, token))["type"] == "welcome"
            return [await tab.closed_with() for tab in (one, other)]

    assert async_to_sync(scenario)() == [Close.UNAUTHORISED] * 2


def test_a_token_that_was_prolonged_meanwhile_goes_on(channel: Channel) -> None:
    token = token_for(channel, 0.4)

    async def scenario() -> dict[str, Any]:
        async with Customer() as tab:
            await tab.hello(channel, token)
            longer = clock.now() + timedelta(days=1)
            await sync_to_async(Visitor.objects.update)(expires_at=longer)
            assert await tab.wire.receive_nothing(timeout=0.8)
            return await tab.ask("ping")

    assert async_to_sync(scenario)()["type"] == "pong"


def test_without_a_database_the_chat_is_sent_to_say_hello_again(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(channel, 0.3)

    def away(session: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(consumers, "expiry_of", away)

    async def scenario() -> int:
        async with Customer() as tab:
            await tab.hello(channel, token)
            return await tab.closed_with()

    assert async_to_sync(scenario)() == Close.RESYNC
