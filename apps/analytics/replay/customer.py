"""The customer of a dialogue, at a widget or an app: writes, waits for answers, rates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.analytics.replay.client import Frame, FrameError, Healing, Item
from apps.analytics.replay.dialogues import Turn
from apps.analytics.replay.journal import Journal
from apps.analytics.replay.screen import Screen


@dataclass
class CustomerClient(Healing):
    """What static/widget/store.js does with frames, without the drawing."""

    key: str = ""
    language: str = "ru"
    page: str = ""
    journal: Journal = field(default_factory=Journal)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.screen = Screen()
        self.token: str | None = None

    async def hello(self) -> Frame:
        frame = {"type": "hello", "protocol": 1, "key": self.key, "language": self.language}
        frame |= {"time_zone": "Europe/Moscow", "page_url": self.page}
        return frame | ({"token": self.token} if self.token else {})

    async def welcomed(self, answer: Frame) -> None:
        known = self.screen.conversation
        if known is not None:
            await self.catch_up(known)

    def apply(self, frame: Frame) -> None:
        handler = self._HANDLERS.get(frame["type"])
        if handler is not None:
            handler(self, frame)

    def prepared(self, frame: Frame) -> Frame:
        here = self.screen.conversation
        return frame | ({"conversation": here} if here else {})

    def whole(self, key: int) -> None:
        self.screen.changed()

    def acknowledged(self, item: Item, answer: Frame) -> None:
        self.journal.acknowledge(answer)

    def refused(self, item: Item, error: FrameError) -> None:
        self.journal.problem = f"the customer's message was refused: {error}"

    def say(self, turn: Turn) -> None:
        self.journal.sent(turn.client_id)
        self.tell_typing()
        self.enqueue({"type": "send", "client_id": turn.client_id, "text": turn.text})

    def tell_typing(self) -> None:
        if self.screen.conversation is not None:
            self.tell({"type": "typing", "conversation": self.screen.conversation})

    # --- frames ---------------------------------------------------------------------------------------------

    def _welcome(self, frame: Frame) -> None:
        self.token = frame["token"] or self.token
        self._page(frame)

    def _page(self, frame: Frame) -> None:
        for view in frame["conversations"]:
            self._meet(view)
        for message in frame["messages"]:
            self._message({"message": message})

    def _meet(self, view: dict[str, Any]) -> None:
        if view["id"] not in self.revs.known:
            self.revs.start(view["id"], view["rev"])
        self._conversation({"conversation": view})

    def _message(self, frame: Frame) -> None:
        message = frame["message"]
        if "rev" in frame:
            self.note(frame["conversation"], frame["rev"])
        if self.screen.show(message) and message["author"]["kind"] in ("operator", "bot"):
            told = {"type": "delivered", "conversation": message["conversation"], "seq": message["seq"]}
            self.tell(told)

    def _conversation(self, frame: Frame) -> None:
        view = frame["conversation"]
        self.screen.conversation, self.screen.state = view["id"], view["state"]
        self.note(view["id"], view["rev"])
        self.screen.changed()

    def _numbered(self, frame: Frame) -> None:
        self.note(frame["conversation"], frame["rev"])
        self.screen.changed()

    def _caught_up(self, frame: Frame) -> None:
        self._conversation(frame)
        for message in frame["messages"]:
            self._message({"message": message})

    def _ack(self, frame: Frame) -> None:
        if self.screen.conversation is None:
            self.screen.conversation = frame["conversation"]
            self.keep(self.catch_up(frame["conversation"]))

    def _resync(self, frame: Frame) -> None:
        self.cut()

    _HANDLERS = {
        "welcome": _welcome,
        "history": _page,
        "message": _message,
        "conversation": _conversation,
        "marks": _numbered,
        "rev": _numbered,
        "catch_up": _caught_up,
        "ack": _ack,
        "resync": _resync,
    }


async def play(client: CustomerClient, turns: Sequence[Turn], *, patience: float, score: int | None) -> None:
    """The customer's part of a dialogue, to the mark at its end. Raises NeverCame."""
    client.start()
    try:
        for turn in turns:
            await _take_turn(client, turn, patience)
        await _see_the_end(client, turns, patience)
        if score is not None:
            await client.insist({"type": "rate", "conversation": client.screen.conversation, "score": score})
        client.journal.keep(client.screen, client.connections)
    finally:
        await client.stop()


async def _take_turn(client: CustomerClient, turn: Turn, patience: float) -> None:
    if turn.who == "operator":
        await client.screen.until_shown(turn.client_id, patience=patience + turn.pause)
        return
    await asyncio.sleep(turn.pause / 2)
    _read(client)
    await asyncio.sleep(turn.pause / 2)
    client.say(turn)
    await client.screen.until_shown(turn.client_id, patience=patience)


def _read(client: CustomerClient) -> None:
    shown = client.screen.in_order()
    if shown:
        client.tell({"type": "read", "conversation": client.screen.conversation, "seq": shown[-1]["seq"]})


async def _see_the_end(client: CustomerClient, turns: Sequence[Turn], patience: float) -> None:
    """The conversation is closed, nothing is on its way and no number is missing."""
    whole = {turn.client_id for turn in turns}

    def is_over() -> bool:
        quiet = not client.outbox and not client.revs.gaps()
        return quiet and client.screen.state == "closed" and whole <= client.screen.seen_at.keys()

    await client.screen.until(is_over, patience=patience, what="the customer never saw the end")
