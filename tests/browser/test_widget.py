"""The widget in a real browser on the demo bank's site: what a customer can do, and what it costs the page."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FrameLocator, Locator, Page, Request, expect

from apps.channels.models import Channel, ChannelKey
from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Message
from apps.conversations.services import marks, outbound
from apps.core import clock
from apps.operators.models import Calendar, Operator, Queue
from apps.routing.models import Department
from apps.routing.services import handling, placement
from tests.browser.conftest import Product
from tests.factories import organisation, people

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


@dataclass
class Bank:
    """The other side: the channel, its line and an operator who acts by calling services."""

    channel: Channel
    line: Queue
    anna: Operator

    @property
    def sight(self) -> Sight:
        return people.sight(self.anna)

    def take(self) -> Conversation:
        """Route the newest conversation and have Anna accept it."""
        conversation = Conversation.objects.latest("pk")
        placement.route(conversation.pk, now=clock.now())
        return handling.accept(self.sight, conversation.pk, now=clock.now())

    def answer(self, text: str) -> None:
        conversation = Conversation.objects.latest("pk")
        outbound.answer(
            self.sight, conversation_id=conversation.pk, text=text, client_id=None, now=clock.now()
        )

    def read_all(self) -> None:
        conversation = Conversation.objects.latest("pk")
        marks.staff_read(self.sight, conversation.pk, seq=conversation.seq, now=clock.now())


@pytest.fixture
def bank(server: str) -> Bank:
    line = organisation.common_line()
    channel = organisation.channel(
        title_ru="Банк Меридиан",
        title_en="Meridian Bank",
        greeting_ru="Здравствуйте! Чем помочь?",
        greeting_en="Hello! How can we help?",
        promise_ru="Отвечаем за 3 минуты",
        promise_en="We reply within 3 minutes",
        accent="#0b5c4f",
    )
    ChannelKey.objects.create(channel=channel, name="demo", secret="k" * 40)
    return Bank(channel, line, people.operator("Анна Ковалёва", lines=(line,)))


class Chat:
    """The widget as a person uses it."""

    def __init__(self, page: Page, server: str, path: str = "/") -> None:
        self.page = page
        page.goto(server + path)
        self.frame: FrameLocator = page.frame_locator("iframe")

    def open(self) -> Chat:
        self.page.get_by_role("button", name="Открыть чат").click()
        expect(self.box).to_be_focused()
        return self

    @property
    def box(self) -> Locator:
        return self.frame.get_by_role("textbox", name="Сообщение", exact=True)

    @property
    def log(self) -> Locator:
        return self.frame.get_by_role("log")

    @property
    def bubbles(self) -> Locator:
        return self.frame.locator(".bubble .words")

    def write(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.bubbles.filter(has_text=text)).to_have_count(1)
        self.settle()

    def settle(self) -> None:
        """Wait until the server has everything."""
        expect(self.frame.locator(".mark").last).to_be_visible()
        expect(self.frame.locator(".mark.sending")).to_have_count(0)

    def close(self) -> None:
        self.frame.get_by_role("button", name="Свернуть чат").click()

    def menu(self, item: str) -> None:
        self.frame.get_by_role("button", name="Меню чата").click()
        self.frame.get_by_role("menuitem", name=item).click()

    def act(self, text: str, action: str) -> None:
        """Choose from the menu of the message with these words."""
        row = self.frame.locator(".row").filter(has_text=text)
        row.hover()
        row.get_by_role("button", name="Действия с сообщением").click()
        row.get_by_role("menuitem", name=action).click()


@pytest.fixture
def chat(watched: Page, bank: Bank, server: str) -> Chat:
    return Chat(watched, server)


def png(width: int = 60, height: int = 40) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(content, "PNG")
    return content.getvalue()


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
    expect(chat.log).to_contain_text("Сообщение удалено")
    first = Message.objects.filter(kind="text").earliest("seq")
    assert first.text == "Привет, где карта?"


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
    expect(chat.log).to_contain_text("Специалист завершил обращение")


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


# --- files ----------------------------------------------------------------------------------------------


def test_several_files_leave_with_one_message(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.frame.locator("input[type=file]").set_input_files(
        [
            {"name": "снимок.png", "mimeType": "image/png", "buffer": png()},
            {"name": "выписка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"0" * 2000},
        ]
    )
    expect(chat.frame.locator(".chip")).to_have_count(2)
    expect(chat.frame.locator(".chip progress")).to_have_count(0)
    chat.write("Вот документы")
    expect(chat.frame.get_by_role("button", name="Скачать снимок.png").locator("img")).to_be_visible()
    message = Message.objects.get()
    assert [attached.file.name for attached in message.attachments.all()] == ["снимок.png", "выписка.pdf"]
    with chat.page.expect_download() as download:
        chat.frame.get_by_role("button", name="выписка.pdf").click()
    assert download.value.suggested_filename == "выписка.pdf"


def test_a_pasted_screenshot_is_attached(chat: Chat) -> None:
    chat.open()
    chat.box.evaluate(
        """(box, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], 'image.png', {type: 'image/png'}));
          box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        list(png()),
    )
    expect(chat.frame.locator(".chip")).to_contain_text("Снимок экрана")


def test_a_dropped_file_is_attached_and_can_be_taken_back(chat: Chat) -> None:
    chat.open()
    chat.log.evaluate(
        """log => {
          const data = new DataTransfer();
          data.items.add(new File(['words'], 'note.txt', {type: 'text/plain'}));
          for (const kind of ['dragover', 'drop']) {
            log.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
          }
        }"""
    )
    expect(chat.frame.locator(".chip")).to_contain_text("note.txt")
    chat.frame.get_by_role("button", name="Убрать note.txt").click()
    expect(chat.frame.locator(".chip")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.html", b"<html></html>", "такого вида не принимается"),
        ("empty.txt", b"", "пуст"),
    ],
)
def test_an_unfit_file_is_refused_before_it_leaves(
    chat: Chat, name: str, content: bytes, reason: str
) -> None:
    chat.open()
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url))
    chat.frame.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": content}]
    )
    expect(chat.frame.get_by_role("alert")).to_contain_text(reason)
    assert [url for url in sent if "/files/" in url] == []


def test_a_refusal_by_the_server_is_shown_on_the_file(page: Page, bank: Bank, server: str) -> None:
    chat = Chat(page, server).open()
    chat.frame.locator("input[type=file]").set_input_files(
        [
            {
                "name": "photo.jpg",
                "mimeType": "image/jpeg",
                "buffer": b"\xff\xd8\xff<html><script>alert(1)</script>",
            }
        ]
    )
    expect(chat.frame.locator(".chip.bad").get_by_role("alert")).not_to_be_empty()


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


def test_what_was_typed_is_there_after_a_reload(chat: Chat, server: str) -> None:
    chat.open()
    chat.box.fill("Не дописал")
    chat.page.wait_for_timeout(600)
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
    found = Axe().run(page).response["violations"]
    serious = [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


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
