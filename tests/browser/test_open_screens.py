"""Screens that are open while the bank changes its look or a channel: they follow, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from apps.core.models import Brand
from tests.browser.desk import Window
from tests.browser.site import Bank, Chat
from tests.channels.test_admin import address, form
from tests.factories import roles

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


@pytest.fixture
def admin(server: str) -> Client:
    return roles.browser(roles.staff("administrator"))


def test_an_open_chat_takes_the_new_texts_and_keeps_what_was_typed(
    chat: Chat, bank: Bank, admin: Client
) -> None:
    chat.open()
    chat.write("Где карта?")
    chat.box.fill("Не дописал")
    values = {"title_ru": "Банк Полдень", "accent": "#7a1f5c"}
    assert admin.post(address(bank.channel), form(bank.channel, **values)).status_code == 302
    expect(chat.frame.get_by_role("heading", name="Банк Полдень")).to_be_visible()
    expect(chat.box).to_have_value("Не дописал")
    expect(chat.bubbles.filter(has_text="Где карта?")).to_have_count(1)
    chat.write("Дописал")


def test_an_open_chat_of_a_channel_switched_off_says_so_and_is_whole_again_later(
    chat: Chat, bank: Bank, admin: Client, server: str
) -> None:
    chat.open()
    chat.write("Где карта?")
    assert admin.post(address(bank.channel), form(bank.channel, is_active="")).status_code == 302
    expect(chat.frame.get_by_role("alert")).to_contain_text("Здесь чат недоступен")
    assert admin.post(address(bank.channel), form(bank.channel)).status_code == 302
    again = Chat(chat.page, server).open()
    expect(again.bubbles.filter(has_text="Где карта?")).to_have_count(1)


def test_an_open_workspace_takes_the_banks_new_name_and_colour(
    window: Callable[[], Window], admin: Client
) -> None:
    Brand.objects.update_or_create(pk=1, defaults={"name": "Меридиан", "accent": "#0c5a4b"})
    anna = window()
    home = anna.page.locator("a.brand")
    expect(home).to_have_text("Меридиан")
    colour = "getComputedStyle(document.documentElement).getPropertyValue('--brand')"
    before = anna.page.evaluate(colour)
    look = {"name": "Полдень", "accent": "#7a1f5c"}
    assert admin.post(reverse("admin:core_brand_change", args=[1]), look).status_code == 302
    expect(home).to_have_text("Полдень")
    assert anna.page.evaluate(colour) != before
