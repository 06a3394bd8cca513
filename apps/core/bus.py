"""The bus: chat frames and line deltas from any thread of any process to the sockets that show them.

A payload is serialised once by its publisher and handed to sockets as text. Each process has one hub, a
dictionary of topic to listeners; with Redis, one subscriber connection feeds it. The bus is a hint: what is lost
is found again by rev, by a line's number, or by ``resync`` after a broken connection.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol

import hiredis
import msgspec
import redis
from django.conf import settings

from apps.core.redis_wire import RedisWire, open_wire, pack

logger = logging.getLogger(__name__)

LINE_INTERVAL = 0.22  # seconds that changes of a line are collected before they are shown
PING_SECONDS = 20
MAX_UNANSWERED = 10_000  # frames kept for a Redis that does not answer
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


class LineDelta(msgspec.Struct, kw_only=True):
    """A change of a line as it travels: rows of conversations that stand in one channel, whole or in part.

    ``counts`` are the line's counters by channel; ``channel`` is the one whose rows or counters changed.
    """

    channel: int
    rows: list[Any] = []
    counts: dict[int, dict[str, int]] | None = None


def encode_delta(delta: LineDelta) -> str:
    return msgspec.json.encode(delta).decode()


@dataclass(frozen=True, slots=True)
class Part:
    """What of a line somebody may see: conversations of these channels, or of all but these."""

    channels: frozenset[int]
    all_but: bool = False

    def has(self, channel_id: int) -> bool:
        return (channel_id in self.channels) != self.all_but


class LineFeed:
    """Changes of one line, collected for a moment and shown once: rows by id, the newest counters.

    Who sees only a part of the line is told of that part alone, and of nothing while only other parts change: his
    next frame begins where his last one ended, so that its numbers have no gap.
    """

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.listeners: dict[Listener, Part | None] = {}
        self._rows: dict[int, dict[str, object]] = {}
        self._channels: dict[int, int] = {}
        self._counts: dict[int, dict[str, int]] | None = None
        self._counted: set[int] = set()
        self._first = self._last = 0
        self._untold: dict[Part, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, number: int, text: str) -> None:
        delta = msgspec.json.decode(text, type=LineDelta)
        for row in delta.rows:
            self._rows.setdefault(row["id"], {}).update(row)
            self._channels[row["id"]] = delta.channel
        if delta.counts is not None:
            self._counts = delta.counts
            self._counted.add(delta.channel)
        if number != self._last + 1:
            # Something was missed: nobody's next frame may hide that.
            self._untold.clear()
        self._first, self._last = self._first or number, number
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINE_INTERVAL, self.flush)

    def flush(self) -> None:
        self._timer = None
        listeners = tuple(self.listeners.items())
        texts = {part: self._text(part) for part in {part for _listener, part in listeners}}
        self._rows, self._channels, self._counts, self._counted, self._first = {}, {}, None, set(), 0
        for listener, part in listeners:
            if (text := texts[part]) is not None:
                listener.hear(self.topic, text, "")

    def _text(self, part: Part | None) -> str | None:
        """The frame for those who see this part (None: the whole line); None when it does not concern them."""
        if part is None:
            return self._frame(self._first, list(self._rows.values()), self._counts)
        rows = [row for number, row in self._rows.items() if part.has(self._channels[number])]
        counts = None
        if self._counts is not None and any(map(part.has, self._counted)):
            counts = {channel: found for channel, found in self._counts.items() if part.has(channel)}
        if not rows and counts is None:
            self._untold.setdefault(part, self._first)
            return None
        return self._frame(self._untold.pop(part, self._first), rows, counts)

    def _frame(self, first: int, rows: list[Any], counts: dict[int, dict[str, int]] | None) -> str:
        frame = {
            "type": "line",
            "line": int(self.topic.split(":")[1]),
            "readable": not self.topic.endswith(":meta"),
            "first": first,
            "last": self._last,
            "rows": rows,
            "counts": None if counts is None else added_up(counts.values()),
        }
        return msgspec.json.encode(frame).decode()


def added_up(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Counters of several channels as one."""
    total: dict[str, int] = {}
    for each in counts:
        for state, number in each.items():
            total[state] = total.get(state, 0) + number
    return total


