"""What both sockets share: bounded frames in, a bounded queue out, handlers found by the frame's type.

A socket only authenticates and forwards. The first frame says who is there; every later one is handed to the
app that owns it, which checks rights again where the effect happens.
"""

from __future__ import annotations

import asyncio
import json
import logging
import types
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, ClassVar

import msgspec
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core import frames
from apps.core.addresses import scope_address
from apps.core.bus import Part, get_bus
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.core.limits import Bucket, Doors, Entrance
from apps.core.masking import clean_text
from apps.core.numbers import BIG
from apps.core.threads import run_hot

logger = logging.getLogger(__name__)

MAX_FRAME = 64 * 1024  # bytes
MAX_WAITING = 100  # frames that a slow reader may be behind
HELLO_SECONDS = 10

# Sockets by address, for each surface of this process.
doors: defaultdict[str, Doors] = defaultdict(Doors)


class Close:
    """Close codes of the protocol (docs/protocol.md)."""

    UNAUTHORISED = 4001
    FORBIDDEN_SITE = 4003
    FLOOD = 4008
    TOO_BIG = 4009
    MALFORMED = 4010
    RESYNC = 4013
    # Said by uvicorn to every socket when it is told to stop; clients come back more slowly than after a cut.
    GOING_AWAY = 1012


# How values that no check foresaw make themselves known.
_ODD_INPUT = (DataError, ValueError, TypeError, ArithmeticError)


class Closed(Exception):
    """Raised by a socket's own code to end it with a close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class OutQueue:
    """Frames on their way to one client, in order. A reader too slow is told to resync.

    A frame is handed to the server at once; only when that has to wait is there a task and a queue.
    """

    def __init__(
        self, send: Callable[[str], Coroutine[Any, Any, None]], overflow: Callable[[], None]
    ) -> None:
        self._send = send
        self._overflow = overflow
        self._waiting: deque[str] = deque()
        self._writer: asyncio.Task[None] | None = None
        # Stepping a coroutine by hand sends nothing on some servers: only where it is known to work.
        self.steps_by_hand = False

    def put(self, text: str) -> None:
        if self._writer is not None:
            self._wait(text)
        elif not self.steps_by_hand:
            self._write_behind(self._finish(self._send(text)))
        elif (unfinished := step(self._send(text))) is not None:
            self._write_behind(self._finish(unfinished))

    def _wait(self, text: str) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            self._overflow()
            return
        self._waiting.append(text)

    def _write_behind(self, first: Coroutine[Any, Any, None]) -> None:
        self._writer = asyncio.get_running_loop().create_task(first)

    async def _finish(self, first: Awaitable[None]) -> None:
        try:
            await first
            while self._waiting:
                await self._send(self._waiting.popleft())
        finally:
            self._writer = None

    def stop(self) -> None:
        self._waiting.clear()
        if self._writer is not None:
            self._writer.cancel()


def step(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine as far as it goes without waiting; what is left of it, None when it is done.

    Spares a task for each frame of a fan-out, a third of its CPU on uvicorn.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _rest(coroutine, waits_for)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that was stepped by hand, for a task to await."""
    while True:
        try:
            sent = yield waits_for
        except BaseException as error:  # noqa: BLE001 - a cancellation goes to where it is awaited
            resume = partial(coroutine.throw, error)
        else:
            resume = partial(coroutine.send, sent)
        try:
            waits_for = resume()
        except StopIteration:
            return


