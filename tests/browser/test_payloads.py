"""What people write is shown as they wrote it, on every page, and never becomes a part of the page (A8).

The corpus of tests/security/payloads.py stands in every text that a person may write. A dialog, a broken policy, a
failed script or an element that the texts brought along fails the test.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.crypto import get_random_string
from playwright.sync_api import Frame, Page, expect

from apps.channels.models import Channel, Visitor
from apps.channels.services import visitors
from apps.conversations.models import (
    Conversation,
    Delivery,
    DeliveryAttempt,
    Draft,
    Identity,
    Message,
)
from apps.conversations.services import changes, inbound, marginalia, outbound
from apps.core import clock
from apps.core.actors import Actor
from apps.core.files import receive
from apps.core.models import ApiToken, Event, StoredFile, WebhookAttempt, WebhookDelivery, WebhookSubscription
from apps.operators.models import BreakReason, Operator, Queue, ReplyTemplate, Skill, Tag, TemplateFolder
from apps.routing.models import ChannelLine, Department
from apps.routing.services import handling, placement
from tests.browser.desk import Office, Window, sign_in
from tests.browser.site import Bank, Chat, png
from tests.config.test_admin_pages import fill
from tests.factories import dialogues, organisation, people, roles
from tests.security.payloads import AT_ONCE, PAYLOADS, text
from tests.security.writable import poison

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = text(0, 4000)

# Elements and attributes that our pages never have and the corpus would bring.
BROUGHT_ALONG = """() => {
  const found = [];
  for (const element of document.querySelectorAll('*')) {
    if (/^(object|embed|base|video|math|marquee)$/i.test(element.tagName)) found.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name) || name === 'srcdoc') found.push(`${element.tagName} ${name}`);
      if (/^(href|src|action|formaction|data|xlink:href)$/i.test(name)
        && /^\\s*(javascript:|vbscript:|data:text|\\/\\/evil)/i.test(value)) found.push(`${name}=${value}`);
    }
  }
  return found;
}"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1400, "height": 900}
    return {**browser_context_args, "locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": size}


class Trap:
    """Notes what must not happen on a page; ``watched`` notes what its console and its policy say."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sprung: list[str] = []
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.sprung.append(f"popup {popup.url}"))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " (event) => console.error(`Content Security Policy: ${event.violatedDirective}`))"
        )

    def _dialog(self, dialog: Any) -> None:
        self.sprung.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def look(self, frame: Frame | None = None) -> str:
        """What the page shows, after making sure that nothing of it came out of a text."""
        frame = frame or self.page.main_frame
        assert frame.evaluate(BROUGHT_ALONG) == []
        assert self.sprung == []
        return str(frame.evaluate("document.body.innerText"))


@pytest.fixture
def trap(watched: Page) -> Trap:
    return Trap(watched)


def shown(what: str, page: str) -> bool:
    """Whether a text stands on a page word for word; only white space may differ."""
    return " ".join(what.split()) in " ".join(page.split())


# --- the trap ------------------------------------------------------------------------------------------


def test_the_trap_is_sprung_where_texts_are_taken_for_markup(page: Page) -> None:
    trap, fired = Trap(page), set()
    for number in sorted(AT_ONCE):
        page.goto("about:blank")
        page.set_content(f"<title></title><p>{PAYLOADS[number - 1]}</p>", wait_until="domcontentloaded")
        for _wait in range(200):
            if trap.sprung:
                break
            page.wait_for_timeout(25)
        fired |= {number} if f"dialog {number}" in trap.sprung else set()
        trap.sprung.clear()
    assert fired == AT_ONCE


def test_the_trap_sees_what_a_text_brought_along(page: Page) -> None:
    trap = Trap(page)
    page.set_content("<a href='javascript:alert(14)'>14</a><b onclick=x></b><base href=//evil.example/16/>")
    assert len(page.evaluate(BROUGHT_ALONG)) == 4
    assert trap.sprung == []


def test_the_trap_sees_a_broken_policy(page: Page, server: str) -> None:
    trap = Trap(page)
    page.goto(f"{server}/accounts/login/")
    with page.expect_console_message(
        lambda message: message.text.startswith("Content Security Policy: style-src")
    ):
        page.evaluate("""() => {
          const style = document.createElement('style');
          style.textContent = '* { color: red }';
          document.body.append(style);
        }""")
    assert trap.sprung == []


# --- the customer's side -------------------------------------------------------------------------------


def test_the_widget_shows_every_text_as_it_was_written(trap: Trap, bank: Bank, server: str) -> None:
    for place, line in enumerate((bank.line, organisation.line("Ипотека"))):
        Department.objects.create(channel=bank.channel, queue=line, position=place)
    Channel.objects.update(form_fields=["name"])
    poison()
    bank.channel.refresh_from_db()
    bank.anna.refresh_from_db()
    chat = Chat(trap.page, server).open()
    inside = next(frame for frame in trap.page.frames if frame.parent_frame)
    expect(chat.frame.get_by_role("radio")).to_have_count(2)
    start = trap.look(inside)
    lines = [line.public_name_ru for line in Queue.objects.all()]
    for said in (bank.channel.title_ru, bank.channel.greeting_ru, bank.channel.promise_ru, *lines):
        assert shown(said, start), said
    _talk(chat, bank)
    talk = trap.look(inside)
    assert talk.count("<script>alert(1)</script>") >= 3
    assert shown(bank.anna.public_name, talk)
    assert shown(_document(), talk)
    _open_panels(chat, trap, inside)
    _close_and_rate(chat)
    trap.look(inside)
    trap.look()
    assert Conversation.objects.get().rating.comment == EVERYTHING


def _talk(chat: Chat, bank: Bank) -> None:
    """Everything is said by both, quoted, and sent as a file's name; the name stands there unchecked."""
    chat.frame.get_by_label("Как к вам обращаться").fill(text(2, 100))
    chat.box.fill(EVERYTHING)
    chat.box.press("Enter")
    expect(chat.bubbles).to_have_count(1)
    chat.settle()
    conversation = bank.take()
    now = clock.now()
    files = _files(f"user:{bank.anna.pk}")
    StoredFile.objects.update(name=text(3, 120))
    outbound.answer(
        bank.sight,
        conversation_id=conversation.pk,
        text=EVERYTHING,
        client_id=None,
        reply_to=Message.objects.get(kind="text").pk,
        files=files,
        uploaded_by=f"user:{bank.anna.pk}",
        now=now,
    )
    expect(chat.bubbles).to_have_count(2)
    expect(chat.bubbles.first).to_have_text(" ".join(EVERYTHING.split()))


