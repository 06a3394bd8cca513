"""A connection that heals itself, as static/shared/socket.js does: hello, requests by ``ref``, an ordered outbox that
outlives connections, gaps of ``rev`` filled by catching up, reconnecting with jitter.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from apps.analytics.load.wire import Wire, connect
from apps.analytics.replay.chaos import Chaos

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
REPLY_TIMEOUT = 15.0
INSIST_SECONDS = 90.0  # without a connection, after which a request is given up
PING_EVERY = 25.0
GAP_PATIENCE = 0.3
PASSING = {"rate_limited", "unavailable"}
PASSING_PAUSE = 5.0
UNAUTHORISED, REFUSED, FLOODING, GOING_AWAY = 4001, 4003, 4008, 1012
STARTING_ATTEMPT = {FLOODING: 5, GOING_AWAY: 3}

Frame = dict[str, Any]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class FrameError(Exception):
    """A request was refused by the server (its code), or got no answer: "offline", "timeout"."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code


class Stopped(Exception):
    """The server will not have this client any more: the close code says why."""


class Revs:
    """Which numbers of each conversation have been seen without a hole."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self._ahead: dict[int, set[int]] = {}
        self._heard: dict[int, int] = {}

    def start(self, key: int, rev: int) -> None:
        """Everything up to ``rev`` is known."""
        self.known[key] = max(self.known.get(key, 0), rev)
        self._close(key)

    def note(self, key: int, rev: int) -> bool:
        """A single number arrived; True when an earlier one is missing."""
        if rev > self.known.setdefault(key, 0):
            self._ahead.setdefault(key, set()).add(rev)
        self._close(key)
        return self._has_hole(key)

    def hear(self, key: int, rev: int) -> bool:
        """Something else spoke of ``rev`` without bringing what it numbers; True when that has still to come."""
        self._heard[key] = max(self._heard.get(key, 0), rev)
        return self._has_hole(key)

    def gaps(self) -> list[int]:
        """What has a hole."""
        return [key for key in self.known if self._has_hole(key)]

    def forget(self, key: int) -> None:
        for kept in (self.known, self._ahead, self._heard):
            kept.pop(key, None)

    def _has_hole(self, key: int) -> bool:
        return bool(self._ahead.get(key)) or self._heard.get(key, 0) > self.known.get(key, 0)

    def _close(self, key: int) -> None:
        ahead = self._ahead.get(key)
        if not ahead:
            return
        while self.known[key] + 1 in ahead:
            self.known[key] += 1
        self._ahead[key] = {rev for rev in ahead if rev > self.known[key]}


@dataclass(slots=True)
class Item:
    """A message on its way: written once, repeated under the same client id until it is acknowledged."""

    frame: Frame
    written_at: float
    tries: int = 0


@dataclass(slots=True)
class Where:
    """How one client reaches the servers."""

    address: Callable[[], str]
    # A page of ours, which names the origin it came from: that of the server it speaks to. An app names none.
    is_page: bool = True
    local_address: str | None = None


def origin_of(address: str) -> str:
    """The origin of pages that come from the server with this socket."""
    parts = urlsplit(address)
    return f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"


@dataclass
class Healing:
    """Base of both clients. Subclasses give the hello and apply frames."""

    where: Where
    chaos: Chaos
    revs: Revs = field(default_factory=Revs)
    outbox: deque[Item] = field(default_factory=deque)
    connections: int = 0

    # Close codes after which this client does not come back.
    final_codes: ClassVar[frozenset[int]] = frozenset({UNAUTHORISED, REFUSED})

    def __post_init__(self) -> None:
        self.ready = asyncio.Event()
        self.stopped: Stopped | None = None
        self._wire: Wire | None = None
        self._gone = asyncio.Event()
        self._code = 0
        self._ref = 0
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._written = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._gap_timer: asyncio.TimerHandle | None = None
        self._jitter = random.Random()  # noqa: S311 - spreads reconnections

    # --- for subclasses -----------------------------------------------------------------------------------

    async def hello(self) -> Frame:
        raise NotImplementedError

    async def welcomed(self, answer: Frame) -> None:
        """Apply the answer to hello, and fetch what may have been missed."""

    def apply(self, frame: Frame) -> None:
        """Apply one frame to the screen."""
        raise NotImplementedError

    def acknowledged(self, item: Item, answer: Frame) -> None:
        """A message of the outbox is stored."""

    def refused(self, item: Item, error: FrameError) -> None:
        """A message of the outbox was refused for good."""

    def prepared(self, frame: Frame) -> Frame:
        """A frame of the outbox as it is sent now."""
        return frame

    def whole(self, key: int) -> None:
        """A hole of a conversation was filled."""

    # --- life -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.keep(self._live())
        self.keep(self._pump())

    def keep(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """Run something for as long as this client lives."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Hang up for good."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            # Again after a second: before Python 3.12 wait_for swallows a cancellation that meets its answer.
            await asyncio.wait(list(self._tasks), timeout=1)
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    async def _live(self) -> None:
        attempt = 0
        while self.stopped is None:
            if await self._open():
                attempt = 0
                await self._gone.wait()
                attempt = max(attempt, STARTING_ATTEMPT.get(self._code, 0))
            self._lose()
            if self._code in self.final_codes:
                self.stopped = Stopped(f"closed with {self._code}")
                return
            await asyncio.sleep(self._jitter.random() * min(LONGEST_DELAY, FIRST_DELAY * 2**attempt))
            attempt += 1

    async def _open(self) -> bool:
        """Connect and say hello; False when that failed and the line has to be tried again."""
        gone = self._gone = asyncio.Event()
        self._code = 0
        try:
            hello = await self.hello()
            address = self.where.address()
            self._wire = await connect(
                address,
                on_text=lambda data: None if gone.is_set() else self._receive(data),
                on_close=lambda code: None if gone.is_set() else self._closed(code),
                origin=origin_of(address) if self.where.is_page else None,
                local_address=self.where.local_address,
            )
            answer = await self._say_hello(hello)
        except (OSError, TimeoutError, FrameError):
            return False
        self.connections += 1
        self.ready.set()
        self.keep(self._apply_welcome(answer))
        self.keep(self._heartbeat(gone))
        return True

    async def _say_hello(self, hello: Frame) -> Frame:
        waiting = self._ask(hello)
        if self.chaos.strikes("during hello"):
            self.cut()
        return await self._answer(waiting, REPLY_TIMEOUT)

    async def _apply_welcome(self, answer: Frame) -> None:
        try:
            await self.welcomed(answer)
        except FrameError as error:
            if error.code != "offline":
                self.cut()

    async def _heartbeat(self, gone: asyncio.Event) -> None:
        while not gone.is_set():
            await asyncio.sleep(PING_EVERY)
            try:
                await self.request({"type": "ping"}, within=10)
            except FrameError:
                self.cut()
                return

    def cut(self) -> None:
        """Cut the line without a word."""
        self._gone.set()
        self._lose()

    def _closed(self, code: int) -> None:
        self._code = code
        self._gone.set()
        self._lose()

    def _lose(self) -> None:
        self.ready.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(FrameError("offline"))
        self._waiting.clear()

    # --- frames out -------------------------------------------------------------------------------------------

    async def request(self, frame: Frame, *, within: float = REPLY_TIMEOUT) -> Frame:
        """Send and wait for the frame that repeats its ``ref``; raises FrameError."""
        if not self.ready.is_set():
            raise FrameError("offline")
        return await self._answer(self._ask(frame), within)

    async def insist(self, frame: Frame) -> Frame:
        """A request repeated over connections until it is answered; raises FrameError when it is refused."""
        while True:
            await self._until_ready()
            try:
                return await self.request(frame)
            except FrameError as error:
                if error.code == "timeout":
                    self.cut()
                elif error.code in PASSING:
                    await asyncio.sleep(PASSING_PAUSE)
                elif error.code != "offline":
                    raise
            await asyncio.sleep(0.05)

    async def _until_ready(self) -> None:
        try:
            await asyncio.wait_for(self.ready.wait(), INSIST_SECONDS)
        except TimeoutError:
            raise FrameError("given_up") from None

    def tell(self, frame: Frame) -> None:
        """Send a frame whose loss does not matter."""
        if self.ready.is_set():
            self._write(frame)

    def enqueue(self, frame: Frame) -> None:
        """Put a message behind those that wait; it leaves when its turn comes."""
        self.outbox.append(Item(frame, asyncio.get_running_loop().time()))
        self._written.set()

    def _ask(self, frame: Frame) -> asyncio.Future[Frame]:
        self._ref += 1
        waiting: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        # Somebody may have given up waiting before the line was lost.
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waiting[self._ref] = waiting
        self._write({**frame, "ref": self._ref})
        return waiting

    async def _answer(self, waiting: asyncio.Future[Frame], within: float) -> Frame:
        try:
            return await asyncio.wait_for(waiting, within)
        except TimeoutError:
            raise FrameError("timeout") from None

    def _write(self, frame: Frame) -> None:
        if self._wire is not None:
            self._wire.send_text(_encode(frame))

    async def _pump(self) -> None:
        """One frame at a time, so that the server cannot swap two of them."""
        while True:
            if not self.outbox:
                self._written.clear()
                await self._written.wait()
            await self.ready.wait()
            item = self.outbox[0]
            try:
                answer = await self._deliver(item)
            except FrameError as error:
                await self._not_delivered(item, error)
            else:
                self._done_with(item)
                self.acknowledged(item, answer)

    def _done_with(self, item: Item) -> None:
        # It may have been taken out meanwhile, with its conversation.
        if self.outbox and self.outbox[0] is item:
            self.outbox.popleft()

    async def _deliver(self, item: Item) -> Frame:
        item.tries += 1
        if self.chaos.strikes("before a frame"):
            self.cut()
            raise FrameError("offline")
        waiting = self._ask(self.prepared(item.frame))
        if self.chaos.strikes("after a frame, before its ack"):
            asyncio.get_running_loop().call_later(self.chaos.delay(), self.cut)
        return await self._answer(waiting, REPLY_TIMEOUT)

    async def _not_delivered(self, item: Item, error: FrameError) -> None:
        if error.code in ("offline", "timeout"):
            self.cut()
            await asyncio.sleep(0.02)
        elif error.code in PASSING:
            await asyncio.sleep(PASSING_PAUSE)
        else:
            self._done_with(item)
            self.refused(item, error)

    # --- frames in --------------------------------------------------------------------------------------------

    def _receive(self, data: bytes) -> None:
        frame = _decode(data)
        if self._is_cut_by(frame):
            return
        self.apply(frame)
        waiting = self._waiting.pop(frame.get("ref") or 0, None)
        if waiting is not None and not waiting.done():
            if frame["type"] == "error":
                waiting.set_exception(FrameError(frame["code"], frame["text"]))
            else:
                waiting.set_result(frame)

    def _is_cut_by(self, frame: Frame) -> bool:
        """Whether the line is cut at this very frame, which is then lost."""
        moment = {"ack": "instead of an ack", "message": "instead of a message"}.get(frame["type"])
        if moment is None or not self.chaos.strikes(moment):
            return False
        self.cut()
        return True

    def note(self, key: int, rev: int) -> None:
        """A numbered frame arrived; a hole that stays is filled."""
        if self.revs.note(key, rev):
            self._look_for_gaps()

    def hear(self, key: int, rev: int) -> None:
        """A frame spoke of a number that another frame brings; if it does not come, it is fetched."""
        if self.revs.hear(key, rev):
            self._look_for_gaps()

    def _look_for_gaps(self) -> None:
        if self._gap_timer is None:
            self._gap_timer = asyncio.get_running_loop().call_later(GAP_PATIENCE, self._fill_gaps)

    def _fill_gaps(self) -> None:
        self._gap_timer = None
        for key in self.revs.gaps():
            self.keep(self.catch_up(key))

    async def catch_up(self, key: int) -> None:
        """Fetch what changed after the last known rev; a failure is left to the next connection."""
        frame = {"type": "catch_up", "conversation": key, "after_rev": self.revs.known.get(key, 0)}
        try:
            answer = await self.request(frame)
        except FrameError as error:
            if error.code == "timeout":
                self.cut()
            return
        self.revs.start(key, answer["upto"])
        if answer["more"]:
            await self.catch_up(key)
        else:
            self.whole(key)
