"""What leaves the workspace besides words: files, screenshots, and answers that their channel refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from apps.channels.adapters.base import PermanentError, UncertainError
from apps.conversations import tasks
from apps.conversations.models import Message
from apps.conversations.services import outbound
from apps.core import clock, files
from apps.core.files import scanner
from apps.core.models import StoredFile
from apps.routing.models import ChannelLine
from tests.adapters import null
from tests.browser.conftest import Eventually
from tests.browser.desk import Office, Window
from tests.browser.site import png
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 800}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


def test_a_file_is_sent_and_a_forbidden_kind_is_refused_before_the_upload(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    chooser = anna.page.locator("#attach")
    chooser.set_input_files({"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(anna.page.get_by_text("Файл «run.exe» такого вида отправлять нельзя.")).to_be_visible()
    chooser.set_input_files({"name": "справка.txt", "mimeType": "text/plain", "buffer": "Справка".encode()})
    expect(anna.page.get_by_role("list", name="Прикреплённые файлы")).to_contain_text("14 Б")
    anna.composer.press("Enter")
    expect(anna.bubble("справка.txt")).to_be_visible()
    message = eventually(lambda: Message.objects.filter(conversation=conversation, kind="file").first())
    assert message.attachments.get().file.name == "справка.txt"


def drop_or_paste(place: Locator, kind: str, name: str, content: bytes, content_type: str) -> None:
    """What a browser does with a file dragged from a folder, or a screenshot in the clipboard."""
    place.evaluate(
        """(place, [kind, name, bytes, type]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], name, {type}));
          const happens = {bubbles: true, cancelable: true};
          const events = kind === 'paste' ? [new ClipboardEvent('paste', {clipboardData: data, ...happens})]
            : ['dragover', 'drop'].map((each) => new DragEvent(each, {dataTransfer: data, ...happens}));
          for (const event of events) place.dispatchEvent(event);
        }""",
        [kind, name, list(content), content_type],
    )


def test_a_file_dropped_on_the_thread_is_sent_with_the_answer(
    window: Callable[[], Window], office: Office, eventually: Eventually
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    drop_or_paste(anna.thread, "drop", "тарифы.txt", "Тарифы".encode(), "text/plain")
    chips = anna.page.get_by_role("list", name="Прикреплённые файлы")
    expect(chips).to_contain_text("тарифы.txt")
    expect(chips).to_contain_text("12 Б")
    expect(anna.page.locator(".dropping")).to_have_count(0)
    anna.say("Вот тарифы")
    expect(anna.bubble("Вот тарифы")).to_contain_text("тарифы.txt")
    message = eventually(lambda: Message.objects.filter(conversation=conversation, kind="file").first())
    assert message.attachments.get().file.name == "тарифы.txt"


def test_where_one_may_not_answer_nothing_can_be_dropped(
    window: Callable[[], Window], office: Office
) -> None:
    conversation = office.ask(holder=office.boris)
    anna = window()
    anna.page.locator("[data-section=other]").click()
    anna.open(conversation)
    drop_or_paste(anna.thread, "drop", "тарифы.txt", b"words", "text/plain")
    expect(anna.page.get_by_role("alert")).to_contain_text("Вы не ведёте это обращение")
    expect(anna.composer).to_have_count(0)
    expect(anna.page.get_by_role("list", name="Прикреплённые файлы")).to_have_count(0)
    assert not StoredFile.objects.exists()


def test_a_pasted_screenshot_gets_a_name_of_its_own_and_is_seen_in_the_thread(
    window: Callable[[], Window], office: Office
) -> None:
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    drop_or_paste(anna.composer, "paste", "image.png", png(), "image/png")
    expect(anna.page.get_by_role("list", name="Прикреплённые файлы")).to_contain_text("Снимок экрана")
    expect(anna.page.locator(".file-chip progress")).to_have_count(0)
    anna.composer.press("Enter")
    picture = anna.thread.get_by_role("button", name="Показать Снимок экрана")
    expect(picture.locator("img")).to_be_visible()
    assert picture.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 60


def test_a_picture_that_was_being_checked_appears_by_itself(
    window: Callable[[], Window], office: Office, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.CLAMD = "127.0.0.1:1"
    monkeypatch.setattr(scanner, "find_virus", lambda content, address: None)
    monkeypatch.setattr(tasks.show_judged_file, "delay", tasks.show_judged_file)
    conversation = office.ask(holder=office.anna)
    anna = window()
    anna.open(conversation)
    drop_or_paste(anna.composer, "paste", "image.png", png(), "image/png")
    expect(anna.page.locator(".file-chip progress")).to_have_count(0)
    anna.composer.press("Enter")
    expect(anna.thread.locator("[data-mark=sent]")).to_be_visible()
    expect(anna.thread.get_by_text("Файл проверяется")).to_be_visible()
    assert files.scan(StoredFile.objects.get().pk, now=clock.now()) == "clean"
    expect(anna.thread.get_by_role("button", name="Показать Снимок экрана").locator("img")).to_be_visible()
    expect(anna.thread.get_by_text("Файл проверяется")).to_have_count(0)


def test_what_its_channel_refused_is_shown_and_sent_again_by_hand(
    window: Callable[[], Window], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = null.Provider()
    monkeypatch.setattr(null.BlindAdapter, "provider", provider)
    monkeypatch.setattr(tasks.deliver_due, "delay", tasks.deliver_due)
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    ChannelLine.objects.create(channel=channel, queue=office.cards)
    conversation = dialogues.conversation(
        by=dialogues.identity(channel, now=clock.now()), holder=office.anna, now=clock.now()
    )
    anna = window()
    anna.open(conversation)
    provider.before += [null.fails(PermanentError("Клиент запретил писать.")), null.fails(UncertainError())]
    anna.say("В отделении")
    refused = anna.bubble("В отделении").get_by_role("alert")
    expect(refused).to_contain_text("Сообщение не отправлено. Клиент запретил писать.")
    refused.get_by_role("button", name="Отправить ещё раз").click()
    expect(anna.thread.get_by_text("Сообщение отправлено ещё раз")).to_be_visible()
    expect(refused).to_contain_text("Неизвестно, дошло ли сообщение")
    assert provider.texts == []
    refused.get_by_role("button", name="Отправить ещё раз").click()
    expect(anna.bubble("В отделении").locator("[data-mark=sent]")).to_be_visible()
    expect(refused).to_have_count(0)
    assert provider.texts == ["В отделении"]


def test_who_may_not_answer_is_not_offered_to_send_again(
    window: Callable[[], Window], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(null.BlindAdapter, "provider", null.Provider())
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    ChannelLine.objects.create(channel=channel, queue=office.cards)
    conversation = dialogues.conversation(
        by=dialogues.identity(channel, now=clock.now()), holder=office.boris, now=clock.now()
    )
    outbound.answer(
        people.sight(office.boris),
        conversation_id=conversation.pk,
        text="Раз",
        client_id=None,
        now=clock.now(),
    )
    null.BlindAdapter.provider.before.append(null.fails(PermanentError("Нет.")))
    tasks.deliver_due()
    anna = window()
    anna.page.locator("[data-section=other]").click()
    anna.open(conversation)
    failure = anna.bubble("Раз").get_by_role("alert")
    expect(failure).to_contain_text("Сообщение не отправлено.")
    expect(failure.get_by_role("button", name="Отправить ещё раз")).to_have_count(0)
