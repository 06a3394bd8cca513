"""The bus: chat frames and line deltas from any thread of any process to the sockets that show them.

A payload is serialised once by its publisher and handed to sockets as text. Each process has one hub, a
dictionary of topic to listeners; with Redis, one subscriber connection feeds it. The bus is a hint: what is lost
is found again by rev, by a line's number, or by ``resync`` after a broken connection.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Protocol

import msgspec
import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)

LINE_INTERVAL = 0.22  # seconds that changes of a line are collected before they are shown
_PREFIX = "otklik:"
# Numbering and publishing in one step: numbers reach subscribers in their order.
_PUBLISH_NUMBERED = """
local n = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', KEYS[2], n .. '\\n' .. ARGV[1])
return n
"""


class Post(NamedTuple):
    """One payload for one topic. ``scope`` is what the socket checks before it shows it (a line, an identity)."""

    topic: str
    text: str
    scope: str = ""


class Listener(Protocol):
    """A socket, as the bus sees it. Both calls happen on the event loop and must not block."""

    def hear(self, topic: str, text: str, scope: str) -> None: ...

    def lost_track(self) -> None: ...


def line_topic(line_id: int) -> str:
    """Rows and counters of a line, for those who may read its text."""
    return f"queue:{line_id}"


def line_meta_topic(line_id: int) -> str:
    """Padlock rows and counters of a line, for those who may know that conversations exist."""
    return f"queue:{line_id}:meta"


class LineFeed:
    """Changes of one line, collected for a moment and shown once: rows by id, the newest counters."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.listeners: set[Listener] = set()
        self._rows: dict[int, dict[str, object]] = {}
        self._counts: dict[str, int] | None = None
        self._first = self._last = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, number: int, text: str) -> None:
        delta = msgspec.json.decode(text)
        for row in delta.get("rows", ()):
            self._rows.setdefault(row["id"], {}).update(row)
        self._counts = delta.get("counts", self._counts)
        self._first, self._last = self._first or number, number
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINE_INTERVAL, self.flush)

    def flush(self) -> None:
        self._timer = None
        frame = {
            "type": "line",
            "line": int(self.topic.split(":")[1]),
            "first": self._first,
            "last": self._last,
            "rows": list(self._rows.values()),
            "counts": self._counts,
        }
        self._rows, self._counts, self._first = {}, None, 0
        text = msgspec.json.encode(frame).decode()
        for listener in tuple(self.listeners):
            listener.hear(self.topic, text, "")


class Hub:
    """This process's listeners. Touched on the event loop only."""

    def __init__(self) -> None:
        self.topics: dict[str, set[Listener]] = defaultdict(set)
        self.feeds: dict[str, LineFeed] = {}

    def add(self, topic: str, listener: Listener) -> bool:
        """Listen to a topic; True when nobody here did before."""
        known = self._listeners(topic)
        first = not known
        known.add(listener)
        return first

    def drop(self, topic: str, listener: Listener) -> bool:
        """Stop listening; True when nobody here is left."""
        known = self._listeners(topic)
        known.discard(listener)
        if known:
            return False
        self.topics.pop(topic, None)
        self.feeds.pop(topic, None)
        return True

    def heard(self, topic: str) -> bool:
        """Whether anybody here listens to the topic."""
        return topic in self.topics or topic in self.feeds

    def deliver(self, topic: str, text: str, scope: str) -> None:
        for listener in tuple(self.topics.get(topic, ())):
            listener.hear(topic, text, scope)

    def deliver_numbered(self, topic: str, number: int, text: str) -> None:
        if feed := self.feeds.get(topic):
            feed.add(number, text)

    def all_listeners(self) -> set[Listener]:
        """Every socket here, for the moment when the process may have missed something."""
        found = [*self.topics.values(), *(feed.listeners for feed in self.feeds.values())]
        return set().union(*found)

    def _listeners(self, topic: str) -> set[Listener]:
        if topic.startswith("queue:"):
            return self.feeds.setdefault(topic, LineFeed(topic)).listeners
        return self.topics[topic]


