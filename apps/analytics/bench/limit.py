"""THE LIMIT: the work of one chat message with no framework, to measure the product against.

One SQL statement, one PUBLISH, one socket: raw ASGI, asyncpg with a pool of 8, hiredis on two bare connections,
msgspec. Run by uvicorn (uvloop, websockets-sansio) in two processes. Nothing here is part of the product.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # its types are a package of their own
import hiredis
import msgspec

TABLES = """
DROP TABLE IF EXISTS limit_event, limit_message, limit_conversation;
CREATE TABLE limit_conversation (
    id bigint PRIMARY KEY, seq int NOT NULL, rev int NOT NULL, unread int NOT NULL, state text NOT NULL,
    last_at timestamptz, last_text text
) WITH (fillfactor = 70);
CREATE TABLE limit_message (
    id bigserial PRIMARY KEY, conversation_id bigint NOT NULL, seq int NOT NULL, rev int NOT NULL,
    author text NOT NULL, client_id text NOT NULL, text text NOT NULL, at timestamptz NOT NULL,
    UNIQUE (conversation_id, seq), UNIQUE (conversation_id, client_id)
);
CREATE TABLE limit_event (
    id bigserial PRIMARY KEY, kind text NOT NULL, subject_id bigint NOT NULL, at timestamptz NOT NULL,
    details jsonb NOT NULL
);
INSERT INTO limit_conversation SELECT n, 0, 0, 0, 'assigned', now(), '' FROM generate_series(1, 1000) AS n;
"""
_WRITE = """
WITH moved AS (
    UPDATE limit_conversation SET seq = seq + 1, rev = rev + 1, unread = unread + 1, last_at = $5, last_text = $4
    WHERE id = $1 AND state = 'assigned' RETURNING id, seq, rev
), said AS (
    INSERT INTO limit_message (conversation_id, seq, rev, author, client_id, text, at)
    SELECT id, seq, rev, $2, $3, $4, $5 FROM moved RETURNING id
), logged AS (
    INSERT INTO limit_event (kind, subject_id, at, details)
    SELECT 'message', moved.id, $5, jsonb_build_object('seq', moved.seq, 'message', said.id) FROM moved, said
    RETURNING id
)
SELECT said.id, moved.seq, moved.rev, logged.id FROM moved, said, logged
"""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    """Listen to a conversation."""

    conversation: int
    side: str


class Said(msgspec.Struct, tag_field="type", tag="send"):
    """A message."""

    client_id: str
    text: str


_decode = msgspec.json.Decoder(Hello | Said).decode
_encode = msgspec.json.Encoder().encode


class RedisWire(asyncio.Protocol):
    """A bare connection: commands are written without waiting, answers read by hiredis."""

    def __init__(self, hear: Callable[[Any], None]) -> None:
        self._reader = hiredis.Reader()
        self._hear = hear
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not False:
            self._hear(answer)

    def command(self, *words: bytes) -> None:
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # its stub means one word


class Pipeline:
    """What one process of the limit holds."""

    def __init__(self) -> None:
        self.sockets: dict[bytes, set[Send]] = defaultdict(set)
        self.pool: Any = None
        self.publisher: RedisWire
        self.subscriber: RedisWire
        self._sending: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        self.pool = await asyncpg.create_pool(os.environ["LIMIT_DATABASE"], min_size=8, max_size=8)
        self.publisher = await self._redis(lambda answer: None)
        self.subscriber = await self._redis(self._hear)

    async def _redis(self, hear: Callable[[Any], None]) -> RedisWire:
        parts = urlsplit(os.environ["REDIS_URL"])
        loop = asyncio.get_running_loop()
        _transport, wire = await loop.create_connection(
            lambda: RedisWire(hear), parts.hostname or "", parts.port or 6379
        )
        return wire

    def join(self, topic: bytes, send: Send) -> None:
        if not self.sockets[topic]:
            self.subscriber.command(b"SUBSCRIBE", topic)
        self.sockets[topic].add(send)

    def _hear(self, answer: Any) -> None:
        if answer[0] != b"message":
            return
        frame = {"type": "websocket.send", "text": answer[2].decode()}
        for send in self.sockets.get(answer[1], ()):
            task = asyncio.ensure_future(send(frame))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)


_pipeline = Pipeline()


async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "websocket":
        await _talk(receive, send)


async def _live(receive: Any, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await _pipeline.start()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _talk(receive: Any, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    conversation, side, topic = 0, "", b""
    while (message := await receive())["type"] == "websocket.receive":
        frame = _decode(message["text"])
        if isinstance(frame, Hello):
            conversation, side = frame.conversation, frame.side
            topic = b"limit:%d" % conversation
            _pipeline.join(topic, send)
            await send({"type": "websocket.send", "text": '{"type":"welcome"}'})
        else:
            await send({"type": "websocket.send", "text": await _say(conversation, side, topic, frame)})


async def _say(conversation: int, side: str, topic: bytes, frame: Said) -> str:
    now = datetime.now(UTC)
    message, seq, rev, _event = await _pipeline.pool.fetchrow(
        _WRITE, conversation, side, frame.client_id, frame.text, now
    )
    shown = {
        "type": "message",
        "conversation": conversation,
        "rev": rev,
        "message": {
            "id": message,
            "seq": seq,
            "rev": rev,
            "author": side,
            "at": now,
            "text": frame.text,
            "client_id": frame.client_id,
        },
    }
    _pipeline.publisher.command(b"PUBLISH", topic, _encode(shown))
    ack = {"type": "ack", "client_id": frame.client_id, "message": message, "seq": seq, "rev": rev, "at": now}
    return _encode(ack).decode()
