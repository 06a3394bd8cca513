"""Bots with the integrations they answer as."""

from __future__ import annotations

from typing import Any

from apps.bots.models import Bot, BotLine
from apps.conversations.models import Right
from apps.operators.models import Queue
from tests.api import Integration


def integration(**values: Any) -> Integration:
    """One that may answer, and reads nothing but what it is handed."""
    return Integration(**{"rights": (Right.ANSWER,), **values})


def bot(
    name: str = "Помощник",
    *,
    answers_as: Integration | None = None,
    lines: tuple[Queue, ...] = (),
    **values: Any,
) -> Bot:
    """A bot that has 30 seconds; ``lines``: from which it is given conversations, none for all."""
    account = (answers_as or integration()).user
    found = Bot.objects.create(
        name_ru=name, **{"name_en": "Helper", "answer_seconds": 30, "account": account, **values}
    )
    for line in lines:
        BotLine.objects.create(bot=found, queue=line)
    return found
