"""Files between the customer and the bank: chosen, pasted, dropped, refused, checked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from apps.conversations import tasks
from apps.conversations.models import Message
from apps.core import clock, files
from apps.core.files import scanner
from apps.core.models import StoredFile
from tests.browser.site import Bank, Chat, png, stopped

pytestmark = pytest.mark.django_db(transaction=True)


PDF = {"name": "выписка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"0" * 2000}
BROKEN = {
    "name": "photo.jpg",
    "mimeType": "image/jpeg",
    "buffer": b"\xff\xd8\xff<html><script>alert(1)</script>",
}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow"}


def test_several_files_leave_with_one_message(chat: Chat, bank: Bank) -> None:
    chat.open()
    chat.frame.locator("input[type=file]").set_input_files(
        [
            {"name": "снимок.png", "mimeType": "image/png", "buffer": png()},
            PDF,
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


def test_a_message_waits_for_its_file_and_takes_what_is_typed_meanwhile(chat: Chat) -> None:
    held: list[Route] = []
    chat.page.route("**/files/", lambda route: held.append(route))
    chat.open()
    chat.frame.locator("input[type=file]").set_input_files([PDF])
    expect(chat.frame.locator(".chip progress")).to_be_visible()
    chat.box.fill("Вот выписка")
    chat.box.press("Enter")
    waits = chat.frame.get_by_role("status").filter(has_text="Отправим, как только файлы загрузятся")
    expect(waits).to_be_visible()
    chat.box.press_sequentially(" за май")
    chat.page.wait_for_timeout(300)
    assert not Message.objects.exists()
    for route in stopped(chat.page, held):
        route.continue_()
    expect(chat.bubbles).to_have_text(["Вот выписка за май"])
    chat.settle()
    assert [attached.file.name for attached in Message.objects.get().attachments.all()] == ["выписка.pdf"]
    expect(waits).to_have_count(0)
    expect(chat.frame.locator(".chip")).to_have_count(0)
    expect(chat.box).to_have_value("")


def test_a_message_that_waits_stays_when_its_file_fails(page: Page, bank: Bank, server: str) -> None:
    held: list[Route] = []
    page.route("**/files/", lambda route: held.append(route))
    chat = Chat(page, server).open()
    chat.frame.locator("input[type=file]").set_input_files([PDF])
    chat.box.fill("Вот выписка")
    chat.box.press("Enter")
    expect(chat.frame.locator(".chip progress")).to_be_visible()
    for route in stopped(page, held):
        route.fulfill(status=413)
    expect(chat.frame.locator(".notice")).to_contain_text("Файл не загрузился")
    expect(chat.box).to_have_value("Вот выписка")
    assert not Message.objects.exists()


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


def test_a_picture_that_was_being_checked_appears_by_itself(
    page: Page, bank: Bank, server: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.CLAMD = "127.0.0.1:1"
    monkeypatch.setattr(scanner, "find_virus", lambda content, address: None)
    monkeypatch.setattr(tasks.show_judged_file, "delay", tasks.show_judged_file)
    chat = Chat(page, server).open()
    chat.frame.locator("input[type=file]").set_input_files(
        [{"name": "снимок.png", "mimeType": "image/png", "buffer": png()}]
    )
    expect(chat.frame.locator(".chip progress")).to_have_count(0)
    chat.write("Снимок")
    # The sender's own page shows what he chose; another visit has to fetch it.
    again = Chat(page, server).open()
    picture = again.frame.get_by_role("button", name="Скачать снимок.png")
    expect(picture).to_be_visible()
    expect(picture.locator("img")).to_have_count(0)
    assert files.scan(StoredFile.objects.get().pk, now=clock.now()) == "clean"
    expect(picture.locator("img")).to_be_visible()


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
    chat.frame.locator("input[type=file]").set_input_files([BROKEN])
    expect(chat.frame.locator(".chip.bad").get_by_role("alert")).not_to_be_empty()


def test_nothing_leaves_while_one_of_its_files_has_failed(page: Page, bank: Bank, server: str) -> None:
    chat = Chat(page, server).open()
    notice = chat.frame.locator(".notice")
    chat.frame.locator("input[type=file]").set_input_files([BROKEN])
    expect(chat.frame.locator(".chip.bad")).to_be_visible()
    chat.frame.get_by_role("button", name="Отправить").click()
    expect(notice).to_contain_text("Файл не загрузился: уберите его или повторите.")
    expect(notice).to_have_role("alert")
    notice.get_by_role("button", name="Закрыть").click()
    chat.frame.locator("input[type=file]").set_input_files([PDF])
    expect(chat.frame.locator(".chip")).to_have_count(2)
    expect(chat.frame.locator(".chip progress")).to_have_count(0)
    chat.box.fill("Два файла")
    chat.box.press("Enter")
    expect(notice).to_be_visible()
    expect(chat.frame.locator(".chip")).to_have_count(2)
    expect(chat.box).to_have_value("Два файла")
    assert not Message.objects.exists()
    chat.frame.get_by_role("button", name="Убрать photo.jpg").click()
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_text(["Два файла"])
    chat.settle()
    assert [attached.file.name for attached in Message.objects.get().attachments.all()] == ["выписка.pdf"]