def _files(uploader: str) -> list[UUID]:
    """A picture, whose name is spoken only, and a document, whose name is seen."""
    common = {"uploaded_by": uploader, "allowed_kinds": StoredFile.Kind.values, "max_bytes": 100_000}
    uploads = [SimpleUploadedFile("снимок.png", png()), SimpleUploadedFile("выписка.txt", b"balance")]
    return [receive(each, now=clock.now(), **common).pk for each in uploads]


def _document() -> str:
    return StoredFile.objects.get(kind="document").name


def _open_panels(chat: Chat, trap: Trap, inside: Frame) -> None:
    chat.menu("Поиск по переписке")
    chat.frame.get_by_placeholder("Что найти").fill("alert")
    expect(chat.frame.locator(".results li").first).to_be_visible()
    assert "<script>alert(1)</script>" in trap.look(inside)
    chat.frame.get_by_placeholder("Что найти").press("Escape")
    chat.menu("Мои обращения")
    expect(chat.frame.locator(".results li")).to_have_count(1)
    trap.look(inside)
    chat.frame.get_by_role("dialog").press("Escape")


def _close_and_rate(chat: Chat) -> None:
    chat.menu("Завершить обращение")
    chat.frame.get_by_role("button", name="Завершить", exact=True).click()
    chat.frame.get_by_role("radio", name="Отлично").check(force=True)
    chat.frame.get_by_role("textbox", name="Что понравилось").fill(EVERYTHING)
    chat.frame.get_by_role("button", name="Отправить оценку").click()
    expect(chat.log).to_contain_text("Спасибо за оценку")


# --- the operator's side --------------------------------------------------------------------------------


@pytest.fixture
def poisoned(office: Office) -> Conversation:
    """Anna holds a conversation of a customer of whom everything is known, and everything known is poison."""
    channel = organisation.channel()
    ChannelLine.objects.create(channel=channel, queue=office.cards)
    identity = _visitor(channel)
    before = dialogues.conversation(
        EVERYTHING, by=identity, line=office.cards, holder=office.anna, now=clock.now()
    )
    handling.close(people.sight(office.anna), before.pk, now=clock.now())
    marginalia.rate(identity, before.pk, score=5, comment=EVERYTHING, now=clock.now())
    stored = inbound.receive(
        identity, text="снова я", client_id="once-more-1", now=clock.now(), thread="topic:again"
    )
    placement.route(stored.conversation_id, now=clock.now())
    conversation = Conversation.objects.get(pk=stored.conversation_id)
    office.ask(holder=office.boris)
    office.ask(line=office.loans)
    for number in range(40):
        _something_of_everything(number)
    handling.accept(people.sight(office.anna), conversation.pk, now=clock.now())
    _story(office, conversation)
    # By this the page finds where the customer is now.
    poison(but={"conversations.Identity.external_id"})
    ReplyTemplate.objects.filter(shortcut="t0").update(text=f"{{customer_name}} {{bank}} {EVERYTHING}")
    return Conversation.objects.get(pk=conversation.pk)


