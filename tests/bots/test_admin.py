"""Bots in the back office: which integrations may be one, who decides, and what open workspaces are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.bots.models import Bot
from apps.conversations.models import Right
from apps.core.models import User
from tests.api import Integration
from tests.factories import bots, organisation, roles
from tests.operators.test_admin_lines import announced

pytestmark = pytest.mark.django_db


def browser(role: str) -> Client:
    account = roles.staff(role, lines=(organisation.line(),))
    User.objects.filter(pk=account.pk).update(language="en")
    account.refresh_from_db()
    return roles.browser(account)


def form(account: User, **values: Any) -> dict[str, Any]:
    rows = {"lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    names = {"name_ru": "Помощник", "name_en": "Helper"}
    usual = {**names, "answer_seconds": 30, "closes_after_hours": 24, "is_active": "on"}
    return {**usual, "account": account.pk, **rows, **values}


def test_an_integration_that_only_answers_is_made_a_bot_of_one_line_and_workspaces_are_told() -> None:
    line, partner = organisation.line("Cards"), bots.integration()
    rows = {"lines-TOTAL_FORMS": 1, "lines-0-queue": line.pk}
    answer = browser("administrator").post(reverse("admin:bots_bot_add"), form(partner.user, **rows))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    bot = Bot.objects.get()
    assert (bot.account, [each.queue for each in bot.lines.all()]) == (partner.user, [line])
    assert [each["what"] for each in announced("texts.changed")] == ["bots"]


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        ((Right.TEXT, Right.ANSWER), "let it read whole lines"),
        ((Right.METADATA, Right.ANSWER), "let it read whole lines"),
        ((Right.PERSONAL,), "let it answer nowhere"),
    ],
)
def test_one_that_reads_more_or_answers_nowhere_is_refused(rights: tuple[str, ...], said: str) -> None:
    partner = Integration(rights=rights)
    answer = browser("administrator").post(reverse("admin:bots_bot_add"), form(partner.user))
    assert said in str(answer.context["adminform"].form.errors["account"])
    assert not Bot.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("answer_seconds", 4), ("answer_seconds", 601), ("closes_after_hours", 0), ("closes_after_hours", 169)],
)
def test_its_time_is_bounded(name: str, value: int) -> None:
    partner = bots.integration()
    values = form(partner.user, **{name: value})
    answer = browser("administrator").post(reverse("admin:bots_bot_add"), values)
    assert list(answer.context["adminform"].form.errors) == [name]


@pytest.mark.parametrize(
    ("role", "status"), [("supervisor", 403), ("auditor", 403), ("head supervisor", 302)]
)
def test_who_runs_single_lines_looks_and_who_runs_all_switches_it_off(role: str, status: int) -> None:
    bot = bots.bot()
    client = browser(role)
    address = reverse("admin:bots_bot_change", args=[bot.pk])
    assert client.get(address).status_code == 200
    values = form(bot.account)
    values.pop("is_active")
    assert client.post(address, values).status_code == status
    bot.refresh_from_db()
    assert bot.is_active == (status == 403)
