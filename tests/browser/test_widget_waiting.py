"""The customer in line and out of hours, in a real browser: what he reads, what he may ask for, by keyboard too."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from apps.conversations.models import Conversation, GivenEmail
from apps.conversations.services import continuing, inbound
from apps.core import clock
from apps.operators.models import Calendar, Queue
from apps.routing.models import Department, Lead, LeadRequest
from apps.routing.services import placement
from apps.routing.tasks import tell_waiting
from tests.browser.axe import axe_problems
from tests.browser.site import Bank, Chat
from tests.factories import organisation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow"}


def waits(chat: Chat, **values: Any) -> Conversation:
    """He has written, and nobody is there to answer."""
    Queue.objects.filter(is_default=True).update(**values)
    chat.open()
    chat.write("Где моя карта?")
    expect(chat.log).to_contain_text("Где моя карта?")
    found = Conversation.objects.get()
    placement.route(found.pk, now=clock.now())
    tell_waiting()
    return found


def fine(chat: Chat) -> None:
    assert axe_problems(chat.page) == []


def test_who_waits_sees_his_place_and_leaves_a_contact_instead(chat: Chat, bank: Bank) -> None:
    waiting = waits(chat, tells_position=True, offer_contact_seconds=0, offer_callback_seconds=0)
    line = chat.frame.get_by_role("region", name="Ваше место в очереди")
    expect(line.get_by_role("status")).to_have_text("Вы следующий в очереди")
    fine(chat)
    line.get_by_role("button", name="Перезвоните мне").press("Enter")
    expect(line.get_by_label("Ваше имя")).to_be_focused()
    line.get_by_label("Телефон").fill("12")
    line.get_by_role("button", name="Отправить").press("Enter")
    expect(line.get_by_role("alert")).to_be_visible()
    expect(line.get_by_label("Телефон")).to_be_focused()
    fine(chat)
    line.get_by_label("Телефон").fill("+7 916 000-00-00")
    line.get_by_label("Когда вам удобно?").fill("после шести")
    chat.page.keyboard.press("Enter")
    expect(chat.log).to_contain_text("Вы оставили контакт")
    expect(line).to_be_hidden()
    lead = Lead.objects.get()
    assert (lead.phone, lead.conversation_id) == ("+7 916 000-00-00", waiting.pk)
    assert LeadRequest.objects.get().preferred == "после шести"


def test_who_thinks_better_of_it_goes_on_waiting(chat: Chat, bank: Bank) -> None:
    waits(chat, tells_position=True, offer_contact_seconds=0)
    chat.frame.get_by_role("button", name="Оставить контакт").click()
    chat.frame.get_by_role("button", name="Подождать ещё").click()
    expect(chat.frame.get_by_text("Вы следующий в очереди")).to_be_visible()
    assert not Lead.objects.exists()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 700)])
def test_who_waits_goes_on_in_a_messenger_and_the_page_says_so(
    chat: Chat, bank: Bank, width: int, height: int
) -> None:
    chat.page.set_viewport_size({"width": width, "height": height})
    chat.page.context.route("https://null.example/**", lambda route: route.fulfill(body="The messenger"))
    bot = organisation.channel(kind="null", title_ru="Наш бот")
    waiting = waits(chat, tells_position=True, offer_messenger_seconds=0, offer_contact_seconds=0)
    line = chat.frame.get_by_role("region", name="Ваше место в очереди")
    fine(chat)
    with chat.page.expect_popup() as opened:
        line.get_by_role("button", name="Продолжить в Наш бот").press("Enter")
    link = line.get_by_role("link", name="Открыть: Наш бот")
    expect(link).to_be_focused()
    expect(line.get_by_role("status")).to_contain_text("место в очереди сохранится")
    assert link.get_attribute("href") == opened.value.url
    assert link.bounding_box()["width"] <= width
    fine(chat)
    opened.value.close()
    there = inbound.identify(inbound.Address(channel_id=bot.pk, external_id="42"), now=clock.now())
    continuing.arrive(there, token=opened.value.url.partition("start=")[2], now=clock.now())
    expect(chat.log).to_contain_text("Продолжим в другом канале: Наш бот")
    expect(line).to_be_hidden()
    expect(chat.log).to_contain_text("Где моя карта?")
    waiting.refresh_from_db()
    assert (waiting.channel, waiting.state) == (bot, "queued")
    chat.page.reload()
    chat.open()
    expect(chat.log).to_contain_text("Продолжим в другом канале: Наш бот")


def test_who_would_rather_stay_waits_on(chat: Chat, bank: Bank) -> None:
    chat.page.context.route("https://null.example/**", lambda route: route.fulfill(body="The messenger"))
    organisation.channel(kind="null", title_ru="Наш бот")
    waits(chat, tells_position=True, offer_messenger_seconds=0)
    with chat.page.expect_popup():
        chat.frame.get_by_role("button", name="Продолжить в Наш бот").click()
    chat.frame.get_by_role("button", name="Подождать ещё").click()
    expect(chat.frame.get_by_text("Вы следующий в очереди")).to_be_visible()
    expect(chat.frame.get_by_role("button", name="Продолжить в Наш бот")).to_be_enabled()


def test_a_line_that_tells_nothing_loads_nothing_of_it(chat: Chat, bank: Bank) -> None:
    fetched: list[str] = []
    chat.page.on("request", lambda request: fetched.append(request.url))
    waits(chat)
    expect(chat.frame.get_by_text("Подбираем специалиста")).to_be_visible()
    assert not [url for url in fetched if "/widget/waiting" in url or "/widget/texts.more" in url]


def test_out_of_hours_the_chat_takes_a_contact_and_the_question(chat: Chat, bank: Bank) -> None:
    closed = Calendar.objects.create(name="Never")
    Queue.objects.filter(is_default=True).update(calendar=closed, out_of_hours="form")
    chat.page.get_by_role("button", name="Открыть чат").click()
    expect(chat.frame.get_by_text("Оставьте вопрос и телефон")).to_be_visible()
    expect(chat.frame.get_by_role("textbox", name="Сообщение")).to_be_hidden()
    expect(chat.frame.get_by_label("Ваш вопрос")).to_be_focused()
    fine(chat)
    chat.frame.get_by_label("Эл. почта").fill("anna@bank.ru")
    chat.frame.get_by_role("button", name="Отправить").click()
    expect(chat.frame.get_by_role("alert")).to_be_visible()
    chat.frame.get_by_label("Ваш вопрос").fill("Где моя карта?")
    chat.frame.get_by_role("button", name="Отправить").click()
    expect(chat.frame.get_by_text("Спасибо, мы всё получили")).to_be_visible()
    assert (Lead.objects.get().email, LeadRequest.objects.get().question) == (
        "anna@bank.ru",
        "Где моя карта?",
    )
    assert not Conversation.objects.exists()


def test_who_chooses_a_closed_department_is_asked_for_a_contact_there_and_chats_with_an_open_one(
    chat: Chat, bank: Bank
) -> None:
    closed = Calendar.objects.create(name="Never")
    loans = organisation.line("Кредиты", calendar=closed, out_of_hours="form")
    for place, queue in enumerate((loans, organisation.line("Карты"))):
        Department.objects.create(channel=bank.channel, queue=queue, position=place)
    chat.open()
    words = chat.frame.get_by_role("textbox", name="Сообщение")
    words.fill("Какая ставка?")
    chat.frame.get_by_text("Кредиты").click()
    expect(words).to_be_hidden()
    expect(chat.frame.get_by_text("Кредиты: сейчас закрыто. Оставьте вопрос и телефон")).to_be_visible()
    # He goes on where he was, and what he typed is there.
    expect(chat.frame.get_by_role("radio", name="Кредиты")).to_be_focused()
    expect(chat.frame.get_by_label("Ваш вопрос")).to_have_value("Какая ставка?")
    chat.frame.get_by_label("Ваш вопрос").fill("Какая ставка по ипотеке?")
    chat.frame.get_by_label("Эл. почта").fill("anna@bank.ru")
    fine(chat)
    chat.frame.get_by_text("Карты").click()
    expect(words).to_have_value("Какая ставка по ипотеке?")
    expect(chat.frame.get_by_role("radio", name="Карты")).to_be_focused()
    chat.frame.get_by_text("Кредиты").click()
    expect(chat.frame.get_by_label("Эл. почта")).to_have_value("anna@bank.ru")
    chat.frame.get_by_role("button", name="Отправить").click()
    expect(chat.frame.get_by_text("Спасибо, мы всё получили")).to_be_visible()
    assert (Lead.objects.get().queue, LeadRequest.objects.get().question) == (
        loans,
        "Какая ставка по ипотеке?",
    )
    chat.frame.get_by_role("button", name="Задать другой вопрос").click()
    expect(chat.frame.get_by_label("Ваш вопрос")).to_have_value("")


def test_who_wrote_to_a_closed_line_is_told_so_beside_his_words(chat: Chat, bank: Bank) -> None:
    closed = Calendar.objects.create(name="Never")
    waits(chat, calendar=closed, out_of_hours="apart")
    told = chat.frame.get_by_role("region", name="Ваше место в очереди").get_by_role("status")
    expect(told).to_have_text("Сейчас закрыто. Сообщение у нас — ответим, как только откроемся.")
    expect(chat.frame.get_by_text("Сейчас не на связи")).to_be_visible()
    fine(chat)


def test_who_wrote_to_a_closed_line_leaves_an_email_in_place_and_may_change_it(
    chat: Chat, bank: Bank
) -> None:
    waits(chat, calendar=Calendar.objects.create(name="Never"), out_of_hours="apart")
    place = chat.frame.get_by_role("region", name="Ваше место в очереди")
    expect(place).to_contain_text("Ждать здесь не нужно: оставьте эл. почту")
    expect(place).to_contain_text("На этот адрес уходят только ответы из этого чата")
    fine(chat)
    place.get_by_label("Эл. почта").fill("nobody")
    place.get_by_role("button", name="Прислать туда").press("Enter")
    expect(place.get_by_role("alert")).to_be_visible()
    expect(place.get_by_label("Эл. почта")).to_be_focused()
    place.get_by_label("Эл. почта").fill("ivan@mail.example")
    chat.page.keyboard.press("Enter")
    expect(place).to_contain_text("ответ придёт и на i•••@mail.example.")
    expect(chat.frame.get_by_role("textbox", name="Сообщение")).to_be_focused()
    assert GivenEmail.objects.get().email == "ivan@mail.example"
    fine(chat)
    place.get_by_role("button", name="Изменить").press("Enter")
    expect(place.get_by_label("Эл. почта")).to_be_focused()
    place.get_by_role("button", name="Не присылать писем").click()
    expect(place.get_by_role("button", name="Не присылать писем")).to_be_hidden()
    expect(place).to_contain_text("Ждать здесь не нужно")
    assert not GivenEmail.objects.exists()


def test_where_no_letters_are_sent_no_email_is_asked_for(chat: Chat, bank: Bank) -> None:
    bank.channel.sends_letters = False
    bank.channel.save()
    waits(chat, calendar=Calendar.objects.create(name="Never"), out_of_hours="apart")
    place = chat.frame.get_by_role("region", name="Ваше место в очереди")
    expect(place).to_contain_text("Сейчас закрыто")
    expect(place.get_by_label("Эл. почта")).to_be_hidden()