class Bus:
    """Without Redis: everything happens in this process. Publishing is safe from any thread."""

    def __init__(self) -> None:
        self.hub = Hub()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._numbers: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    async def start(self) -> None:
        """Bind to the running loop; idempotent."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        self._loop = None

    async def subscribe(self, topic: str, listener: Listener) -> None:
        """After this returns nothing published to ``topic`` is missed."""
        await self.start()
        self.hub.add(topic, listener)

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        self.hub.drop(topic, listener)

    def publish(self, posts: Iterable[Post]) -> None:
        for post in posts:
            self._soon(self.hub.deliver, *post)

    def publish_line(self, topic: str, text: str) -> None:
        """Publish a line's delta under the topic's next number."""
        with self._lock:
            self._numbers[topic] += 1
            self._soon(self.hub.deliver_numbered, topic, self._numbers[topic], text)

    async def line_number(self, topic: str) -> int:
        """The number last published: what a list fetched after subscribing contains."""
        return self._numbers[topic]

    def is_ready(self) -> bool:
        """Whether what is published can reach other processes."""
        return True

    def _soon(self, call: object, *args: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)  # type: ignore[arg-type]  # any callable of these args


class RedisBus(Bus):
    """With Redis: one publisher pool and one subscriber connection per process."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._publisher = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._numbered = self._publisher.register_script(_PUBLISH_NUMBERED)
        self._subscriber: redis.asyncio.client.PubSub | None = None
        self._client: redis.asyncio.Redis | None = None
        self._reader: asyncio.Task[None] | None = None
        self._confirmed: dict[str, asyncio.Future[None]] = {}

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop and self._reader is not None and not self._reader.done():
            return
        self._loop = loop
        self._confirmed = {}
        # An idle subscriber is silent for long: no read time-out, but a ping.
        self._client = redis.asyncio.Redis.from_url(self._url, socket_timeout=None, health_check_interval=20)
        self._subscriber = self._client.pubsub()
        await self._subscriber.subscribe(_PREFIX + "hello")
        self._reader = loop.create_task(self._read(), name="bus")

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        self._reader = self._subscriber = self._client = self._loop = None

    async def subscribe(self, topic: str, listener: Listener) -> None:
        await self.start()
        self.hub.add(topic, listener)
        confirmed = self._confirmed.get(topic)
        if confirmed is None:
            confirmed = self._confirmed[topic] = asyncio.get_running_loop().create_future()
            assert self._subscriber is not None
            await self._subscriber.subscribe(_PREFIX + topic)
        await asyncio.wait_for(asyncio.shield(confirmed), 5)

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        if self.hub.drop(topic, listener) and self._loop is not None and self._subscriber is not None:
            self._confirmed.pop(topic, None)
            self._loop.create_task(self._leave(topic))

    async def _leave(self, topic: str) -> None:
        # Somebody may have come back between the decision and this step.
        if self._subscriber is not None and not self.hub.heard(topic):
            await self._subscriber.unsubscribe(_PREFIX + topic)

    def publish(self, posts: Iterable[Post]) -> None:
        pipe = self._publisher.pipeline(transaction=False)
        for post in posts:
            pipe.publish(_PREFIX + post.topic, f"{post.scope}\n{post.text}")
        self._guarded(pipe.execute)

    def publish_line(self, topic: str, text: str) -> None:
        self._guarded(self._numbered, [_PREFIX + "n:" + topic, _PREFIX + topic], [text])

    async def line_number(self, topic: str) -> int:
        assert self._client is not None
        return int(await self._client.get(_PREFIX + "n:" + topic) or 0)

    def is_ready(self) -> bool:
        try:
            return bool(self._publisher.ping())
        except redis.RedisError:
            return False

    def _guarded(self, call: object, *args: object) -> None:
        try:
            call(*args)  # type: ignore[operator]  # a bound method of the client
        except redis.RedisError as error:
            logger.warning("bus: could not publish: %s", error)

    async def _read(self) -> None:
        while True:
            try:
                await self._read_until_broken()
            except (redis.RedisError, OSError) as error:
                logger.warning("bus: connection lost: %s", error)
                await self._reconnect()

    async def _read_until_broken(self) -> None:
        assert self._subscriber is not None
        while True:
            message = await self._subscriber.get_message(ignore_subscribe_messages=False, timeout=20)
            if message is None:
                await self._subscriber.ping()
            elif message["type"] == "subscribe":
                self._confirm(message["channel"].decode()[len(_PREFIX) :])
            elif message["type"] == "message":
                self._deliver(message["channel"].decode()[len(_PREFIX) :], message["data"].decode())

    def _confirm(self, topic: str) -> None:
        future = self._confirmed.get(topic)
        if future is not None and not future.done():
            future.set_result(None)

    def _deliver(self, topic: str, data: str) -> None:
        head, _, text = data.partition("\n")
        if topic.startswith("queue:"):
            self.hub.deliver_numbered(topic, int(head), text)
        else:
            self.hub.deliver(topic, text, head)

    async def _reconnect(self) -> None:
        """Come back to Redis (the client subscribes again by itself); everybody here may have missed something."""
        assert self._subscriber is not None
        while True:
            await asyncio.sleep(0.5)
            try:
                await self._subscriber.ping()
                break
            except (redis.RedisError, OSError):
                logger.info("bus: still no Redis")
        for listener in self.hub.all_listeners():
            listener.lost_track()


@cache
def get_bus() -> Bus:
    """The bus of this process, by the shape that the settings describe."""
    return RedisBus(settings.REDIS_URL) if settings.REDIS_URL else Bus()
