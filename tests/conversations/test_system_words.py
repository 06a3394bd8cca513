"""Lines of the system in the back office's words."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from apps.conversations.admin.words import system_words
from apps.conversations.models import Message

LINE = {"ru": "Кредиты", "en": "Loans"}


@pytest.mark.parametrize(
    ("code", "params", "ru", "en"),
    [
        (
            "transferred_to_line",
            {"names": LINE, "by": "Анна"},
            "Анна передаёт обращение в линию «Кредиты»",
            "Анна transferred the conversation to the line “Loans”",
        ),
        (
            "transferred_to_line",
            {"names": LINE, "by": ""},
            "Передано в линию «Кредиты»",
            "Transferred to the line “Loans”",
        ),
        (
            "transferred_to_line",
            {"names": LINE},
            "Передано в линию «Кредиты»",
            "Transferred to the line “Loans”",
        ),
        (
            "transferred_to_operator",
            {"by": "Анна", "name": "Борис"},
            "Анна передаёт обращение коллеге: Борис",
            "Анна passed the conversation on to Борис",
        ),
        (
            "transferred_to_operator",
            {"by": "", "name": "Борис"},
            "Передано коллеге: Борис",
            "Passed on to Борис",
        ),
        (
            "taken_over",
            {"by": "Вера", "from": "Анна"},
            "Вера забирает обращение у коллеги: Анна",
            "Вера took the conversation over from Анна",
        ),
        ("closed", {"by": "customer"}, "Клиент завершил обращение", "The customer closed the conversation"),
        ("from_tomorrow", {}, "from_tomorrow", "from_tomorrow"),
    ],
)
def test_a_line_says_what_happened_and_by_whom(code: str, params: dict[str, Any], ru: str, en: str) -> None:
    message = Message(kind="system", code=code, params=params)
    with translation.override("ru"):
        assert system_words(message) == ru
    with translation.override("en"):
        assert system_words(message) == en
