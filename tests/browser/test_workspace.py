"""The operator's window in a real browser: what he does all day, by hand and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from apps.channels.models import Visitor
from apps.channels.services import visitors
from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Draft, Message
from apps.conversations.services import marginalia
from apps.core import clock
from apps.operators.models import ReplyTemplate, Tag
from apps.routing.services import handling
from tests.browser.axe import axe_problems
from tests.browser.conftest import Eventually, Product
from tests.browser.desk import Office, Window, sign_in
from tests.factories import people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


# --- signing in -------------------------------------------------------------------------------------------


def test_an_operator_signs_in_and_finds_his_window(watched: Page, server: str, office: Office) -> None:
    watched.goto(f"{server}/workspace/")
    watched.get_by_label("Имя пользователя").or_(watched.locator("#id_login")).first.fill(
        office.anna.user.username
    )
    watched.locator("#id_password").fill("correct horse battery")
    watched.locator("main button[type=submit]").click()
    expect(watched.get_by_role("button", name="Мои")).to_be_visible()
    assert axe_problems(watched) == []


# --- a conversation from accept to close ----------------------------------------------------------------------


def test_a_waiting_customer_is_accepted_answered_and_closed(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    anna = window()
    conversation = office.ask("Где моя карта?")
    expect(anna.row(conversation)).to_be_visible()
    anna.open(conversation)
    expect(anna.page.get_by_text("Клиент ждёт. Ответ сразу примет обращение.")).to_be_visible()
    anna.act("Принять")
    expect(anna.composer).to_be_focused()
    anna.say("Уже едет, Иван")
    expect(anna.bubble("Уже едет, Иван").locator("[data-mark=sent]")).to_be_visible()
    office.write(conversation, "Спасибо!")
    expect(anna.bubble("Спасибо!")).to_be_visible()
    anna.act("Завершить")
    anna.page.get_by_role("dialog").get_by_role("button", name="Завершить").click()
    expect(anna.thread.get_by_text("Анна завершает обращение")).to_be_visible()
    conversation.refresh_from_db()
    assert conversation.state == "closed"
    answers = Message.objects.filter(conversation=conversation, kind="text", author=office.anna.user)
    assert list(answers.values_list("text", flat=True)) == ["Уже едет, Иван"]


def test_who_comes_second_is_told_who_was_first(
    window: Callable[[], Window], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = handling.accept

    def beaten(sight: Sight, conversation_id: int, *, now: datetime) -> Conversation:
        accept(people.sight(office.boris), conversation_id, now=now)
        return accept(sight, conversation_id, now=now)

    monkeypatch.setattr(handling, "accept", beaten)
    conversation = office.ask()
    anna = window()
    anna.open(conversation)
    anna.act("Принять")
    expect(anna.page.get_by_role("alert")).to_contain_text("Борис")
    expect(anna.page.get_by_text("Отвечает Борис.")).to_be_visible()
    expect(anna.page.locator("[data-action=accept]")).to_have_count(0)


def test_reading_above_nothing_jumps_and_what_is_new_is_counted(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask("начало", holder=office.anna)
    for number in range(120):
        office.write(conversation, f"слово {number}")
    anna = window()
    anna.open(conversation)
    expect(anna.bubble("слово 119")).to_be_in_viewport()
    expect(anna.bubble("начало")).to_have_count(0)
    anna.thread.hover()
    first = anna.bubble("начало")

    def is_there() -> bool:
        found = first.is_visible()
        if not found:
            anna.page.mouse.wheel(0, -1500)
        return found

    eventually(is_there)
    anna.thread.evaluate("box => box.scrollTo(0, 900)")
    anchor = anna.bubble("слово 14")
    expect(anchor).to_be_in_viewport()
    before = anchor.bounding_box()
    office.write(conversation, "пока вы читали")
    pill = anna.page.get_by_role("button", name="1 новое")
    expect(pill).to_be_visible()
    after = anchor.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2
    pill.click()
    expect(anna.bubble("пока вы читали")).to_be_in_viewport()


def test_a_transfer_takes_the_conversation_and_its_comment_along(
    window: Callable[[], Window], office: Office
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.page.keyboard.press("Alt+t")
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Коллеге").click()
    dialog.get_by_role("textbox", name="Комментарий").fill("ждёт перевыпуска")
    search = dialog.get_by_role("textbox", name="Имя, навык или линия")
    search.press("ArrowDown")
    expect(dialog.get_by_role("radio")).to_be_focused()
    # What the search hides is not sent to, though it was chosen.
    search.fill("никто")
    expect(dialog.get_by_role("button", name="Передать", exact=True)).to_be_disabled()
    search.fill("борис")
    search.press("Enter")
    dialog.get_by_role("radio").press("Enter")
    expect(anna.page.get_by_text("Отвечает Борис.")).to_be_visible()
    conversation.refresh_from_db()
    assert conversation.holder_id == office.boris.pk
    assert Message.objects.filter(conversation=conversation, kind="note", text="ждёт перевыпуска").exists()


def test_what_was_held_for_another_line_leaves_the_screen_when_it_is_closed(
    window: Callable[[], Window], office: Office
) -> None:
    conversation = office.ask(line=office.loans, holder=office.boris)
    anna = window()
    handling.transfer_to_operator(
        people.sight(office.boris), conversation.pk, office.anna.pk, comment="", now=clock.now()
    )
    expect(anna.page.get_by_text(f"Вам передано обращение № {conversation.pk}")).to_be_visible()
    anna.open(conversation)
    anna.act("Завершить")
    anna.page.get_by_role("dialog").get_by_role("button", name="Завершить").click()
    expect(anna.page.get_by_text(f"Обращение № {conversation.pk} завершено")).to_be_visible()
    expect(anna.thread).to_have_count(0)
    expect(anna.row(conversation)).to_have_count(0)
    expect(anna.page.get_by_role("alert")).to_have_count(0)


def test_the_card_follows_the_customer_from_page_to_page(
    window: Callable[[], Window], office: Office
) -> None:
    talk = office.ask(holder=office.anna)
    bank = "https://bank.example"
    around = visitors.Surroundings(page_url=f"{bank}/cards", page_title="Карты")
    visitor, _token = visitors.admit(talk.channel, around=around, now=clock.now())
    Visitor.objects.filter(pk=visitor.pk).update(external_id=talk.identity.external_id)
    anna = window()
    anna.open(talk)
    card = anna.page.get_by_role("complementary", name="Карточка клиента")
    expect(card).to_contain_text("Карты")
    moved = {"url": f"{bank}/loans", "title": "Ипотека"}
    visitors.move_to_page(visitor.pk, **moved, now=clock.now())
    marginalia.note_page(talk.identity, **moved, now=clock.now())
    expect(anna.thread).to_contain_text("Клиент открыл страницу: Ипотека")
    expect(card).to_contain_text("Ипотека")


def test_a_snoozed_conversation_stays_with_its_operator(window: Callable[[], Window], office: Office) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.page.keyboard.press("Alt+z")
    anna.page.get_by_role("button", name="Пока клиент не напишет").click()
    expect(anna.page.get_by_text("отложено до ответа клиента")).to_be_visible()
    conversation.refresh_from_db()
    assert conversation.state == "snoozed"


def test_an_own_moment_is_read_by_the_operators_clock_not_the_browsers(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    office.anna.user.time_zone = "Asia/Vladivostok"
    office.anna.user.save()
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.page.keyboard.press("Alt+z")
    wanted = clock.now().astimezone(ZoneInfo("Asia/Vladivostok")) + timedelta(days=2)
    wanted = wanted.replace(hour=9, minute=30, second=0, microsecond=0)
    dialog = anna.page.get_by_role("dialog")
    dialog.get_by_label("Другой момент").fill(f"{wanted:%Y-%m-%dT%H:%M}")
    dialog.get_by_role("button", name="Отложить", exact=True).click()
    expect(anna.page.get_by_text("отложено до:").first).to_contain_text("09:30")
    eventually(lambda: Conversation.objects.get(pk=conversation.pk).snoozed_until == wanted)


# --- writing ------------------------------------------------------------------------------------------------------


def test_a_template_is_found_by_slash_filled_and_never_sent_by_itself(
    window: Callable[[], Window], office: Office
) -> None:
    ReplyTemplate.objects.create(
        shortcut="срок", title="Срок выпуска", text="{customer_name}, карта придёт через {дней} дней."
    )
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.composer.press_sequentially("/ср")
    expect(anna.page.get_by_role("option", name="срок")).to_be_visible()
    anna.composer.press("Enter")
    expect(anna.composer).to_have_value("Иван, карта придёт через {дней} дней.")
    anna.composer.press("Enter")
    expect(anna.page.get_by_text("Заполните выделенное место и отправьте.")).to_be_visible()
    anna.page.keyboard.type("пять")
    expect(anna.composer).to_have_value("Иван, карта придёт через пять дней.")
    assert not Message.objects.filter(author=office.anna.user, kind="text").exists()


def test_words_typed_survive_a_reload_and_are_on_the_server_within_seconds(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.composer.press_sequentially("Сейчас провер")
    anna.page.reload()
    expect(anna.row(conversation)).to_contain_text("Черновик: Сейчас провер")
    anna.open(conversation)
    expect(anna.composer).to_have_value("Сейчас провер")
    kept = eventually(lambda: Draft.objects.filter(user=office.anna.user).first())
    assert kept.text == "Сейчас провер"


def test_a_note_has_its_own_key_and_no_stray_key_makes_it_an_answer(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    expect(anna.composer).to_be_focused()
    anna.page.keyboard.press("Alt+n")
    note = anna.page.get_by_role("textbox", name="Заметка для коллег")
    expect(note).to_be_focused()
    note.press_sequentially("проверить паспорт")
    anna.page.keyboard.press("Alt+n")
    expect(note).to_have_value("проверить паспорт")
    note.press("Enter")
    expect(anna.bubble("проверить паспорт")).to_be_visible()
    stored = eventually(lambda: Message.objects.filter(text="проверить паспорт").first())
    assert (stored.kind, stored.staff_only) == ("note", True)
    note.press_sequentially("дальше клиенту")
    anna.page.get_by_role("button", name="Ответ", exact=True).click()
    expect(anna.composer).to_have_value("дальше клиенту")


def test_shift_enter_breaks_the_line_and_control_enter_may_be_chosen_to_send(
    window: Callable[[], Window], office: Office
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.composer.press_sequentially("раз")
    anna.composer.press("Shift+Enter")
    anna.composer.press_sequentially("два")
    expect(anna.composer).to_have_value("раз\nдва")
    anna.page.get_by_role("button", name="Учётная запись").click()
    anna.page.get_by_role("button", name="Настройки").click()
    anna.page.get_by_role("button", name="Ctrl+Enter").click()
    anna.page.keyboard.press("Escape")
    expect(anna.composer).to_be_focused()
    anna.composer.press("Enter")
    expect(anna.composer).to_have_value("раз\nдва\n")
    anna.composer.press("Control+Enter")
    expect(anna.bubble("раз")).to_be_visible()


def test_an_own_answer_can_be_changed_and_taken_back(window: Callable[[], Window], office: Office) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.say("Через три дня")
    expect(anna.bubble("Через три дня").locator("[data-mark=sent]")).to_be_visible()
    anna.composer.press("ArrowUp")
    expect(anna.composer).to_have_value("Через три дня")
    anna.composer.fill("Через два дня")
    anna.composer.press("Enter")
    expect(anna.bubble("Через два дня")).to_contain_text("изменено")
    anna.bubble("Через два дня").hover()
    anna.bubble("Через два дня").get_by_role("button", name="Действия с сообщением").click()
    anna.page.get_by_role("menuitem", name="Удалить").click()
    anna.page.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    expect(anna.bubble("Сообщение удалено")).to_be_visible()


# --- connection ------------------------------------------------------------------------------------------------


def test_a_restart_of_the_server_loses_no_word_and_sends_what_waited_in_order(
    page: Page, product: Product, office: Office, eventually: Eventually
) -> None:
    conversation = office.ask(holder=office.anna)
    sign_in(page.context, product.url, office.anna.user)
    anna = Window(page, product.url)
    anna.open(conversation)
    expect(anna.composer).to_be_focused()
    product.stop()
    anna.say("первое")
    anna.say("второе")
    anna.composer.press_sequentially("и ещё не дописа")
    expect(anna.page.get_by_text("2 сообщения уйдут, как только связь вернётся.")).to_be_visible()
    expect(anna.bubble("первое").locator("[data-mark=sending]")).to_be_visible()
    office.write(conversation, "вы тут?")
    product.start()
    anna.page.get_by_role("button", name="Подключиться сейчас").click()
    expect(anna.bubble("второе").locator("[data-mark=sent]")).to_be_visible(timeout=15_000)
    expect(anna.bubble("вы тут?")).to_be_visible()
    expect(anna.composer).to_have_value("и ещё не дописа")
    sent = Message.objects.filter(conversation=conversation, author=office.anna.user, kind="text")
    assert list(sent.order_by("seq").values_list("text", flat=True)) == ["первое", "второе"]


def test_two_tabs_show_the_same_and_share_what_is_read(
    window: Callable[[], Window], server: str, office: Office, second_page: Page
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    other = Window(second_page, server)
    expect(other.row(conversation)).to_contain_text("Непрочитано: 1")
    anna.page.bring_to_front()
    anna.open(conversation)
    expect(other.row(conversation)).not_to_contain_text("Непрочитано")
    anna.say("Здравствуйте!")
    expect(other.row(conversation)).to_contain_text("Вы: Здравствуйте!")
    other.open(conversation)
    expect(other.bubble("Здравствуйте!")).to_have_count(1)


def test_a_session_that_ended_is_renewed_without_losing_what_was_typed(
    page: Page, product: Product, office: Office
) -> None:
    conversation = office.ask(holder=office.anna)
    sign_in(page.context, product.url, office.anna.user)
    anna = Window(page, product.url)
    anna.open(conversation)
    anna.composer.press_sequentially("полслова")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    product.stop()
    product.start()
    dialog = page.get_by_role("dialog", name="Сеанс завершён")
    expect(dialog).to_be_visible(timeout=10_000)
    assert dialog.get_by_role("link", name="Войти снова").get_attribute("target") == "_blank"
    sign_in(page.context, product.url, office.anna.user)
    dialog.get_by_role("button", name="Вход выполнен").click()
    expect(dialog).to_have_count(0)
    expect(anna.composer).to_have_value("полслова")
    anna.say("полслова и целое")
    expect(anna.bubble("полслова и целое").locator("[data-mark=sent]")).to_be_visible()


# --- the list -----------------------------------------------------------------------------------------------------


def test_a_foreign_line_shows_a_padlock_and_no_content(window: Callable[[], Window], office: Office) -> None:
    secret = office.ask("Хочу взять ипотеку", name="Тайный Клиент", line=office.loans)
    anna = window()
    anna.page.get_by_role("button", name="Чужие линии").click()
    locked = anna.row(secret)
    expect(locked).to_contain_text(f"№ {secret.pk}")
    locked.click()
    expect(anna.page.get_by_role("dialog")).to_contain_text("закрыто для вас")
    anna.page.get_by_role("button", name="Понятно").click()
    text = anna.page.locator("body").inner_text()
    assert "ипотеку" not in text
    assert "Тайный" not in text


def test_sections_count_and_fold_by_line(window: Callable[[], Window], office: Office) -> None:
    mine = office.ask(holder=office.anna)
    theirs = office.ask(holder=office.boris, name="Ольга")
    waiting = office.ask(name="Пётр")
    closed = office.ask(name="Нина", holder=office.anna)
    handling.close(people.sight(office.anna), closed.pk, now=clock.now())
    anna = window()
    for section, count in (("mine", 1), ("waiting", 1), ("other", 1), ("recent", 1)):
        expect(anna.page.locator(f"[data-section={section}] .count")).to_have_text(str(count))
    expect(anna.row(mine)).to_be_visible()
    expect(anna.row(theirs)).to_have_count(0)
    anna.page.locator("[data-section=other]").click()
    expect(anna.row(theirs)).to_contain_text("Борис")
    anna.page.locator(f"[data-group='waiting:{office.cards.pk}']").click()
    expect(anna.row(waiting)).to_have_count(0)
    handling.accept(people.sight(office.anna), waiting.pk, now=clock.now())
    expect(anna.row(waiting)).to_be_visible()
    expect(anna.page.locator("[data-section=mine] .count")).to_have_text("2")


def test_tags_are_put_on_and_seen_in_the_list(window: Callable[[], Window], office: Office) -> None:
    Tag.objects.create(name="Жалоба")
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    anna.page.keyboard.press("Alt+g")
    anna.page.get_by_role("textbox", name="Найти метку").fill("жал")
    anna.page.keyboard.press("Enter")
    expect(anna.row(conversation)).to_contain_text("Жалоба")
    conversation.refresh_from_db()
    assert [tag.name for tag in conversation.tags.all()] == ["Жалоба"]


# --- keyboard and access --------------------------------------------------------------------------------------------


def test_a_whole_conversation_is_led_by_the_keyboard(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask()
    anna = window()
    expect(anna.row(conversation)).to_be_visible()
    keys = anna.page.keyboard
    keys.press("Alt+j")
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("Иван")
    expect(anna.page.locator("[data-action=accept]")).to_be_visible()
    keys.press("Alt+a")
    expect(anna.composer).to_be_focused()
    keys.type("Готово")
    keys.press("Enter")
    expect(anna.bubble("Готово").locator("[data-mark=sent]")).to_be_visible()
    keys.press("Alt+x")
    eventually(lambda: Conversation.objects.get(pk=conversation.pk).state == "closed")
    keys.press("Control+k")
    keys.type(str(conversation.pk))
    expect(anna.page.get_by_role("option", name=f"№ {conversation.pk}").first).to_be_visible()
    keys.press("Escape")
    expect(anna.page.get_by_role("dialog")).to_have_count(0)


def test_shortcuts_can_be_switched_off(window: Callable[[], Window], office: Office) -> None:
    conversation = office.ask()
    anna = window()
    expect(anna.row(conversation)).to_be_visible()
    anna.page.keyboard.press("?")
    anna.page.get_by_role("checkbox", name="Сочетания клавиш включены").uncheck()
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("Alt+j")
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("Выберите обращение")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier_is_found(window: Callable[[], Window], office: Office, theme: str) -> None:
    ReplyTemplate.objects.create(shortcut="привет", title="Приветствие", text="Здравствуйте!")
    Tag.objects.create(name="Жалоба", colour="#c0392b")
    conversation = office.ask(holder=office.anna)
    office.ask(name="Ольга")
    anna = window()
    anna.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    found = {"start": axe_problems(anna.page)}
    anna.open(conversation)
    anna.say("Проверяю")
    expect(anna.bubble("Проверяю").locator("[data-mark=sent]")).to_be_visible()
    found["thread"] = axe_problems(anna.page)
    anna.composer.press_sequentially("/")
    found["templates"] = axe_problems(anna.page)
    anna.composer.fill("")
    for name, key in (("transfer", "Alt+t"), ("snooze", "Alt+z"), ("palette", "Control+k")):
        anna.page.keyboard.press(key)
        expect(anna.page.get_by_role("dialog")).to_be_visible()
        found[name] = axe_problems(anna.page)
        anna.page.keyboard.press("Escape")
        expect(anna.page.get_by_role("dialog")).to_have_count(0)
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [390, 640, 1280])
def test_nothing_is_wider_than_the_screen(window: Callable[[], Window], office: Office, width: int) -> None:
    conversation = office.ask("слово " * 60, name="Очень Длинное Имя " * 3, holder=office.anna)
    anna = window()
    anna.page.set_viewport_size({"width": width, "height": 700})
    anna.row(conversation).click()
    expect(anna.composer).to_be_visible()
    assert anna.page.evaluate("document.documentElement.scrollWidth") <= width
    expect(anna.page.get_by_role("button", name="Отправить")).to_be_in_viewport()
