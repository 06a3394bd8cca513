"""What both sockets share: bounded frames in, a bounded queue out, handlers found by the frame's type.

A socket only authenticates and forwards. The first frame says who is there; every later one is handed to the
app that owns it, which checks rights again where the effect happens.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import msgspec
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core import frames
from apps.core.bus import get_bus
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.core.limits import Bucket
from apps.core.threads import run_hot

logger = logging.getLogger(__name__)

MAX_FRAME = 64 * 1024  # bytes
MAX_WAITING = 100  # frames that a slow reader may be behind
HELLO_SECONDS = 10


class Close:
    """Close codes of the protocol (docs/protocol.md)."""

    UNAUTHORISED = 4001
    FORBIDDEN_SITE = 4003
    FLOOD = 4008
    TOO_BIG = 4009
    MALFORMED = 4010
    RESYNC = 4013


class Closed(Exception):
    """Raised by a socket's own code to end it with a close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class OutQueue:
    """Frames on their way to one client, written in order by one task. A reader too slow is told to resync."""

    def __init__(self, send: Callable[[str], Awaitable[None]], overflow: Callable[[], None]) -> None:
        self._send = send
        self._overflow = overflow
        self._waiting: deque[str] = deque()
        self._writer: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            self._overflow()
            return
        self._waiting.append(text)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._waiting:
            await self._send(self._waiting.popleft())

    def stop(self) -> None:
        self._waiting.clear()
        if self._writer is not None:
            self._writer.cancel()


class FrameSocket(AsyncConsumer):
    """A Channels consumer that speaks frames. Subclasses say who may open it (``greet``)."""

    surface: ClassVar[str]
    # Frames a second, and how many at once, before the socket is closed as flooding.
    rate: ClassVar[tuple[float, int]] = (20.0, 60)
    session: Any = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels would hop to a thread before every event to close old connections: none is opened here.
        handler = getattr(self, message["type"].replace(".", "_"))
        await handler(message)

    # --- life ---------------------------------------------------------------------------------------

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self.topics: set[str] = set()
        self.closing = False
        self.bucket = Bucket(*self.rate)
        self.typing_scopes: dict[int, str] = {}
        self.out = OutQueue(self._send_text, self.lost_track)
        await self.send({"type": "websocket.accept"})
        loop = asyncio.get_running_loop()
        self.deadline = loop.call_later(HELLO_SECONDS, self._nobody_said_hello)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.closing:
            return
        try:
            await self._receive(message)
        except Closed as end:
            await self.close(end.code)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self.closing = True
        self.deadline.cancel()
        self.out.stop()
        for topic in tuple(self.topics):
            self.unsubscribe(topic)
        await self.farewell()
        raise StopConsumer

    async def close(self, code: int) -> None:
        """Close with a code of the protocol; safe to call twice."""
        if not self.closing:
            self.closing = True
            await self.send({"type": "websocket.close", "code": code})

    # --- for subclasses -------------------------------------------------------------------------------

    async def greet(self, frame: frames.ClientFrame) -> None:
        """Authenticate the first frame and set ``session``; raise Closed or DomainError otherwise."""
        raise NotImplementedError

    async def farewell(self) -> None:
        """Called once when the socket is gone."""

    def may_show(self, topic: str, scope: str) -> bool:
        """Whether a payload of ``scope`` may still be shown here: rights may have changed since subscribing."""
        return True

    # --- bus ------------------------------------------------------------------------------------------

    async def subscribe(self, topic: str) -> None:
        if topic not in self.topics:
            self.topics.add(topic)
            await get_bus().subscribe(topic, self)

    def unsubscribe(self, topic: str) -> None:
        self.topics.discard(topic)
        get_bus().unsubscribe(topic, self)

    def hear(self, topic: str, text: str, scope: str) -> None:
        if self.may_show(topic, scope):
            self.out.put(text)

    def lost_track(self) -> None:
        asyncio.get_running_loop().create_task(self.close(Close.RESYNC))

    def push(self, frame: frames.ServerFrame) -> None:
        """Queue a frame for this client alone."""
        self.out.put(frames.encode(frame))

    # --- frames in ------------------------------------------------------------------------------------

    async def _receive(self, message: dict[str, Any]) -> None:
        text = message.get("text")
        if text is None:
            raise Closed(Close.MALFORMED)
        if len(text) > MAX_FRAME // 4 and len(text.encode("utf-8", "surrogatepass")) > MAX_FRAME:
            raise Closed(Close.TOO_BIG)
        if not self.bucket.take():
            raise Closed(Close.FLOOD)
        with translation.override(self.session.language if self.session else None):
            await self._handle(text)

    async def _handle(self, text: str) -> None:
        try:
            frame = frames.parse(self.surface, text)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self._refuse(text, error)
            return
        try:
            answer = await self._answer(frame)
        except DomainError as error:
            self.push(_error(frame, error))
        except (OperationalError, InterfaceError) as error:
            logger.warning("database unavailable: %s", error)
            self.push(_error(frame, Unavailable(_("The service is busy. The request will be repeated."))))
        else:
            self._reply(frame, answer)

    async def _answer(self, frame: frames.ClientFrame) -> Any:
        if self.session is None:
            await self.greet(frame)
            self.deadline.cancel()
        handler = frames.table(self.surface)[type(frame)]
        if frames.is_async(handler):
            return await handler(self, frame)
        return await run_hot(handler, self.session, frame)

    def _reply(self, frame: frames.ClientFrame, answer: frames.ServerFrame | None) -> None:
        if answer is None and frame.ref is not None:
            answer = frames.DoneFrame()
        if answer is not None:
            answer.ref = frame.ref
            self.push(answer)

    def _refuse(self, text: str, error: Exception) -> None:
        """Answer a frame that could not be understood, with its ref and client id where they can be read."""
        try:
            loose = json.loads(text)
        except ValueError:
            raise Closed(Close.MALFORMED) from None
        if not isinstance(loose, dict) or self.session is None:
            raise Closed(Close.MALFORMED)
        ref, client_id = loose.get("ref"), loose.get("client_id")
        text = _("The request was not understood: %(why)s") % {"why": str(error)[:200]}
        self.push(
            frames.ErrorFrame(
                ref=ref if isinstance(ref, int) else None,
                code=Invalid.code,
                text=text,
                client_id=client_id if isinstance(client_id, str) else None,
            )
        )

    async def _send_text(self, text: str) -> None:
        if not self.closing:
            await self.send({"type": "websocket.send", "text": text})

    def _nobody_said_hello(self) -> None:
        asyncio.get_running_loop().create_task(self.close(Close.UNAUTHORISED))


def _error(frame: frames.ClientFrame, error: DomainError) -> frames.ErrorFrame:
    return frames.ErrorFrame(
        ref=frame.ref, code=error.code, text=str(error.text), client_id=getattr(frame, "client_id", None)
    )
