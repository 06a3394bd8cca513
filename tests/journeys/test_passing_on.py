"""Who passed a conversation on is told to colleagues, and not to its customer."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.core import clock
from apps.routing.services import placement
from tests.factories import organisation, people
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)


def _system(frames: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    messages = [frame["message"] for frame in frames if frame["type"] == "message"]
    return {each["code"]: each["params"] for each in messages if each["kind"] == "system"}


def test_the_customer_hears_of_a_transfer_without_who_made_it() -> None:
    line, loans = organisation.common_line(), organisation.line("Кредиты")
    channel = organisation.channel()
    anna = people.operator("Анна", lines=(line, loans))
    boris = people.operator("Борис", lines=(line, loans))

    async def scenario() -> None:
        async with Customer() as customer, Staff() as operator, Staff() as colleague:
            token = (await customer.hello(channel))["token"]
            number = (await customer.say("Здравствуйте"))["conversation"]
            await sync_to_async(placement.route)(number, now=clock.now())
            await operator.hello(anna.user)
            await colleague.hello(boris.user)
            await operator.ask("open", conversation=number)
            await operator.ask("accept", conversation=number)
            await operator.ask("transfer", conversation=number, line=loans.pk, comment="")
            await colleague.ask("accept", conversation=number)
            await colleague.ask("transfer", conversation=number, operator=anna.pk, comment="")
            await customer.ask("read", conversation=number, seq=1)
            await operator.ask("ping")
            told, known = _system(customer.heard), _system(operator.heard)
            assert set(told) == {"joined", "transferred_to_line"}
            assert told["transferred_to_line"] == {
                "line": loans.pk,
                "names": {"ru": "Кредиты", "en": "Кредиты"},
            }
            assert known["transferred_to_line"]["by"] == "Анна"
            assert known["transferred_to_operator"] == {"by": "Борис", "name": "Анна"}
        async with Customer() as again:
            welcome = await again.hello(channel, token=token)
            lines = {each["code"]: each["params"] for each in welcome["messages"] if each["code"]}
            assert set(lines) == {"joined", "transferred_to_line"}
            assert "by" not in lines["transferred_to_line"]

    async_to_sync(scenario)()