class FrameSocket(AsyncConsumer):
    """A Channels consumer that speaks frames. Subclasses say who may open it (``greet``)."""

    surface: ClassVar[str]
    # Frames a second, and how many at once, before the socket is closed as flooding.
    rate: ClassVar[tuple[float, int]] = (20.0, 60)
    session: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The consumer's life. Channels' own loop makes two tasks for every frame; here frames are simply awaited.

        Control messages of the channel layer, which are rare, come through a task of their own.
        """
        self.scope, self.base_send = scope, send
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        control: asyncio.Task[None] | None = None
        if self.channel_layer is not None:
            self.channel_name = await self.channel_layer.new_channel()
            control = asyncio.get_running_loop().create_task(self._obey())
        door, address = doors[self.surface], scope_address(scope)
        self.entrance = door.enter(address, most=settings.OPEN_SOCKETS_PER_ADDRESS[self.surface])
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        finally:
            door.leave(address)
            if control is not None:
                control.cancel()

    async def _obey(self) -> None:
        while True:
            await self.dispatch(await self.channel_layer.receive(self.channel_name))

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels would hop to a thread before every event to close old connections: none is opened here.
        handler = getattr(self, message["type"].replace(".", "_"))
        await handler(message)

    # --- life ---------------------------------------------------------------------------------------

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self.topics: set[str] = set()
        self.closing = False
        self.bucket = Bucket(*self.rate)
        self.typing_scopes: dict[int, tuple[str, float]] = {}
        self.out = OutQueue(self._send_text, self.lost_track)
        self.out.steps_by_hand = getattr(self.base_send, "__module__", "").startswith("uvicorn.")
        loop = asyncio.get_running_loop()
        self.deadline = loop.call_later(HELLO_SECONDS, self._nobody_said_hello)
        if self.entrance is not Entrance.TURNED_AWAY:
            await self.send({"type": "websocket.accept"})
        if self.entrance is not Entrance.ADMITTED:
            # Before the handshake was answered, this refuses it.
            await self.close(Close.FLOOD)

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

    async def subscribe(self, topic: str, part: Part | None = None) -> None:
        if topic not in self.topics:
            self.topics.add(topic)
            await get_bus().subscribe(topic, self, part)

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
        is_first = self.session is None
        try:
            answer = await self._answer(frame)
        except DomainError as error:
            self.push(_error(frame, error))
        except (OperationalError, InterfaceError) as error:
            logger.warning("database unavailable: %s", error)
            if is_first:
                # Without a welcome there is nothing to go on with: come back later.
                raise Closed(Close.RESYNC) from error
            self.push(_error(frame, Unavailable(_("The service is busy. The request will be repeated."))))
        except _ODD_INPUT as error:
            # What nobody thought of costs its author one answer, not the socket, which would send it again for ever.
            logger.exception("a %s frame of a %s broke its handler", type(frame).__name__, self.surface)
            if is_first:
                raise Closed(Close.RESYNC) from error
            self.push(_error(frame, DomainError(_("This could not be done."), code="failed")))
        else:
            self._reply(frame, answer)

    async def _answer(self, frame: frames.ClientFrame) -> Any:
        if self.session is None:
            # He spoke in time; what takes long now is our own affair.
            self.deadline.cancel()
            await self.greet(frame)
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
        except (ValueError, RecursionError):
            raise Closed(Close.MALFORMED) from None
        if not isinstance(loose, dict) or self.session is None:
            raise Closed(Close.MALFORMED)
        ref, client_id = loose.get("ref"), loose.get("client_id")
        text = _("The request was not understood: %(why)s") % {"why": str(error)[:200]}
        self.push(
            frames.ErrorFrame(
                ref=ref if isinstance(ref, int) and abs(ref) <= BIG else None,
                code=Invalid.code,
                text=text,
                client_id=clean_text(client_id) if isinstance(client_id, str) else None,
            )
        )

    async def _send_text(self, text: str) -> None:
        if not self.closing:
            try:
                await self.base_send({"type": "websocket.send", "text": text})
            except OSError:
                # The client is gone and its disconnect on its way; what it missed it fetches when it returns.
                self.closing = True

    def _nobody_said_hello(self) -> None:
        asyncio.get_running_loop().create_task(self.close(Close.UNAUTHORISED))


def _error(frame: frames.ClientFrame, error: DomainError) -> frames.ErrorFrame:
    return frames.ErrorFrame(
        ref=frame.ref, code=error.code, text=str(error.text), client_id=getattr(frame, "client_id", None)
    )
