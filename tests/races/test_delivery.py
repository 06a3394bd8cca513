"""Several workers send at the same time: each message once, each conversation in its order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.conversations.models import Delivery, DeliveryAttempt
from apps.conversations.services import outbound
from tests.adapters import null
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import processes

pytestmark = pytest.mark.django_db(transaction=True)


def test_three_processes_send_everything_once_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = tmp_path / "ledger"
    monkeypatch.setenv("OTKLIK_NULL_LEDGER", str(ledger))
    anna = people.operator("Анна", lines=(organisation.common_line(),), capacity=50)
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    said: dict[str, list[str]] = {}
    for _conversation in range(12):
        conversation = dialogues.conversation(by=dialogues.identity(channel), holder=anna)
        texts = said.setdefault(conversation.identity.external_id, [])
        for number in range(4):
            texts.append(f"слово {number}")
            outbound.answer(
                people.sight(anna),
                conversation_id=conversation.pk,
                text=texts[-1],
                client_id=f"c{conversation.pk}-{number:06}",
                now=NOW,
            )
    tried = processes(3, "drain")
    assert sum(tried) == 48
    carried: dict[str, list[str]] = {}
    for line in ledger.read_text().splitlines():
        each = json.loads(line)
        carried.setdefault(each["recipient"], []).append(each["text"])
    assert carried == said
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert DeliveryAttempt.objects.count() == 48
