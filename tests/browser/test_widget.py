"""The widget in a real browser on the demo bank's site: what a customer can do, and what it costs the page."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Message
from apps.conversations.services import outbound
from apps.core import clock
from apps.operators.models import Calendar
from apps.routing.models import Department, Showing
from apps.routing.services import handling, placement
from config.demo.people import PEOPLE, signed_token
from tests.browser.axe import axe_problems
from tests.browser.conftest import Eventually, Product
from tests.browser.site import Bank, Chat, stopped
from tests.factories import organisation, rules
from tests.factories.promises import promise

pytestmark = pytest.mark.django_db(transaction=True)

LOADER_BYTES = 5 * 1024
APP_BYTES = 45 * 1024
APP_REQUESTS = 20
LAYOUT_SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const shift of list.getEntries()) sum += shift.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300);
})"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow"}


# --- what it costs --------------------------------------------------------------------------------------


def test_the_page_pays_one_small_request_before_the_click(watched: Page, bank: Bank, server: str) -> None:
    requests: list[Request] = []
    watched.on("request", lambda request: requests.append(request))
    Chat(watched, server)
    expect(watched.get_by_role("button", name="Открыть чат")).to_be_visible()
    ours = [request for request in requests if "/widget" in request.url]
    assert [request.url for request in ours] == [f"{server}/widget.js"]
    body = ours[0].response().body()
    assert len(gzip.compress(body)) <= LOADER_BYTES


def test_the_opened_chat_stays_within_its_budget(chat: Chat) -> None:
    requests: list[Request] = []
    chat.page.on("request", lambda request: requests.append(request))
    chat.open()
    expect(chat.log).to_contain_text("Здравствуйте")
    code = [request for request in requests if request.resource_type in ("script", "stylesheet")]
    assert sum(len(gzip.compress(request.response().body())) for request in code) <= APP_BYTES
    assert len(requests) <= APP_REQUESTS, [request.url for request in requests]
    assert len({request.url for request in requests}) == len(requests), "something was fetched twice"


def test_neither_button_nor_chat_moves_the_page(chat: Chat) -> None:
    chat.open()
    expect(chat.log).to_contain_text("Здравствуйте")
    assert chat.page.evaluate(LAYOUT_SHIFT) == 0


# --- a conversation -------------------------------------------------------------------------------------


def test_a_customer_writes_and_is_answered(chat: Chat, bank: Bank) -> None:
    chat.open()
    expect(chat.log).to_contain_text("Отвечаем за 3 минуты")
    chat.write("Где моя карта?")
    conversation = bank.take()
    expect(chat.frame.get_by_role("heading", level=1)).to_have_text("Анна Ковалёва")
    bank.read_all()
    expect(chat.frame.locator(".mark.read")).to_have_count(1)
    bank.answer("Карта готова, приходите.")
    expect(chat.bubbles.last).to_have_text("Карта готова, приходите.")
    expect(chat.log).to_contain_text(f"Обращение № {conversation.pk}")


def test_reading_reaches_the_bank(chat: Chat, bank: Bank, eventually: Callable[..., Any]) -> None:
    chat.open()
    chat.write("Вопрос")
    bank.take()
    bank.answer("Ответ")
    last = Message.objects.latest("seq").seq
    eventually(lambda: Conversation.objects.get().customer_read_seq == last)


def test_what_comes_while_the_customer_reads_above_is_read_when_he_comes_down(
    chat: Chat, bank: Bank, eventually: Callable[..., Any]
) -> None:
    chat.open()
    chat.write("Вопрос" + "\n…" * 60)
    bank.take()
    expect(chat.log).to_contain_text("К разговору подключается")
    chat.log.evaluate("log => log.scrollTo(0, 0)")
    bank.answer("Ответ")
    down = chat.frame.get_by_role("button", name="1 новое сообщение")
    expect(down).to_be_visible()
    chat.page.wait_for_timeout(300)
    assert Conversation.objects.get().customer_read_seq == 0
    down.click()
    last = Message.objects.latest("seq").seq
    eventually(lambda: Conversation.objects.get().customer_read_seq == last)
    expect(down).to_have_count(0)


def test_an_answer_in_a_closed_conversation_above_is_read_too(
    chat: Chat, bank: Bank, eventually: Callable[..., Any]
) -> None:
    chat.open()
    chat.write("Про карту")
    first = bank.take()
    chat.menu("Мои обращения")
    chat.frame.get_by_role("button", name="Новое обращение").click()
    chat.write("Про ипотеку")
    chat.close()
    outbound.answer(bank.sight, conversation_id=first.pk, text="Готово", client_id=None, now=clock.now())
    handling.close(bank.sight, first.pk, now=clock.now())
    chat.page.get_by_role("button", name="Открыть чат, непрочитанных: 1").click()
    expect(chat.bubbles).to_have_text(["Про карту", "Готово", "Про ипотеку"])
    answer = Message.objects.get(text="Готово").seq
    eventually(lambda: Conversation.objects.get(pk=first.pk).customer_read_seq >= answer)
    chat.close()
    expect(chat.page.get_by_role("button", name="Открыть чат", exact=True)).to_be_visible()


def test_the_button_counts_what_came_while_the_chat_was_closed(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Вопрос")
    bank.take()
    chat.close()
    bank.answer("Раз")
    bank.answer("Два")
    button = chat.page.get_by_role("button", name="Открыть чат, непрочитанных: 2")
    expect(button).to_be_visible()
    button.click()
    expect(chat.page.get_by_role("button", name="Свернуть чат", exact=True).first).to_be_visible()
    expect(chat.bubbles.last).to_have_text("Два")


def test_an_answer_is_heard_while_the_chat_is_closed_until_the_sound_is_switched_off(
    chat: Chat, bank: Bank, eventually: Callable[..., Any]
) -> None:
    chat.open()
    inside = chat.frame.locator("body")
    inside.evaluate(
        """() => {
          window.rung = 0;
          const start = AudioScheduledSourceNode.prototype.start;
          AudioScheduledSourceNode.prototype.start = function (...at) {
            window.rung += 1;
            return start.apply(this, at);
          };
        }"""
    )
    chat.write("Вопрос")
    bank.take()
    bank.answer("При вас")
    expect(chat.bubbles.last).to_have_text("При вас")
    assert inside.evaluate("() => rung") == 0
    chat.close()
    bank.answer("Без вас")
    eventually(lambda: inside.evaluate("() => rung") == 2)
    chat.page.get_by_role("button", name="Открыть чат, непрочитанных: 1").click()
    chat.frame.get_by_role("button", name="Меню чата").click()
    chat.frame.get_by_role("menuitemcheckbox", name="Звук").click()
    chat.close()
    bank.answer("Тихо")
    expect(chat.page.get_by_role("button", name="Открыть чат, непрочитанных: 1")).to_be_visible()
    assert inside.evaluate("() => rung") == 2


def test_what_people_write_is_never_markup(chat: Chat, bank: Bank) -> None:
    dialogs: list[str] = []
    chat.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    attack = "<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3) {{7*7}} ${alert(4)}"
    bank.anna.public_name = "<b onclick=alert(5)>Анна</b>"
    bank.anna.save()
    chat.open()
    chat.write(attack)
    bank.take()
    bank.answer(attack)
    expect(chat.bubbles).to_have_text([attack, attack])
    expect(chat.frame.get_by_role("heading", level=1)).to_have_text("<b onclick=alert(5)>Анна</b>")
    assert chat.frame.locator(".bubble img, .bubble script, .bubble a").count() == 0
    assert dialogs == []


def test_own_message_can_be_edited_quoted_and_deleted(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Привет, гед карта?")
    bank.take()
    chat.box.press("ArrowUp")
    expect(chat.box).to_have_value("Привет, гед карта?")
    chat.box.fill("Привет, где карта?")
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Привет, где карта?"])
    expect(chat.log).to_contain_text("изменено")
    chat.act("Привет, где карта?", "Ответить")
    chat.write("Уточню: дебетовая")
    expect(chat.frame.locator(".quote")).to_contain_text("Привет, где карта?")
    chat.act("Уточню: дебетовая", "Удалить")
    chat.frame.get_by_role("menuitem", name="Точно удалить?").click()
    expect(chat.log).to_contain_text("Сообщение удалено")
    expect(chat.box).to_be_focused()
    first = Message.objects.filter(kind="text").earliest("seq")
    assert first.text == "Привет, где карта?"


def test_an_edit_leaves_what_was_being_written_alone(chat: Chat, bank: Bank, server: str) -> None:
    chat.open()
    chat.write("Привет, гед карта?")
    chat.box.fill("Ещё не дописал")
    chat.act("Привет, гед карта?", "Изменить")
    expect(chat.box).to_have_value("Привет, гед карта?")
    chat.box.fill("Передумал")
    chat.box.press("Escape")
    expect(chat.box).to_have_value("Ещё не дописал")
    chat.act("Привет, гед карта?", "Изменить")
    chat.box.fill("Привет, где карта?")
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Привет, где карта?"])
    expect(chat.box).to_have_value("Ещё не дописал")
    chat.act("Привет, где карта?", "Ответить")
    chat.box.press("Escape")
    expect(chat.frame.get_by_text("Ответ на сообщение")).to_have_count(0)
    expect(Chat(chat.page, server).open().box).to_have_value("Ещё не дописал")


def test_only_what_is_open_can_be_quoted(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Вопрос")
    chat.act("Вопрос", "Ответить")
    bank.take()
    chat.menu("Завершить обращение")
    chat.frame.get_by_role("button", name="Завершить", exact=True).click()
    expect(chat.frame.get_by_text("Ответ на сообщение")).to_have_count(0)
    row = chat.frame.locator(".row").filter(has_text="Вопрос")
    for menu in ("closed", "new topic"):
        if menu == "new topic":
            chat.menu("Мои обращения")
            chat.frame.get_by_role("button", name="Новое обращение").click()
        row.hover()
        row.get_by_role("button", name="Действия с сообщением").click()
        expect(row.get_by_role("menuitem", name="Скопировать")).to_be_visible()
        expect(row.get_by_role("menuitem", name="Ответить")).to_have_count(0)
        chat.page.keyboard.press("Escape")


def test_a_message_is_deleted_only_by_the_second_click(chat: Chat) -> None:
    chat.open()
    chat.write("Останется")
    chat.act("Останется", "Удалить")
    sure = chat.frame.get_by_role("menuitem", name="Точно удалить?")
    expect(sure).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(sure).to_have_count(0)
    chat.act("Останется", "Удалить")
    expect(sure).to_be_visible()
    chat.log.click(position={"x": 5, "y": 5})
    expect(sure).to_have_count(0)
    assert Message.objects.get(kind="text").text == "Останется"


def test_a_quote_taken_back_leaves_what_was_typed(chat: Chat) -> None:
    chat.open()
    chat.write("Про карту")
    quoted = chat.frame.locator(".about")
    chat.box.fill("Недописанное")
    for take_back in (quoted.get_by_role("button", name="Отменить").click, lambda: chat.box.press("Escape")):
        chat.act("Про карту", "Ответить")
        expect(quoted).to_contain_text("Про карту")
        take_back()
        expect(quoted).to_have_count(0)
        expect(chat.box).to_have_value("Недописанное")
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Про карту", "Недописанное"])
    expect(chat.frame.locator(".quote")).to_have_count(0)


def test_customer_closes_and_rates(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Вопрос")
    bank.take()
    bank.answer("Ответ")
    expect(chat.bubbles).to_have_count(2)
    chat.menu("Завершить обращение")
    chat.frame.get_by_role("button", name="Завершить", exact=True).click()
    expect(chat.log).to_contain_text("Вы завершили обращение")
    chat.frame.get_by_role("radio", name="Отлично").check(force=True)
    chat.frame.get_by_role("textbox", name="Что понравилось").fill("Быстро")
    chat.frame.get_by_role("button", name="Отправить оценку").click()
    expect(chat.log).to_contain_text("Спасибо за оценку")
    closed = Conversation.objects.get()
    assert (closed.state, closed.closed_by) == ("closed", "customer")
    assert (closed.rating.score, closed.rating.comment) == (5, "Быстро")


def test_operator_closes_and_the_customer_sees_who(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Вопрос")
    conversation = bank.take()
    handling.close(bank.sight, conversation.pk, now=clock.now())
    expect(chat.log).to_contain_text("завершает обращение")


def test_new_topic_stands_beside_the_open_one(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.write("Про карту")
    chat.menu("Мои обращения")
    chat.frame.get_by_role("button", name="Новое обращение").click()
    expect(chat.bubbles).to_have_count(0)
    chat.write("Про ипотеку")
    assert Conversation.objects.exclude(state="closed").count() == 2
    chat.menu("Мои обращения")
    first = Conversation.objects.earliest("pk")
    chat.frame.get_by_role("button", name=f"Обращение № {first.pk}").click()
    expect(chat.bubbles).to_have_text(["Про карту"])


def test_no_word_is_lost_or_doubled_while_the_server_is_away(
    page: Page, bank: Bank, product: Product
) -> None:
    chat = Chat(page, product.url).open()
    chat.write("До обрыва")
    product.stop()
    for text in ("Во время обрыва", "И ещё"):
        chat.box.fill(text)
        chat.box.press("Enter")
    expect(chat.frame.locator(".mark.sending")).to_have_count(2)
    expect(chat.frame.get_by_role("status")).to_contain_text("Нет связи")
    product.start()
    chat.frame.get_by_role("button", name="Подключиться").click()
    expect(chat.frame.locator(".mark.sending")).to_have_count(0, timeout=20_000)
    expect(chat.bubbles).to_have_text(["До обрыва", "Во время обрыва", "И ещё"])
    texts = Message.objects.filter(kind="text").order_by("seq").values_list("text", flat=True)
    assert list(texts) == ["До обрыва", "Во время обрыва", "И ещё"]


# --- before and after -----------------------------------------------------------------------------------


def test_the_form_asks_before_the_first_words(watched: Page, bank: Bank, server: str) -> None:
    closed = organisation.line("Ипотека", calendar=Calendar.objects.create(name="Никогда"))
    for place, line in enumerate((bank.line, closed)):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    Channel.objects.update(form_fields=["name", "phone"], form_required=True)
    chat = Chat(watched, server).open()
    expect(chat.frame.get_by_role("radio")).to_have_count(2)
    expect(chat.frame.get_by_text("Сейчас закрыто")).to_be_visible()
    chat.box.fill("Хочу ипотеку")
    chat.box.press("Enter")
    expect(chat.frame.get_by_label("Как к вам обращаться")).to_be_focused()
    chat.frame.get_by_label("Как к вам обращаться").fill("Ольга")
    chat.frame.get_by_label("Телефон").fill("+7 900 123-45-67")
    chat.frame.get_by_role("radio", name="Ипотека").check()
    chat.frame.get_by_role("button", name="Отправить").click()
    expect(chat.bubbles).to_have_text(["Хочу ипотеку"])
    chat.settle()
    conversation = Conversation.objects.get()
    assert conversation.requested_line == closed
    assert conversation.customer.name == "Ольга"


def test_words_faster_than_the_form_wait_for_it_and_choose_no_department(
    page: Page, bank: Bank, server: str
) -> None:
    for place, line in enumerate((organisation.line("Карты"), bank.line)):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    held: list[Route] = []
    page.route("**/widget/form*.js", lambda route: held.append(route))
    chat = Chat(page, server)
    chat.page.get_by_role("button", name="Открыть чат").click()
    chat.box.fill("Быстрый вопрос")
    chat.box.press("Enter")
    expect(chat.log).to_contain_text("Здравствуйте")
    page.wait_for_timeout(500)
    assert not Conversation.objects.exists()
    for route in stopped(page, held):
        route.continue_()
    expect(chat.bubbles).to_have_text(["Быстрый вопрос"])
    chat.settle()
    assert Conversation.objects.get().requested_line is None


@pytest.mark.parametrize(("chosen", "told"), [(None, "Сайт"), ("Карты", "Карты")])
def test_the_rules_place_who_chose_no_department(
    page: Page, bank: Bank, server: str, chosen: str | None, told: str
) -> None:
    cards, by_rule = organisation.line("Карты"), organisation.line("Сайт")
    for place, line in enumerate((cards, bank.line)):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    rules.rule(by_rule, {"kind": "channel", "values": [bank.channel.pk]})
    rules.publish(now=clock.now())
    chat = Chat(page, server).open()
    if chosen:
        chat.frame.get_by_role("radio", name=chosen).check()
    else:
        expect(chat.frame.get_by_role("radio", checked=True)).to_have_count(0)
    chat.box.fill("Вопрос")
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Вопрос"])
    chat.settle()
    placed = Conversation.objects.get()
    placement.route(placed.pk, now=clock.now())
    placed.refresh_from_db()
    assert placed.line.name == told


def test_a_department_says_its_promise_and_above_the_box_once_it_is_chosen(
    page: Page, bank: Bank, server: str
) -> None:
    cards = organisation.line("Карты")
    for place, line in enumerate((cards, bank.line)):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    promise(queue=cards)
    chat = Chat(page, server).open()
    above = chat.frame.locator(".composer-area > .promise")
    expect(chat.frame.locator("label.department", has_text="Карты")).to_contain_text("Ответим за 10 минут")
    expect(above).to_have_count(0)
    chat.frame.get_by_role("radio", name="Карты").check()
    expect(above).to_have_text("Ответим за 10 минут или месяц бесплатно")
    chat.box.fill("Вопрос")
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Вопрос"])
    expect(above).to_have_count(0)
    chat.settle()
    assert Showing.objects.get().line == cards


def test_a_form_that_cannot_be_fetched_does_not_keep_the_customer_from_writing(
    page: Page, bank: Bank, server: str
) -> None:
    for place, line in enumerate((bank.line, organisation.line("Карты"))):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    page.route("**/widget/form*.js", lambda route: route.abort())
    chat = Chat(page, server).open()
    expect(chat.log).to_contain_text("Здравствуйте")
    chat.write("Всё равно вопрос")
    assert Conversation.objects.get().requested_line is None


def test_history_is_there_on_the_next_visit_and_can_be_searched(chat: Chat, bank: Bank, server: str) -> None:
    chat.open()
    for number in range(60):
        chat.write(f"Сообщение {number}" + (" про ипотеку" if number == 3 else ""))
    again = Chat(chat.page, server)
    again.open()
    expect(again.bubbles.last).to_have_text("Сообщение 59")
    again.menu("Поиск по переписке")
    again.frame.get_by_role("searchbox").fill("ипотек")
    again.frame.get_by_role("button", name="Сообщение 3 про ипотеку").click()
    expect(again.frame.locator(".row.found")).to_contain_text("Сообщение 3 про ипотеку")


def test_what_was_typed_is_there_after_a_reload(
    chat: Chat, server: str, eventually: Callable[..., Any]
) -> None:
    chat.open()
    chat.box.fill("Не дописал")
    eventually(lambda: "Не дописал" in chat.page.evaluate("Object.values(localStorage)"))
    again = Chat(chat.page, server).open()
    expect(again.box).to_have_value("Не дописал")


def test_a_signed_customer_keeps_what_he_wrote_before(
    chat: Chat, bank: Bank, server: str, eventually: Callable[..., Any]
) -> None:
    chat.open()
    chat.write("Аноним")
    chat.close()
    chat.page.get_by_role("button", name="Sign in").or_(chat.page.get_by_role("button", name="Войти")).click()
    chat.page.get_by_role("button", name="Мария Лебедева").click()
    expect(chat.page.locator(".account")).to_be_visible()
    signed = Chat(chat.page, server).open()
    eventually(lambda: Conversation.objects.get().identity.is_trusted)
    assert Conversation.objects.get().customer.name == "Мария Лебедева"
    expect(signed.bubbles).to_have_text(["Аноним"])


def test_signing_out_shows_nothing_to_the_next_person(chat: Chat, bank: Bank, server: str) -> None:
    chat.page.get_by_role("button", name="Sign in").or_(chat.page.get_by_role("button", name="Войти")).click()
    chat.page.get_by_role("button", name="Мария Лебедева").click()
    signed = Chat(chat.page, server).open()
    signed.write("Моя тайна")
    signed.close()
    chat.page.locator("[data-sign-out]").click()
    fresh = Chat(chat.page, server).open()
    expect(fresh.log).to_contain_text("Здравствуйте")
    expect(fresh.bubbles).to_have_count(0)


def sign_in_as(chat: Chat, server: str, person: str) -> None:
    """The bank's session becomes this person's, with no page between that would say that nobody is there."""
    token = next(each["value"] for each in chat.page.context.cookies() if each["name"] == "csrftoken")
    answer = chat.page.request.post(
        f"{server}/demo/sign-in/",
        form={"person": person},
        headers={"X-CSRFToken": token, "Referer": f"{server}/"},
    )
    assert answer.ok


@pytest.mark.parametrize("by_page", [False, True], ids=["of the answer", "of the page"])
def test_another_person_at_the_same_browser_never_meets_the_former_one(
    chat: Chat, bank: Bank, server: str, eventually: Eventually, by_page: bool
) -> None:
    sign_in_as(chat, server, "maria")
    maria = Chat(chat.page, server).open()
    maria.write("Моя тайна")
    maria.box.fill("И ещё одна")
    if by_page:
        jwt = signed_token(bank.channel, PEOPLE["igor"], now=clock.now())
        chat.page.evaluate("jwt => Otklik('identify', {jwt})", jwt)
        igor = maria
    else:
        sign_in_as(chat, server, "igor")
        asked: list[Route] = []
        chat.page.route("**/demo/token/", lambda route: asked.append(route))
        igor = Chat(chat.page, server).open()
        igor.box.fill("Это Игорь")
        igor.page.wait_for_timeout(500)
        expect(igor.bubbles).to_have_count(0)
        expect(igor.log).not_to_contain_text("Здравствуйте")
        stopped(chat.page, asked).pop().continue_()
        chat.page.unroute("**/demo/token/")
    expect(igor.log).to_contain_text("Здравствуйте")
    expect(igor.bubbles).to_have_count(0)
    expect(igor.box).to_have_value("" if by_page else "Это Игорь")
    igor.write("Это Игорь")
    # What he wrote before the bank's word came is his a moment later, and drawn anew.
    written = Message.objects.filter(kind="text").order_by("pk")
    whose = written.values_list("text", "conversation__customer__name")
    eventually(
        lambda: list(whose.all()) == [("Моя тайна", "Мария Лебедева"), ("Это Игорь", "Игорь Самойлов")]
    )
    expect(igor.bubbles).to_have_text(["Это Игорь"])
    if not by_page:
        expect(Chat(chat.page, server).open().bubbles).to_have_text(["Это Игорь"])


def test_where_the_bank_cannot_say_who_is_there_the_chat_waits_and_asks_again(
    page: Page, bank: Bank, server: str
) -> None:
    chat = Chat(page, server)
    sign_in_as(chat, server, "maria")
    Chat(page, server).open().write("Моя тайна")
    page.clock.install()
    page.route("**/demo/token/", lambda route: route.abort())
    waiting = Chat(page, server).open()
    page.clock.run_for(2000)
    expect(waiting.frame.locator(".head")).to_contain_text("Подключаемся")
    expect(waiting.bubbles).to_have_count(0)
    page.unroute("**/demo/token/")
    page.clock.run_for(6000)
    expect(waiting.bubbles).to_have_text(["Моя тайна"])


def test_a_person_whose_session_at_the_bank_ended_is_signed_out_of_the_chat(
    chat: Chat, bank: Bank, server: str
) -> None:
    sign_in_as(chat, server, "maria")
    Chat(chat.page, server).open().write("Моя тайна")
    chat.page.route("**/demo/token/", lambda route: route.fulfill(json={"jwt": None}))
    nobody = Chat(chat.page, server).open()
    expect(nobody.log).to_contain_text("Здравствуйте")
    expect(nobody.bubbles).to_have_count(0)


# --- the way it is used -----------------------------------------------------------------------------------


def test_the_keyboard_opens_writes_and_closes(chat: Chat, bank: Bank) -> None:
    button = chat.page.get_by_role("button", name="Открыть чат")
    button.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    chat.page.keyboard.type("Первая")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("вторая")
    chat.page.keyboard.press("Enter")
    expect(chat.bubbles).to_have_text(["Первая\nвторая"])
    chat.settle()
    chat.frame.get_by_role("button", name="Меню чата").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.frame.get_by_role("menuitem").first).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.frame.get_by_role("button", name="Меню чата")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_a_phone_gets_the_whole_screen_and_its_back_button_closes(
    browser: Any, bank: Bank, server: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="ru-RU"
    )
    page = context.new_page()
    chat = Chat(page, server).open()
    assert page.locator("iframe").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.evaluate("document.documentElement.style.overflow") == "hidden"
    assert page.evaluate("document.querySelector('main').inert") is True
    assert chat.box.evaluate("box => parseFloat(getComputedStyle(box).fontSize)") >= 16
    page.go_back()
    expect(page.get_by_role("button", name="Открыть чат")).to_be_focused()
    assert page.evaluate("document.documentElement.style.overflow") == ""
    assert page.evaluate("document.querySelector('main').inert") is False
    assert page.url == f"{server}/"
    context.close()


def test_the_page_can_speak_to_the_chat(chat: Chat, bank: Bank) -> None:
    chat.page.evaluate(
        """() => {
          window.heard = [];
          for (const name of ['open', 'close', 'ready', 'unread', 'message']) {
            Otklik('on', name, (detail) => heard.push([name, detail]));
          }
          Otklik('nonsense', {html: '<b>'});
          Otklik('send', {text: 'С главной страницы'});
        }"""
    )
    expect(chat.bubbles).to_have_text(["С главной страницы"])
    chat.settle()
    bank.take()
    bank.answer("Секретный ответ")
    expect(chat.bubbles).to_have_count(2)
    chat.page.evaluate("Otklik('locale', 'en')")
    expect(chat.frame.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    chat.page.evaluate("Otklik('theme', 'dark')")
    expect(chat.frame.locator("html")).to_have_attribute("data-theme", "dark")
    heard = chat.page.evaluate("window.heard")
    assert {name for name, _ in heard} >= {"open", "ready", "message"}
    assert "Секретный ответ" not in str(heard)
    chat.page.evaluate("Otklik('shutdown')")
    expect(chat.page.locator("otklik-widget")).to_have_count(0)


# --- for everybody ----------------------------------------------------------------------------------------


def assert_accessible(page: Page) -> None:
    assert axe_problems(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    page: Page, bank: Bank, server: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    chat = Chat(page, server)
    assert_accessible(page)
    chat.open()
    chat.write("Вопрос https://example.org/a")
    conversation = bank.take()
    bank.answer("Ответ https://example.org/b")
    expect(chat.bubbles).to_have_count(2)
    assert_accessible(page)
    chat.frame.get_by_role("button", name="Меню чата").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    chat.menu("Поиск по переписке")
    assert_accessible(page)
    page.keyboard.press("Escape")
    handling.close(bank.sight, conversation.pk, now=clock.now())
    expect(chat.frame.get_by_role("radio")).to_have_count(5)
    assert_accessible(page)
