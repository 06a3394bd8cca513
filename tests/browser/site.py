"""The bank's site with the widget on it as a person uses it, and the bank's side of the conversation."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import FrameLocator, Locator, Page, Route, expect

from apps.channels.models import Channel
from apps.conversations.access import Sight
from apps.conversations.models import Conversation
from apps.conversations.services import marks, outbound
from apps.core import clock
from apps.operators.models import Operator, Queue
from apps.routing.services import handling, placement
from tests.factories import people


def stopped(page: Page, held: list[Route]) -> list[Route]:
    """The requests that a route keeps back, once there is one: the page shows its waiting a moment earlier."""
    for _try in range(200):
        if held:
            return held
        page.wait_for_timeout(50)
    raise AssertionError("the browser asked for nothing")


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


def png(width: int = 60, height: int = 40) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(content, "PNG")
    return content.getvalue()
