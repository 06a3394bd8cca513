"""Pairs of sockets that talk: in a closed loop for cost and speed, at a fixed rate for delay."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from apps.analytics.load.wire import Wire, connect

ANSWER_SECONDS = 10
TEXT = "Здравствуйте! Перевод от вчерашнего дня так и не пришёл, подскажите, пожалуйста, где он сейчас?"
_MESSAGE, _ACK = b'{"type":"message"', b'{"type":"ack"'
_NAME = b'"client_id":"'


@dataclass(frozen=True, slots=True)
class Seat:
    """One end of a pair: where it connects, its first frames, and what it sends around a text."""

    url: str
    first: tuple[dict[str, object], ...]
    extra: dict[str, object] = field(default_factory=dict)
    origin: str | None = None
    local_address: str | None = None


class End:
    """An open seat. Frames are told apart by their first bytes: decoding them all would cost more than the server."""

    def __init__(
        self, seat: Seat, on_message: Callable[[bytes], None], on_ack: Callable[[bytes], None]
    ) -> None:
        self.seat = seat
        self._on_message = on_message
        self._on_ack = on_ack
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._wire: Wire | None = None
        self.closed_with: int | None = None

    async def open(self) -> None:
        """Connect and send the first frames, each after the answer to the one before."""
        self._wire = await connect(
            self.seat.url,
            on_text=self._hear,
            on_close=self._close,
            origin=self.seat.origin,
            local_address=self.seat.local_address,
        )
        for frame in self.seat.first:
            self._wire.send_text(msgspec.json.encode(frame))
            await self._answer_to(frame)

    async def _answer_to(self, frame: dict[str, object]) -> None:
        wanted = frame.get("ref")
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                answer = msgspec.json.decode(await self._answers.get())
                if wanted is None or answer.get("ref") == wanted:
                    break
        if answer["type"] == "error":
            raise RuntimeError(f"{frame['type']} was refused: {answer}")

    def say(self, client_id: str, text: str = TEXT) -> None:
        assert self._wire is not None
        frame = {"type": "send", "client_id": client_id, "text": text, **self.seat.extra}
        self._wire.send_text(msgspec.json.encode(frame))

    def close(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    def _close(self, code: int) -> None:
        self.closed_with = code

    def _hear(self, data: bytes) -> None:
        if data.startswith(_MESSAGE):
            self._on_message(_client_id(data))
        elif data.startswith(_ACK):
            self._on_ack(_client_id(data))
        elif not data.startswith(b'{"type":"line"'):
            self._answers.put_nowait(data)


def _client_id(data: bytes) -> bytes:
    start = data.find(_NAME) + len(_NAME)
    return data[start : data.find(b'"', start)]


class Pair:
    """Two ends of one conversation, writing in turn."""

    def __init__(self, number: int, customer: Seat, operator: Seat) -> None:
        self.ends = [
            End(seat, self._on_message(place), self._on_ack)
            for place, seat in enumerate((customer, operator))
        ]
        run = f"{time.time_ns():x}-{number:03d}"
        self._names = (f"{run}-{count:07d}" for count in itertools.count())
        self._waiting: dict[bytes, int] = {}
        self._whole: asyncio.Future[None] | None = None
        self.sent_at: dict[bytes, tuple[int, float]] = {}
        self.delays: list[float] = []
        self.number = 0

    async def open(self) -> None:
        await asyncio.gather(*(end.open() for end in self.ends))

    def close(self) -> None:
        for end in self.ends:
            end.close()

    def _on_message(self, place: int) -> Callable[[bytes], None]:
        def hear(name: bytes) -> None:
            sender, moment = self.sent_at.get(name, (place, 0.0))
            if sender != place:
                del self.sent_at[name]
                self.delays.append(time.perf_counter() - moment)
                self._settle(name)

        return hear

    def _on_ack(self, name: bytes) -> None:
        self._settle(name)

    def _settle(self, name: bytes) -> None:
        """Delivered and acknowledged: the message is done."""
        left = self._waiting.get(name)
        if left is None:
            return
        if left > 1:
            self._waiting[name] = left - 1
            return
        del self._waiting[name]
        if self._whole is not None and not self._whole.done():
            self._whole.set_result(None)

    def send(self) -> None:
        """One message, without waiting for it."""
        name, place = next(self._names), self.number % 2
        self.number += 1
        self._waiting[name.encode()] = 2
        self.sent_at[name.encode()] = (place, time.perf_counter())
        self.ends[place].say(name)

    async def talk(self, until: float) -> int:
        """Closed loop: the next message follows when the one before is acknowledged and delivered."""
        count = 0
        while time.perf_counter() < until:
            self._whole = asyncio.get_running_loop().create_future()
            self.send()
            await asyncio.wait_for(self._whole, ANSWER_SECONDS)
            count += 1
        return count

    async def talk_at(self, rate: float, until: float, offset: float) -> None:
        """Open loop: one message each 1/rate seconds, whatever became of the others."""
        await asyncio.sleep(offset)
        while time.perf_counter() < until:
            self.send()
            await asyncio.sleep(1 / rate)


async def closed_loop(pairs: Sequence[Pair], seconds: float) -> int:
    """Messages that all pairs exchanged in so many seconds."""
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(pair.talk(until) for pair in pairs)))


async def fixed_rate(pairs: Sequence[Pair], *, rate: float, seconds: float) -> list[float]:
    """Delays from sending to the other's socket, at ``rate`` messages a second over all pairs."""
    for pair in pairs:
        pair.delays.clear()
    until, each = time.perf_counter() + seconds, rate / len(pairs)
    steps = [place / len(pairs) / each for place in range(len(pairs))]
    await asyncio.gather(*(pair.talk_at(each, until, step) for pair, step in zip(pairs, steps, strict=True)))
    await asyncio.sleep(0.5)
    return [delay for pair in pairs for delay in pair.delays]