class Hub:
    """This process's listeners. Touched on the event loop only."""

    def __init__(self) -> None:
        self.topics: dict[str, set[Listener]] = defaultdict(set)
        self.feeds: dict[str, LineFeed] = {}

    def add(self, topic: str, listener: Listener, part: Part | None = None) -> bool:
        """Listen to a topic, or to a part of a line; True when nobody here did before."""
        first = not self.heard(topic)
        if topic.startswith("queue:"):
            self.feeds.setdefault(topic, LineFeed(topic)).listeners[listener] = part
        else:
            self.topics[topic].add(listener)
        return first

    def drop(self, topic: str, listener: Listener) -> bool:
        """Stop listening; True when nobody here is left."""
        if feed := self.feeds.get(topic):
            feed.listeners.pop(listener, None)
            if feed.listeners:
                return False
        elif known := self.topics.get(topic):
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

    def all_topics(self) -> list[str]:
        """What somebody here listens to."""
        return [*self.topics, *self.feeds]

    def all_listeners(self) -> set[Listener]:
        """Every socket here, for the moment when the process may have missed something."""
        return set().union(*self.topics.values(), *(feed.listeners for feed in self.feeds.values()))


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

    async def subscribe(self, topic: str, listener: Listener, part: Part | None = None) -> None:
        """After this returns nothing published to ``topic`` is missed; of a line perhaps only a part is shown."""
        await self.start()
        self.hub.add(topic, listener, part)

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        self.hub.drop(topic, listener)

    def publish(self, posts: Iterable[Post]) -> None:
        self._soon(self._deliver_all, list(posts))

    def _deliver_all(self, posts: list[Post]) -> None:
        for post in posts:
            self.hub.deliver(*post)

    def publish_line(self, topic: str, text: str) -> None:
        """Publish a line's delta (an encoded LineDelta) under the topic's next number."""
        self.publish_lines([(topic, text)])

    def publish_lines(self, deltas: Iterable[tuple[str, str]]) -> None:
        """Several deltas, each a topic and its text, in one piece."""
        with self._lock:
            for topic, text in deltas:
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
    """With Redis: one connection to publish and one to subscribe per process.

    Where a loop runs, any thread hands its commands to it and goes on: they are written in one piece with what others
    hand over meanwhile, and kept until Redis has answered, so that a broken connection repeats them (frames are
    replaced by id on screens). In processes without a loop publishing waits for Redis.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._waiting_publisher = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._handed_over: deque[bytes] = deque()
        self._is_flush_due = False
        self._unanswered: deque[tuple[bytes, asyncio.Future[Any] | None]] = deque()
        self._speaking: RedisWire | None = None
        self._hearing: RedisWire | None = None
        self._broken: asyncio.Event | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._heard_at = 0.0

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop and self._keeper is not None and not self._keeper.done():
            return
        self._confirmed, self._unanswered, self._broken = {}, deque(), asyncio.Event()
        self._keeper = loop.create_task(self._keep(), name="bus")
        self._loop = loop
        try:
            await self._connect()
        except (OSError, TimeoutError) as error:
            logger.warning("bus: no Redis yet: %s", error)
            self._broken.set()

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._loop = self._keeper = None
        self._hang_up()

    async def _connect(self) -> None:
        """Open both connections and subscribe to everything that somebody here listens to."""
        assert self._broken is not None
        broken = self._broken
        self._hearing = await open_wire(self._url, hear=self._hear, lost=broken.set)
        self._speaking = await open_wire(self._url, hear=self._answered, lost=broken.set)
        topics = [_PREFIX + topic for topic in self.hub.all_topics()]
        self._hearing.command("SUBSCRIBE", _PREFIX + "hello", *topics)
        for packed, _answer in self._unanswered:
            self._speaking.write(packed)
        self._heard_at = asyncio.get_running_loop().time()

    def _hang_up(self) -> None:
        for wire in (self._speaking, self._hearing):
            if wire is not None:
                wire.close()
        self._speaking = self._hearing = None

    async def _keep(self) -> None:
        """Ping, since an idle subscriber is silent for long; when a connection breaks, make both anew."""
        assert self._broken is not None
        while True:
            try:
                await asyncio.wait_for(self._broken.wait(), PING_SECONDS)
            except TimeoutError:
                self._ping()
                continue
            logger.warning("bus: the connection to Redis was lost")
            await self._reconnect()

    def _ping(self) -> None:
        assert self._broken is not None
        if asyncio.get_running_loop().time() - self._heard_at > 2 * PING_SECONDS + 5:
            self._broken.set()
        elif self._hearing is not None:
            self._hearing.command("PING")

    async def _reconnect(self) -> None:
        """Come back to Redis; everybody here may have missed something."""
        while True:
            self._hang_up()
            await asyncio.sleep(0.5)
            self._broken = asyncio.Event()
            try:
                await self._connect()
                break
            except (OSError, TimeoutError):
                logger.info("bus: still no Redis")
        for listener in self.hub.all_listeners():
            listener.lost_track()

    # --- subscribing ------------------------------------------------------------------------------------

    async def subscribe(self, topic: str, listener: Listener, part: Part | None = None) -> None:
        await self.start()
        self.hub.add(topic, listener, part)
        confirmed = self._confirmed.get(topic)
        if confirmed is None:
            confirmed = self._confirmed[topic] = asyncio.get_running_loop().create_future()
            if self._hearing is not None:
                self._hearing.command("SUBSCRIBE", _PREFIX + topic)
        if not confirmed.done():
            await asyncio.wait_for(asyncio.shield(confirmed), 5)

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        if self.hub.drop(topic, listener):
            self._confirmed.pop(topic, None)
            if self._hearing is not None:
                self._hearing.command("UNSUBSCRIBE", _PREFIX + topic)

    def _hear(self, answer: Any) -> None:
        assert self._loop is not None
        self._heard_at = self._loop.time()
        kind = answer[0] if isinstance(answer, list) else None
        if kind == b"message":
            self._deliver(answer[1].decode()[len(_PREFIX) :], answer[2].decode())
        elif kind == b"subscribe":
            self._confirm(answer[1].decode()[len(_PREFIX) :])

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

    # --- publishing -------------------------------------------------------------------------------------

    def publish(self, posts: Iterable[Post]) -> None:
        self._hand_over(
            [pack("PUBLISH", _PREFIX + post.topic, f"{post.scope}\n{post.text}") for post in posts]
        )

    def publish_lines(self, deltas: Iterable[tuple[str, str]]) -> None:
        script = _PUBLISH_NUMBERED
        self._hand_over(
            [pack("EVAL", script, 2, _PREFIX + "n:" + topic, _PREFIX + topic, text) for topic, text in deltas]
        )

    async def line_number(self, topic: str) -> int:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._say(pack("GET", _PREFIX + "n:" + topic), answer)
        return int(await asyncio.wait_for(answer, 5) or 0)

    def is_ready(self) -> bool:
        try:
            return bool(self._waiting_publisher.ping())
        except redis.RedisError:
            return False

    def _hand_over(self, commands: list[bytes]) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            self._wait_for_redis(commands)
            return
        self._handed_over.extend(commands)
        if not self._is_flush_due:
            self._is_flush_due = True
            loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        self._is_flush_due = False
        commands = [self._handed_over.popleft() for _ in range(len(self._handed_over))]
        if len(self._unanswered) > MAX_UNANSWERED:
            logger.error("bus: %s frames wait for Redis and are dropped", len(self._unanswered))
            self._unanswered = deque(each for each in self._unanswered if each[1] is not None)
        self._unanswered.extend((packed, None) for packed in commands)
        if self._speaking is not None:
            self._speaking.write(b"".join(commands))

    def _say(self, packed: bytes, answer: asyncio.Future[Any]) -> None:
        self._unanswered.append((packed, answer))
        if self._speaking is not None:
            self._speaking.write(packed)

    def _answered(self, answer: Any) -> None:
        _packed, waiting = self._unanswered.popleft() if self._unanswered else (b"", None)
        if isinstance(answer, hiredis.ReplyError):
            logger.warning("bus: Redis refused: %s", answer)
            answer = None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _wait_for_redis(self, commands: list[bytes]) -> None:
        try:
            connection = self._waiting_publisher.connection_pool.get_connection()
            try:
                connection.send_packed_command(commands)  # type: ignore[no-untyped-call]  # untyped there
                for _command in commands:
                    connection.read_response()  # type: ignore[no-untyped-call]  # as above
            finally:
                self._waiting_publisher.connection_pool.release(connection)
        except redis.RedisError as error:
            logger.warning("bus: could not publish: %s", error)


@cache
def get_bus() -> Bus:
    """The bus of this process, by the shape that the settings describe."""
    return RedisBus(settings.REDIS_URL) if settings.REDIS_URL else Bus()
