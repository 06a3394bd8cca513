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


@pytest.mark.parametrize(
    ("code", "how", "said"),
    [
        ("handed_back", {"missed": False}, "Boris did not take it, Anna goes on with it"),
        ("handed_back", {"missed": True}, "Boris did not answer, Anna goes on with it"),
        ("handed_back", {"missed": False, "held": True}, "Boris gave it back, Anna goes on with it"),
        ("handed_to_line", {"missed": False}, "Boris did not take it: it waits in the line"),
        ("handed_to_line", {"missed": True}, "Boris did not answer: it waits in the line"),
        ("handed_to_line", {"held": True}, "Boris gave it back: it waits in the line"),
    ],
)
def test_a_colleague_who_did_not_take_it_is_named_with_who_goes_on(
    code: str, how: dict[str, bool], said: str
) -> None:
    message = Message(kind="system", code=code, params={"name": "Boris", "to": "Anna", **how})
    with translation.override("en"):
        assert system_words(message) == said


def test_what_a_promise_asked_for_in_vain_is_told_with_the_reason() -> None:
    message = Message(kind="system", code="not_sent_on", params={"names": LINE, "why": "switched_off"})
    with translation.override("en"):
        assert system_words(message) == "By its promise it should go to “Loans”; that line is off"
