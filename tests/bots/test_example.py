"""The sample bot of docs/examples against a server that listens: it answers what it knows and returns the rest."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

from apps.conversations.models import Conversation, Message
from apps.core import clock
from apps.routing.services import to_bot
from tests.factories import bots, dialogues, organisation, people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bot", Path(settings.BASE_DIR) / "docs/examples/bot.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_it_answers_what_it_knows_once_and_gives_the_rest_to_people(
    example: ModuleType, live_server: Any
) -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    partner = bots.integration()
    bot = bots.bot(answers_as=partner)
    known, unknown, waiting = (
        dialogues.conversation(text, line=line, now=clock.now())
        for text in ("Какой тариф?", "Где моя карта?", "Тариф?")
    )
    for each in (known, unknown):
        to_bot.transfer_to_bot(people.sight(anna), each.pk, bot.pk, comment="", now=clock.now())
    for _look in range(2):
        example.main(["--url", live_server.url, "--token", partner.plain, "--once"])
    said = Message.objects.filter(author_kind="bot", staff_only=False)
    assert [(each.conversation, each.text) for each in said] == [(known, example.ANSWERS["тариф"])]
    states = dict(Conversation.objects.values_list("pk", "state"))
    assert states == {known.pk: "bot", unknown.pk: "queued", waiting.pk: "queued"}
    note = Message.objects.get(conversation=unknown, kind="note")
    assert (note.author_kind, note.text) == ("bot", "Вопрос не о тарифах")
