"""A widget and a workspace that heal themselves, each with a journal of what it was promised and what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

GONE = (OSError, WebSocketException, InvalidHandshake, TimeoutError)


class Client:
    """One screen: hello, an outbox that outlives connections, gaps of rev filled by catching up."""

    path: str

    def __init__(self, urls: list[str], seed: int) -> None:
        self.urls = urls
        self.dice = random.Random(seed)
        self.wire: ClientConnection | None = None
        self.screen: dict[int, dict[str, Any]] = {}
        self.revs: dict[int, int] = {}
        self.outbox: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.connections = 0
        self.connected_at = 0.0  # by time.monotonic()
        self.refusals: Counter[str] = Counter()
        self._refs = count(1)

    async def live(self) -> None:
        """Be connected until cancelled."""
        while True:
            with contextlib.suppress(*GONE):
                async with self.opened() as wire:
                    self.wire = wire
                    self.connections += 1
                    self.connected_at = time.monotonic()
                    await self.put_next()
                    try:
                        async for text in wire:
                            await self.heard(json.loads(text))
                    finally:
                        self.refusals[f"closed {wire.close_code}"] += 1
            self.wire = None
            await asyncio.sleep(self.dice.uniform(0.2, 0.8))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ClientConnection]:
        """A connection that was welcomed."""
        url = self.dice.choice(self.urls)
        address = url.replace("http", "ws") + self.path
        async with connect(address, origin=url, open_timeout=5, ping_interval=None) as wire:
            await wire.send(json.dumps(await self.hello(url)))
            async with asyncio.timeout(10):
                early = []
                # The server subscribes before it fetches: what moves meanwhile may come first.
                while (frame := json.loads(await wire.recv()))["type"] != "welcome":
                    early.append(frame)
            await self.welcomed(frame, wire)
            for each in early:
                await self.heard(each)
            yield wire

    async def put(self, frame: dict[str, Any]) -> None:
        if self.wire is not None:
            with contextlib.suppress(*GONE):
                await self.wire.send(json.dumps({"ref": next(self._refs), **frame}))

    async def say(self, text: str, client_id: str, **fields: Any) -> None:
        """Write; it is repeated after each reconnection until it is acknowledged, and holds what follows."""
        self.outbox[client_id] = {"type": "send", "text": text, "client_id": client_id, **fields}
        if len(self.outbox) == 1:
            await self.put_next()

    async def put_next(self) -> None:
        if self.outbox:
            await self.put(next(iter(self.outbox.values())))

    async def heard(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "ack":
            self.outbox.pop(frame["client_id"], None)
            self.acknowledged[frame["client_id"]] = frame
            await self.put_next()
        elif kind == "error" and frame["code"] == "unavailable":
            self.refusals["unavailable"] += 1
            await asyncio.sleep(0.3)
            await (self.put_next() if frame["client_id"] in self.outbox else self.refresh())
        elif kind == "error":
            self.refusals[frame["code"]] += 1
        elif kind == "message":
            self.show(frame["message"])
            await self.follow(frame["conversation"], frame["rev"])
        elif kind in ("history", "catch_up"):
            for message in frame["messages"]:
                self.show(message)
        elif kind == "rev":
            await self.follow(frame["conversation"], frame["rev"])
        await self.others(frame)

    def show(self, message: dict[str, Any]) -> None:
        known = self.screen.get(message["id"])
        if known is None or known["rev"] <= message["rev"]:
            self.screen[message["id"]] = message

    async def follow(self, conversation: int, rev: int) -> None:
        """A number was skipped: ask for what it was."""
        known = self.revs.get(conversation, 0)
        self.revs[conversation] = max(known, rev)
        if rev > known + 1:
            await self.put({"type": "catch_up", "conversation": conversation, "after_rev": known})

    async def hello(self, url: str) -> dict[str, Any]:
        raise NotImplementedError

    async def welcomed(self, frame: dict[str, Any], wire: ClientConnection) -> None:
        raise NotImplementedError

    async def refresh(self) -> None:
        """A question was not answered: ask again for everything on the screen."""
        raise NotImplementedError

    async def others(self, frame: dict[str, Any]) -> None:
        """What only one of the two surfaces understands."""

    def shown(self) -> list[tuple[int, int, str]]:
        """The screen in its order: conversation, seq, text."""
        kinds = ("text", "note")
        rows = [(m["conversation"], m["seq"], m["text"]) for m in self.screen.values() if m["kind"] in kinds]
        return sorted(rows)


class Widget(Client):
    """Writes into the conversation on its screen, as the product's own does: it names the one it knows."""

    path = "/ws/customer/"

    def __init__(self, urls: list[str], key: str, seed: int) -> None:
        super().__init__(urls, seed)
        self.key = key
        self.token: str | None = None
        self.current: int | None = None

    async def hello(self, url: str) -> dict[str, Any]:
        return {"type": "hello", "key": self.key, "token": self.token, "ref": 0}

    async def welcomed(self, frame: dict[str, Any], wire: ClientConnection) -> None:
        self.token = frame["token"] or self.token
        self.current = frame["current"]
        for message in frame["messages"]:
            self.show(message)
        for conversation in frame["conversations"]:
            self.revs[conversation["id"]] = conversation["rev"]

    async def say(self, text: str, client_id: str, **fields: Any) -> None:
        named = {"conversation": self.current} if self.current else {}
        await super().say(text, client_id, **{**named, **fields})

    async def others(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "ack":
            self.current = frame["conversation"]

    async def refresh(self) -> None:
        for conversation in self.revs:
            await self.put({"type": "catch_up", "conversation": conversation, "after_rev": 0})


class Workspace(Client):
    """Takes every waiting conversation, and answers each customer's message once, by a key made of its number."""

    path = "/ws/operator/"

    def __init__(self, urls: list[str], session: str, seed: int) -> None:
        super().__init__(urls, seed)
        self.session = session
        self.held: set[int] = set()

    async def hello(self, url: str) -> dict[str, Any]:
        return {"type": "hello", "ticket": await asyncio.to_thread(self._ticket, url), "ref": 0}

    def _ticket(self, url: str) -> str:
        token = "a" * 32
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Referer": url,
            "Origin": url,
        }
        request = urllib.request.Request(f"{url}/workspace/ticket/", data=b"", headers=headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return str(json.load(answer)["ticket"])

    async def welcomed(self, frame: dict[str, Any], wire: ClientConnection) -> None:
        if frame["me"]["state"] != "online":
            await wire.send(json.dumps({"type": "presence", "state": "online"}))
        for conversation in self.held:
            await wire.send(json.dumps({"type": "open", "conversation": conversation}))

    async def refresh(self) -> None:
        for conversation in self.held:
            await self.put({"type": "open", "conversation": conversation})

    async def work(self) -> None:
        """Look for what waits, all the time."""
        while True:
            await self.put({"type": "list", "section": "waiting"})
            await self.put({"type": "list", "section": "mine"})
            await asyncio.sleep(0.5)

    async def others(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "list" and frame["section"] == "waiting":
            for row in frame["rows"]:
                await self.put({"type": "accept", "conversation": row["id"]})
        elif kind == "list" and frame["section"] == "mine":
            for row in frame["rows"]:
                if row["id"] not in self.held:
                    self.held.add(row["id"])
                    await self.put({"type": "open", "conversation": row["id"]})
        elif kind == "opened":
            self.revs[frame["row"]["id"]] = frame["row"]["rev"]
            for message in frame["messages"]:
                self.show(message)
        await self.answer()

    async def answer(self) -> None:
        for message in list(self.screen.values()):
            key = f"answer-to-{message['id']:08}"
            theirs = message["author"]["kind"] == "customer" and message["conversation"] in self.held
            if theirs and key not in self.outbox and key not in self.acknowledged:
                await self.say(f"ответ: {message['text']}", key, conversation=message["conversation"])


async def until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for a state of the world; fails with ``what`` when it does not come."""
    try:
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is waited for is a state, not a signal
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None
