"""What an operator has begun stays his, wherever the conversation or the connection goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.conversations.models import Conversation, Draft, Right
from apps.core import clock
from apps.operators.models import Queue
from apps.routing.services import handling
from tests.browser.axe import axe_problems
from tests.browser.conftest import Eventually, Product
from tests.browser.desk import Office, Window, sign_in
from tests.factories import people

pytestmark = pytest.mark.django_db(transaction=True)
SENTENCE = "Обращение № {} передано в линию «Кредиты», которая вам не доступна"


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


@pytest.fixture
def move_away(office: Office) -> Callable[[Conversation, Queue], None]:
    """A supervisor sends a held conversation to another line."""
    rights = (*people.OPERATOR_RIGHTS, Right.TAKE_OVER)
    vera = people.operator("Вера", lines=(office.cards,), rights=rights)

    def move(conversation: Conversation, line: Queue) -> None:
        handling.transfer_to_line(people.sight(vera), conversation.pk, line.pk, comment="", now=clock.now())

    return move


def test_what_was_half_typed_outlives_the_loss_of_the_conversation(
    window: Callable[[], Window], office: Office, move_away: Callable[[Conversation, Queue], None]
) -> None:
    conversation, other = (
        office.ask(holder=office.anna),
        office.ask("Другое", name="Пётр", holder=office.anna),
    )
    anna = window()
    anna.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    anna.open(conversation)
    anna.composer.press_sequentially("Карту привезёт кур")
    move_away(conversation, office.loans)
    expect(anna.page.get_by_role("heading", level=1)).to_have_text(SENTENCE.format(conversation.pk))
    expect(anna.thread).to_have_count(0)
    expect(anna.page.get_by_text("Где моя карта?")).to_have_count(0)
    assert axe_problems(anna.page) == []
    anna.page.locator(".lost").get_by_role("button", name="Скопировать").click()
    assert anna.page.evaluate("navigator.clipboard.readText()") == "Карту привезёт кур"
    anna.open(other)
    anna.page.reload()
    banner = anna.page.locator(".banner", has_text="больше не доступны")
    banner.get_by_role("button", name=f"№ {conversation.pk}").click()
    expect(anna.page.locator(".lost")).to_contain_text("Карту привезёт кур")
    anna.page.get_by_role("button", name="Удалить и закрыть").click()
    expect(anna.page.locator(".lost")).to_have_count(0)
    expect(banner).to_have_count(0)
    anna.page.reload()
    expect(anna.row(other)).to_be_visible()
    expect(banner).to_have_count(0)


def test_a_conversation_that_leaves_with_nothing_typed_says_where_it_went(
    window: Callable[[], Window], office: Office, move_away: Callable[[Conversation, Queue], None]
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    move_away(conversation, office.loans)
    expect(anna.page.get_by_text(SENTENCE.format(conversation.pk))).to_be_visible()
    expect(anna.thread).to_have_count(0)
    expect(anna.row(conversation)).to_have_count(0)


def test_a_file_and_an_edit_outlive_another_conversation_and_a_restart(
    page: Page, product: Product, office: Office, eventually: Eventually
) -> None:
    first, second = office.ask(holder=office.anna), office.ask("Другое", name="Пётр", holder=office.anna)
    third = office.ask("Третье", name="Олег", holder=office.anna)
    sign_in(page.context, product.url, office.anna.user)
    anna = Window(page, product.url)
    anna.open(first)
    file = {"name": "справка.txt", "mimeType": "text/plain", "buffer": "Справка".encode()}
    page.locator("#attach").set_input_files(file)
    expect(page.get_by_role("list", name="Прикреплённые файлы")).to_contain_text("14 Б")
    anna.open(second)
    anna.say("Через три дня")
    expect(anna.bubble("Через три дня").locator("[data-mark=sent]")).to_be_visible()
    anna.composer.press("ArrowUp")
    anna.composer.fill("Через два")
    anna.open(third)
    product.stop()
    office.write(first, "вы тут?")
    product.start()
    expect(anna.row(first)).to_contain_text("вы тут?", timeout=15_000)
    anna.open(second)
    expect(anna.composer).to_have_value("Через два")
    anna.composer.fill("Через два дня")
    anna.composer.press("Enter")
    expect(anna.bubble("Через два дня")).to_contain_text("изменено")
    anna.open(first)
    expect(anna.bubble("вы тут?")).to_be_visible()
    expect(page.get_by_role("list", name="Прикреплённые файлы")).to_contain_text("справка.txt")
    anna.composer.press("Enter")
    expect(anna.bubble("справка.txt")).to_be_visible()
    assert eventually(lambda: not Draft.objects.exists())
