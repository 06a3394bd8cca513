"""The operator's window as a person uses it, and the office he works in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect

from apps.conversations.models import Conversation
from apps.conversations.services import inbound
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Operator, Queue
from apps.routing.models import ChannelLine
from tests.factories import dialogues, organisation


@dataclass
class Office:
    """Two lines, Anna in one of them, and customers who write when told to."""

    cards: Queue
    loans: Queue
    anna: Operator
    boris: Operator

    def ask(
        self,
        text: str = "Где моя карта?",
        *,
        name: str = "Иван",
        line: Queue | None = None,
        holder: Operator | None = None,
    ) -> Conversation:
        """A customer begins a conversation, in Anna's line unless told otherwise."""
        now = clock.now()
        channel = organisation.channel()
        ChannelLine.objects.create(channel=channel, queue=line or self.cards)
        by = dialogues.identity(channel, name=name, now=now)
        return dialogues.conversation(text, by=by, holder=holder, now=now)

    def write(self, conversation: Conversation, text: str) -> None:
        """The customer says more."""
        conversation.refresh_from_db()
        inbound.receive(conversation.identity, text=text, client_id=f"more-{text}"[:64], now=clock.now())


def sign_in(context: BrowserContext, server: str, user: User) -> None:
    """A session without the sign-in page, which has a test of its own."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server}])


class Window:
    """The workspace as a person uses it."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        page.goto(f"{server}/workspace/")
        expect(page.get_by_role("button", name="Мои")).to_be_visible()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("Ответ клиенту")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("region", name="Переписка")

    def row(self, conversation: Conversation) -> Locator:
        return self.page.locator(f"[data-conversation='{conversation.pk}']")

    def open(self, conversation: Conversation) -> None:
        self.row(conversation).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(conversation.customer.name)
        expect(self.page.locator("main form, main .closed-line")).to_be_visible()

    def act(self, name: str) -> None:
        self.page.get_by_role("group", name="Действия с обращением").get_by_role("button", name=name).click()

    def bubble(self, text: str) -> Locator:
        return self.thread.get_by_role("article").filter(has_text=text)

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")
