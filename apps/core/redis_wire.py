"""A bare connection to Redis on the event loop: commands are written at once, answers come back in their order.

redis-py's asynchronous client costs ten times the CPU per message of a subscription, and that
is most of what a chat frame costs there.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis.connection import SSLConnection, UnixDomainSocketConnection, parse_url

CONNECT_SECONDS = 5

Word = str | int


class RedisWire(asyncio.Protocol):
    """One connection. ``hear`` gets each answer or pushed message, ``lost`` is called once when it is gone."""

    def __init__(self, hear: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self._reader = hiredis.Reader()
        self._hear = hear
        self._lost = lost
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not False:
            self._hear(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._lost()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def write(self, packed: bytes) -> None:
        """Send commands that are packed already; on a lost connection they are lost."""
        if self._transport is not None:
            self._transport.write(packed)

    def command(self, *words: Word) -> None:
        self.write(pack(*words))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def pack(*words: Word) -> bytes:
    """A command as Redis reads it."""
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub means one word
    return packed


async def open_wire(url: str, *, hear: Callable[[Any], None], lost: Callable[[], None]) -> RedisWire:
    """Connect and sign in; raises OSError when the server is not there or refuses."""
    options = parse_url(url)  # type: ignore[no-untyped-call]  # untyped there
    greeting = list(_greeting(options))
    welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(greeting)

    def first_hear(answer: Any) -> None:
        nonlocal left
        if welcomed.done():
            hear(answer)
            return
        left -= 1
        if isinstance(answer, hiredis.ReplyError):
            welcomed.set_exception(ConnectionError(str(answer)))
        elif left == 0:
            welcomed.set_result(None)

    def first_lost() -> None:
        if welcomed.done():
            lost()
        else:
            welcomed.set_exception(ConnectionError("Redis closed the connection"))

    async with asyncio.timeout(CONNECT_SECONDS):
        wire = await _connect(options, lambda: RedisWire(first_hear, first_lost))
        for words in greeting:
            wire.command(*words)
        await welcomed
    return wire


def _greeting(options: dict[str, Any]) -> list[tuple[Word, ...]]:
    words: list[tuple[Word, ...]] = []
    if options.get("password"):
        user = [options["username"]] if options.get("username") else []
        words.append(("AUTH", *user, options["password"]))
    if options.get("db"):
        words.append(("SELECT", int(options["db"])))
    return [*words, ("PING",)]


async def _connect(options: dict[str, Any], make: Callable[[], RedisWire]) -> RedisWire:
    loop = asyncio.get_running_loop()
    kind = options.get("connection_class")
    if kind is UnixDomainSocketConnection:
        return (await loop.create_unix_connection(make, options["path"]))[1]
    secure = ssl.create_default_context(cafile=options.get("ssl_ca_certs")) if kind is SSLConnection else None
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    return (await loop.create_connection(make, host, port, ssl=secure))[1]
