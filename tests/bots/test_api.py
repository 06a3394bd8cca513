"""Bots over REST: a token learns of those that its lines use, and of the one it answers as."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api import Integration, codes
from tests.factories import bots, organisation

pytestmark = pytest.mark.django_db


def names(answer: Any) -> list[str]:
    return [each["name_ru"] for each in answer.json()["items"]]


def test_a_bot_is_listed_with_its_lines_and_whether_it_is_on() -> None:
    cards, loans = organisation.line("Cards"), organisation.line("Loans")
    common, special = bots.bot("Общий"), bots.bot("Карты", lines=(loans, cards), is_active=False)
    assert Integration().get("bots/").json() == {
        "items": [
            {
                "id": common.pk,
                "name_ru": "Общий",
                "name_en": "Helper",
                "is_active": True,
                "answer_seconds": 30,
                "queues": None,
            },
            {
                "id": special.pk,
                "name_ru": "Карты",
                "name_en": "Helper",
                "is_active": False,
                "answer_seconds": 30,
                "queues": [cards.pk, loans.pk],
            },
        ],
        "next": None,
    }
    assert names(Integration().get("bots/", is_active="true")) == ["Общий"]


def test_of_other_lines_neither_a_bot_nor_a_line_is_told() -> None:
    cards, loans = organisation.line("Cards"), organisation.line("Loans")
    bots.bot("Общий")
    both = bots.bot("Обе", lines=(cards, loans))
    bots.bot("Чужой", lines=(loans,))
    found = Integration(lines=[cards]).get("bots/")
    assert names(found) == ["Общий", "Обе"]
    assert found.json()["items"][1]["queues"] == [cards.pk]
    assert names(Integration(lines=[cards, loans]).get("bots/")) == ["Общий", "Обе", "Чужой"]
    assert both.lines.count() == 2


def test_the_program_of_a_bot_learns_of_itself_alone() -> None:
    own = bots.integration()
    bots.bot("Свой", answers_as=own, lines=(organisation.line(),))
    bots.bot("Другой")
    assert [(each["name_ru"], each["queues"]) for each in own.get("bots/").json()["items"]] == [("Свой", [])]


def test_a_token_without_the_scope_is_refused() -> None:
    bots.bot()
    answer = Integration(can=["conversations:read"]).get("bots/")
    assert codes(answer) == (403, "scope_missing")
    assert "items" not in answer.json()


def test_a_misspelt_filter_is_refused() -> None:
    assert Integration().get("bots/", active="true").status_code == 400


def test_pages_follow_each_other_and_cost_the_same_for_two_bots_and_for_ten() -> None:
    cards, crm = organisation.line("Cards"), Integration()
    made = [bots.bot(f"Бот {number}", lines=(cards,)).pk for number in range(2)]

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            crm.get("bots/")
        return len(asked)

    cost()
    before = cost()
    made += [bots.bot(f"Бот {number}", lines=(cards,)).pk for number in range(2, 10)]
    assert cost() == before
    first = crm.get("bots/", limit=4).json()
    second = crm.get("bots/", limit=200, after=first["next"]).json()
    assert [each["id"] for each in first["items"] + second["items"]] == made
    assert second["next"] is None