def _visitor(channel: Channel) -> Identity:
    around = visitors.Surroundings(language="ru", page_url="https://bank.example/", page_title=text(5, 100))
    visitor, _token = visitors.admit(channel, around=around, now=clock.now())
    address = inbound.Address(channel.pk, visitor.external_id, name=text(4, 100))
    return inbound.identify(address, now=clock.now())


def _something_of_everything(number: int) -> None:
    """What the catalogue brings to every workspace."""
    folder = TemplateFolder.objects.create(name=f"folder {number}")
    ReplyTemplate.objects.create(shortcut=f"t{number}", title="t", text="t", folder=folder)
    Tag.objects.create(name=f"tag {number}")
    Skill.objects.create(name=f"skill {number}")
    BreakReason.objects.create(name_ru=f"reason {number}")


def _story(office: Office, conversation: Conversation) -> None:
    """A page visited, a note, an answer that quotes and brings a file, an edit, a transfer, tags, a draft."""
    anna, now = people.sight(office.anna), clock.now()
    identity = conversation.identity
    marginalia.note_page(identity, url="javascript:alert(29)", title=EVERYTHING[:200], now=now)
    common = {"conversation_id": conversation.pk, "client_id": None, "now": now}
    outbound.answer(anna, text=EVERYTHING, note=True, **common)
    files = _files(f"user:{office.anna.pk}")
    answer = outbound.answer(
        anna,
        text=EVERYTHING,
        reply_to=Message.objects.filter(conversation=conversation, kind="text").earliest("seq").pk,
        files=files,
        uploaded_by=f"user:{office.anna.pk}",
        **common,
    )
    changes.change_as_staff(anna, answer.message_id, text=f"ещё раз {EVERYTHING}", now=now)
    handling.transfer_to_operator(anna, conversation.pk, office.boris.pk, comment=EVERYTHING, now=now)
    handling.transfer_to_operator(
        people.sight(office.boris), conversation.pk, office.anna.pk, comment=text(9, 900), now=now
    )
    tags = list(Tag.objects.values_list("pk", flat=True)[:3])
    marginalia.set_tags(anna, conversation.pk, tags=tags, actor=Actor.staff(anna.user_id), now=now)
    Draft.objects.create(user=office.anna.user, conversation=conversation, text=EVERYTHING, updated_at=now)


def comes_to_be_shown(said: str, trap: Trap) -> bool:
    """Whether a text stands on the page within ten seconds: thread and card are fetched apart."""
    for _try in range(100):
        if shown(said, trap.look()):
            return True
        trap.page.wait_for_timeout(100)
    return False


def test_the_workspace_shows_every_text_as_it_was_written(
    trap: Trap, server: str, office: Office, poisoned: Conversation
) -> None:
    sign_in(trap.page.context, server, office.anna.user)
    anna = Window(trap.page, server)
    expect(anna.row(poisoned)).to_be_visible()
    assert comes_to_be_shown(poisoned.customer.name, trap)
    anna.page.locator("[data-section=other]").click()
    trap.look()
    anna.open(poisoned)
    expect(anna.thread.get_by_role("article").first).to_be_visible()
    expect(anna.composer).not_to_have_value("")
    first = Message.objects.filter(conversation=poisoned, kind="text").earliest("seq")
    for said in (first.text, _document(), *_of_card(poisoned)):
        assert comes_to_be_shown(said, trap), said
    _open_dialogs(anna, trap)
    anna.page.locator("[data-past]").first.click()
    expect(anna.page.get_by_role("heading", level=1)).to_have_text(" ".join(poisoned.customer.name.split()))
    trap.look()


def _of_card(conversation: Conversation) -> list[str]:
    """What the right column knows of the customer."""
    customer = conversation.customer
    assert customer.bank_id is not None
    name, value = next(iter(customer.attributes.items()))
    tags = [tag.name for tag in conversation.tags.all()]
    place = Visitor.objects.get(external_id=conversation.identity.external_id).page_title
    return [customer.name, customer.phone, customer.email, customer.bank_id, name, value, place, *tags]


