"""How the workspace calls its operator: sounds, title and badge, notifications, and a colleague who takes over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.conversations.models import Right
from tests.browser.conftest import Eventually
from tests.browser.desk import Office, Window, sign_in
from tests.factories import people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


LISTEN = """
window.rung = 0;
const start = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...at) { window.rung += 1; return start.apply(this, at); };
window.badges = [];
navigator.setAppBadge = async (count) => { badges.push(count); };
navigator.clearAppBadge = async () => { badges.push(0); };
"""
ASKED = """
window.shown = [];
window.Notification = class {
  static permission = 'default';
  static requestPermission = async () => (Notification.permission = window.permits ?? 'granted');
  constructor(title, options) { shown.push([title, options.body]); window.latest = this; }
  close() {}
};
"""


def test_a_message_in_an_own_conversation_rings_and_is_counted_in_title_and_badge(
    watched: Page, window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    watched.add_init_script(LISTEN)
    conversation = office.ask(holder=office.anna)
    anna = window()
    expect(anna.page).to_have_title(re.compile(r"^\(1\) "))
    anna.open(conversation)
    expect(anna.page).to_have_title(re.compile(r"^[^(]"))
    icon = anna.page.locator("link[rel=icon]").get_attribute("href")
    office.ask(name="Ольга", holder=office.anna)
    eventually(lambda: anna.page.evaluate("rung") == 3)
    expect(anna.page).to_have_title(re.compile(r"^\(1\) "))
    assert anna.page.locator("link[rel=icon]").get_attribute("href") != icon
    assert anna.page.evaluate("badges.slice(-2)") == [0, 1]


def test_an_own_conversation_that_is_not_open_rings_too_and_a_muted_kind_does_not(
    watched: Page, window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    watched.add_init_script(LISTEN)
    other, conversation = office.ask(holder=office.anna), office.ask(name="Ольга", holder=office.anna)
    anna = window()
    anna.open(conversation)
    office.write(other, "вы тут?")
    eventually(lambda: anna.page.evaluate("rung") == 1)
    anna.page.get_by_role("button", name="Учётная запись").click()
    anna.page.get_by_role("button", name="Настройки").click()
    anna.page.get_by_role("checkbox", name="Сообщение в моём обращении").uncheck()
    anna.page.keyboard.press("Escape")
    office.write(other, "ау")
    expect(anna.row(other)).to_contain_text("ау")
    anna.page.wait_for_timeout(300)
    assert anna.page.evaluate("rung") == 1


def test_a_hidden_tab_notifies_without_words_once_it_was_permitted(
    watched: Page, window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    watched.add_init_script(ASKED)
    other, conversation = (
        office.ask("Тайна", holder=office.anna),
        office.ask(name="Ольга", holder=office.anna),
    )
    anna = window()
    anna.open(conversation)
    anna.page.get_by_role("button", name="Учётная запись").click()
    anna.page.get_by_role("button", name="Настройки").click()
    anna.page.get_by_role("checkbox", name="Уведомления").check()
    expect(anna.page.get_by_role("checkbox", name="Уведомления")).to_be_checked()
    anna.page.keyboard.press("Escape")
    anna.page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    office.write(other, "Секретное слово")
    eventually(lambda: anna.page.evaluate("shown.length") == 1)
    [title, body] = anna.page.evaluate("shown[0]")
    assert body == f"Новое сообщение № {other.pk}"
    assert title != ""
    anna.page.evaluate("latest.onclick()")
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("Иван")


def test_refused_notifications_are_said_to_be_off(
    watched: Page, window: Callable[[], Window], office: Office
) -> None:
    watched.add_init_script(ASKED + "window.permits = 'denied';")
    anna = window()
    anna.page.get_by_role("button", name="Учётная запись").click()
    anna.page.get_by_role("button", name="Настройки").click()
    anna.page.get_by_role("checkbox", name="Уведомления").click()
    expect(anna.page.get_by_role("alert")).to_contain_text("Браузер не разрешает уведомления")
    expect(anna.page.get_by_role("checkbox", name="Уведомления")).not_to_be_checked()


def test_who_is_relieved_by_a_supervisor_sees_it_at_once_and_keeps_what_he_typed(
    window: Callable[[], Window],
    office: Office,
    server: str,
    browser: Browser,
    browser_context_args: dict[str, Any],
) -> None:
    vera = people.operator("Вера", lines=(office.cards,), rights=(*people.OPERATOR_RIGHTS, Right.TAKE_OVER))
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.composer.press_sequentially("Сейчас посмо")
    context = browser.new_context(**browser_context_args)
    sign_in(context, server, vera.user)
    above = Window(context.new_page(), server)
    above.page.locator("[data-section=other]").click()
    above.open(conversation)
    above.act("Забрать")
    expect(above.composer).to_be_focused()
    expect(anna.page.get_by_text("Отвечает Вера.")).to_be_visible()
    expect(anna.page.locator(".kept-draft")).to_contain_text("Сейчас посмо")
    expect(anna.page.locator("[data-section=mine] .count")).to_have_text("0")
    above.say("Дальше веду я")
    expect(anna.bubble("Дальше веду я")).to_be_visible()
    context.close()
    conversation.refresh_from_db()
    assert conversation.holder_id == vera.pk
