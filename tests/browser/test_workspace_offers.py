"""Being asked to take a conversation: the card, its keys, its noise, and what becomes of what one does not take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.conversations.models import Conversation, Grant, Right
from apps.core import clock
from apps.operators.models import DeclineReason, Presence, Queue
from apps.routing.models import Assignment
from apps.routing.services import dispatch, offers
from tests.browser.axe import axe_problems
from tests.browser.conftest import Eventually
from tests.browser.desk import Office, Window
from tests.browser.test_workspace_calls import LISTEN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


@pytest.fixture
def asking(office: Office) -> Office:
    """Her line asks its members, and only Anna is at work."""
    Queue.objects.filter(pk=office.cards.pk).update(offering="both", accept_seconds=60)
    Presence.objects.filter(operator=office.boris).update(state="offline")
    return office


def offered(office: Office, name: str = "Иван") -> Conversation:
    conversation = office.ask("Где моя карта?", name=name)
    dispatch.dispatch(now=clock.now())
    return conversation


def card(page: Page, conversation: Conversation) -> Locator:
    return page.locator(f"[data-offer='{conversation.pk}']")


def holder(conversation: Conversation) -> int | None:
    return Conversation.objects.get(pk=conversation.pk).holder_id


def test_an_offer_rings_says_what_it_is_and_a_key_accepts_and_opens_it(
    watched: Page, window: Callable[[], Window], asking: Office, eventually: Eventually
) -> None:
    watched.add_init_script(LISTEN)
    anna = window()
    anna.page.mouse.click(5, 5)
    conversation = offered(asking)
    shown = card(anna.page, conversation)
    expect(shown).to_contain_text("Где моя карта?")
    expect(shown).to_contain_text("ваша очередь")
    expect(shown).to_contain_text("Карты")
    eventually(lambda: anna.page.evaluate("rung") >= 4)
    expect(anna.page.get_by_role("img", name="Занято 1 из 5")).to_be_visible()
    assert axe_problems(anna.page) == []
    anna.page.keyboard.press("Alt+KeyY")
    expect(shown).to_be_hidden()
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("Иван")
    expect(anna.composer).to_be_focused()
    assert holder(conversation) == asking.anna.pk


def test_an_offer_survives_a_reload_and_leaves_every_tab_when_one_accepts(
    window: Callable[[], Window], asking: Office, second_page: Page, server: str
) -> None:
    conversation, other = offered(asking), offered(asking, name="Ольга")
    anna = window()
    anna.page.reload()
    expect(anna.page.locator(".offer")).to_have_count(2)
    tab = Window(second_page, server)
    expect(tab.page.locator(".offer")).to_have_count(2)
    card(tab.page, other).get_by_role("button", name="Принять").click()
    for page in (tab.page, anna.page):
        expect(card(page, other)).to_be_hidden()
        expect(card(page, conversation)).to_be_visible()
    assert (holder(other), holder(conversation)) == (asking.anna.pk, None)


def test_declining_asks_why_and_takes_a_digit_for_an_answer(
    window: Callable[[], Window], asking: Office, eventually: Eventually
) -> None:
    for name in ("Не мой вопрос", "Разговариваю по телефону"):
        DeclineReason.objects.create(name_ru=name)
    anna = window()
    conversation = offered(asking)
    expect(card(anna.page, conversation)).to_be_visible()
    anna.page.keyboard.press("Alt+KeyQ")
    expect(anna.page.get_by_role("button", name="Не мой вопрос")).to_be_focused()
    anna.page.keyboard.press("Digit2")
    expect(card(anna.page, conversation)).to_be_hidden()
    ended = eventually(lambda: Assignment.objects.filter(end_reason="declined").first())
    assert ended.decline_reason.name_ru == "Разговариваю по телефону"


def test_what_was_missed_is_said_until_it_is_understood(window: Callable[[], Window], asking: Office) -> None:
    anna = window()
    conversation = offered(asking)
    expect(card(anna.page, conversation)).to_be_visible()
    offers.expire(now=clock.now() + timedelta(seconds=61))
    expect(card(anna.page, conversation)).to_be_hidden()
    missed = anna.page.get_by_text(f"Вы не успели принять: № {conversation.pk}")
    expect(missed).to_be_visible()
    anna.page.get_by_role("button", name="Понятно").click()
    expect(missed).to_be_hidden()


def test_who_may_not_pick_takes_the_next_one_in_turn(window: Callable[[], Window], office: Office) -> None:
    Grant.objects.filter(right=Right.PICK).delete()
    first, second = office.ask(), office.ask(name="Ольга")
    anna = window()
    anna.open(second)
    expect(anna.page.get_by_text("берите следующего")).to_be_visible()
    expect(anna.page.locator("[data-action=accept]")).to_have_count(0)
    for conversation in (first, second):
        anna.page.keyboard.press("Alt+KeyS")
        name = conversation.customer.name
        expect(anna.page.get_by_role("heading", level=1)).to_have_text(name)
        expect(anna.page.locator(".chip.mine")).to_be_visible()
        assert holder(conversation) == office.anna.pk
    anna.page.keyboard.press("Alt+KeyS")
    expect(anna.page.get_by_text("Для вас сейчас ничего не ждёт")).to_be_visible()


def test_an_answer_from_the_line_takes_the_conversation(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask()
    anna = window()
    anna.open(conversation)
    anna.say("Карта уже в пути")
    expect(anna.bubble("Карта уже в пути").locator("[data-mark=sent]")).to_be_visible()
    expect(anna.page.locator(".chip.mine")).to_be_visible()
    assert eventually(lambda: holder(conversation)) == office.anna.pk


def test_a_colleague_who_refuses_sends_it_back_with_a_word(
    window: Callable[[], Window], office: Office
) -> None:
    Queue.objects.filter(pk=office.cards.pk).update(accept_seconds=60)
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.act("Передать")
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Коллеге").click()
    dialog.get_by_text("Борис").click()
    dialog.get_by_label("Комментарий").first.fill("Передаю вас Борису")
    dialog.get_by_role("checkbox", name="Показать комментарий клиенту").check()
    dialog.get_by_role("button", name="Передать").click()
    expect(anna.page.get_by_text("Коллеге предложено обращение")).to_be_visible()
    expect(anna.bubble("Передаю вас Борису")).to_be_visible()
    offers.decline(office.boris.pk, conversation.pk, reason_id=None, now=clock.now())
    expect(anna.page.get_by_role("alert").get_by_text("Оно снова у вас.")).to_be_visible()
    expect(anna.page.get_by_text("Вам передано обращение")).to_have_count(0)
    expect(anna.thread.get_by_text("Борис не берёт обращение, его снова ведёт Анна")).to_be_visible()
    assert holder(conversation) == office.anna.pk


def test_why_here_is_told_in_the_open_conversation(window: Callable[[], Window], office: Office) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.page.keyboard.press("Alt+KeyW")
    dialog = anna.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text(f"Почему обращение № {conversation.pk} здесь")
    expect(dialog.get_by_role("heading", level=3)).to_have_count(2)
    expect(dialog.get_by_role("heading", level=3).last).to_contain_text("Анна")
    assert axe_problems(anna.page) == []