def _open_dialogs(anna: Window, trap: Trap) -> None:
    keys = anna.page.keyboard
    anna.composer.fill("")
    anna.composer.press_sequentially("/")
    expect(anna.page.get_by_role("option")).to_have_count(40)
    assert comes_to_be_shown(ReplyTemplate.objects.get(shortcut="t7").title, trap)
    anna.composer.press_sequentially("t0")
    keys.press("Enter")
    expect(anna.composer).not_to_have_value("/t0")
    assert "<script>alert(1)</script>" in anna.composer.input_value()
    trap.look()
    anna.composer.fill("")
    keys.press("Alt+t")
    expect(anna.page.get_by_role("radio").first).to_be_visible()
    assert comes_to_be_shown(Queue.objects.latest("pk").name, trap)
    anna.page.get_by_role("button", name="Коллеге").click()
    expect(anna.page.get_by_role("radio")).not_to_have_count(0)
    assert comes_to_be_shown(Operator.objects.latest("pk").public_name, trap)
    keys.press("Escape")
    keys.press("Control+k")
    keys.type("alert")
    expect(anna.page.get_by_role("option").first).to_contain_text("alert")
    trap.look()
    keys.press("Escape")
    anna.page.get_by_role("button", name="Ваше состояние").click()
    assert comes_to_be_shown(BreakReason.objects.earliest("pk").name_ru, trap)
    keys.press("Escape")
    keys.press("Alt+g")
    expect(anna.page.get_by_role("textbox", name="Найти метку")).to_be_visible()
    assert comes_to_be_shown(Tag.objects.latest("pk").name, trap)
    keys.press("Escape")


# --- the back office -------------------------------------------------------------------------------------


@pytest.fixture
def full(server: str) -> None:
    """Forty rows of everything, and of what only machines bring."""
    line = fill(len(PAYLOADS))
    held = Conversation.objects.filter(holder__isnull=False).earliest("pk")
    sight, now = people.sight(Operator.objects.get(pk=held.holder_id)), clock.now()
    files = _files(f"user:{held.holder_id}")
    answer = outbound.answer(
        sight,
        conversation_id=held.pk,
        text="ответ",
        client_id=None,
        files=files,
        uploaded_by=f"user:{held.holder_id}",
        now=now,
    )
    changes.change_as_staff(sight, answer.message_id, text="иначе", now=now)
    marginalia.note_page(held.identity, url="javascript:alert(29)", title=EVERYTHING[:200], now=now)
    message = Message.objects.get(pk=answer.message_id)
    delivery = Delivery.objects.create(
        message=message,
        conversation=held,
        identity=held.identity,
        place=message.seq,
        state="failed",
        due_at=now,
        created_at=now,
        changed_at=now,
    )
    DeliveryAttempt.objects.create(delivery=delivery, outcome="permanent", started_at=now)
    _integration(line)
    Group.objects.create(name=text(1, 150))
    poison()


def _integration(line: Queue) -> None:
    now = clock.now()
    account = people.user("crm", is_active=True)
    token = ApiToken.objects.create(
        name="crm",
        user=account,
        digest=get_random_string(64),
        last_four="abcd",
        scopes=[],
        created_at=now,
        expires_at=now,
    )
    subscription = WebhookSubscription.objects.create(
        name="crm", url="https://crm.bank.example/", kinds=["message.sent"], token=token, secret="s" * 40
    )
    delivery = WebhookDelivery.objects.create(
        subscription=subscription,
        event=Event.objects.earliest("pk"),
        state="failed",
        due_at=now,
        created_at=now,
    )
    WebhookAttempt.objects.create(delivery=delivery, at=now, duration_ms=3, error="x")


def test_the_back_office_shows_every_text_as_it_was_written(trap: Trap, server: str, full: None) -> None:
    administrator = roles.staff("administrator")
    administrator.is_superuser = True
    administrator.save()
    sign_in(trap.page.context, server, administrator)
    trap.page.goto(f"{server}/admin/")
    trap.look()
    showing = set()
    for model in admin.site._registry:
        for page in _pages(model):
            answer = trap.page.goto(server + page)
            assert answer is not None
            assert answer.status == 200, page
            if _tells(trap.look(), trap.page):
                showing.add(model._meta.label)
    silent = {model._meta.label for model in admin.site._registry} - showing
    assert silent == set()


def _pages(model: Any) -> list[str]:
    """The list of a table, and of two of its rows the page and the history, where it has such."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pages = [reverse(f"{name}_changelist")]
    if model is Event:
        return pages
    for key in model._default_manager.order_by("pk").values_list("pk", flat=True)[:2]:
        pages += [reverse(f"{name}_change", args=[key]), reverse(f"{name}_history", args=[key])]
    return pages


def _tells(page: str, where: Page) -> bool:
    """Whether any payload stands there as text, or in a field as its value."""
    fields = where.evaluate(
        "[...document.querySelectorAll('input, textarea, option')].map((each) => each.value || each.text).join(' ')"
    )
    return any(shown(payload, f"{page} {fields}") for payload in PAYLOADS)
