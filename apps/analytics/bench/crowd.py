"""Many sockets of one process: what a line's event costs them all, what an idle one holds, how a crowd comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import uvloop

from apps.analytics.bench import product
from apps.analytics.bench.budget import Row
from apps.analytics.bench.engines import Engines, web
from apps.analytics.bench.pairs import Seat
from apps.analytics.load.processes import cpu_seconds, resident_bytes
from apps.analytics.load.wire import Wire, connect
from apps.analytics.replay import scene
from apps.analytics.replay.operator import Desk, fetch_ticket
from apps.analytics.replay.run import loopback_address
from apps.core.bus import LineDelta, encode_delta, get_bus, line_topic
from apps.operators.models import Queue

OPERATORS = 400
IDLE = 1000
EVENTS = 40
AT_ONCE = 40
SPACING = 0.3  # seconds between events: longer than a line collects its changes
KIB = 1024


class Member:
    """A socket that only listens; it counts the line's frames."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.frames = 0
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def open(self, seat: Seat) -> None:
        self.wire = await connect(
            seat.url,
            on_text=self._hear,
            on_close=lambda code: self._answers.put_nowait(b""),
            origin=seat.origin,
            local_address=seat.local_address,
        )
        for frame in seat.first:
            self.wire.send_text(msgspec.json.encode(frame))
            await self._answer(frame["ref"])

    async def _answer(self, ref: object) -> None:
        async with asyncio.timeout(30):
            while True:
                data = await self._answers.get()
                answer = msgspec.json.decode(data) if data else {"type": "error", "ref": ref}
                if answer.get("ref") == ref:
                    break
        if answer["type"] == "error":
            raise ConnectionError(str(answer))

    def _hear(self, data: bytes) -> None:
        if data.startswith(b'{"type":"line"'):
            self.frames += 1
        elif not data.startswith(b'{"type":"row"'):
            self._answers.put_nowait(data)

    def cut(self) -> None:
        if self.wire is not None:
            self.wire.abort()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Operators with their web process."""

    desks: Sequence[Desk]
    port: int
    pid: int
    line: int


def measure(engines: Engines) -> list[Row]:
    """Fan-out, memory of idle sockets, and 400 operators who come back at once."""
    stage = scene.set_up(operators=OPERATORS, capacity=product.CAPACITY)
    line = Queue.objects.get(name=scene.LINE).pk
    key, _kind = stage.keys["app"]
    with web(product.APPLICATION, engines.environment, processes=1) as ports:
        port, pid = next(iter(ports.items()))
        crowd = Crowd(stage.desks, port, pid, line)
        fan_out, frames, each = uvloop.run(_fan_out(crowd))
    # A process of its own: memory that others gave back would be counted as free.
    with web(product.APPLICATION, engines.environment, processes=1) as ports:
        port, pid = next(iter(ports.items()))
        idle = uvloop.run(_idle_customers(port, pid, key))
    with web(product.APPLICATION, engines.environment, processes=2) as ports:
        seconds, failed = uvloop.run(_come_back(stage.desks, list(ports)))
    return [
        Row(
            f"queue event to {OPERATORS} sockets of one process, CPU",
            "<= 25 ms",
            "<= 12 ms",
            f"{fan_out:.1f} ms, at most {frames:.1f} frames/s a socket",
            fan_out <= 25 and frames <= 5,
        ),
        Row(
            "memory per idle socket",
            "<= 45 KiB",
            "<= 30 KiB",
            f"{idle:.0f} KiB a customer, {each:.0f} KiB an operator",
            idle <= 45,
        ),
        Row(
            f"{OPERATORS} operators reconnect at once, tickets and lists included",
            "<= 10 s",
            "<= 3 s",
            f"{seconds:.1f} s, {failed} failed",
            seconds <= 10 and failed == 0,
        ),
    ]


# --- idle customers ------------------------------------------------------------------------------------


async def _idle_customers(port: int, pid: int, key: str) -> float:
    """KiB that one more open chat holds in the web process, measured over a thousand."""
    seats = [_visitor_seat(port, key, number) for number in range(IDLE + 100)]
    warm = await _open_all(seats[:100])
    before = await _settled_bytes(pid)
    members = await _open_all(seats[100:])
    held = (await _settled_bytes(pid) - before) / IDLE / KIB
    for member in [*warm, *members]:
        member.cut()
    await asyncio.sleep(1)
    return held


def _visitor_seat(port: int, key: str, number: int) -> Seat:
    hello: dict[str, object] = {"type": "hello", "ref": 1, "key": key, "language": "ru"}
    return Seat(f"ws://127.0.0.1:{port}/ws/customer/", (hello,), local_address=loopback_address(number))


async def _settled_bytes(pid: int) -> int:
    await asyncio.sleep(1.5)
    return resident_bytes([pid])


async def _open_all(seats: Sequence[Seat]) -> list[Member]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(seat: Seat) -> Member:
        member = Member()
        async with places:
            await member.open(seat)
        return member

    return list(await asyncio.gather(*(one(seat) for seat in seats)))


# --- a line's event --------------------------------------------------------------------------------------


async def _fan_out(crowd: Crowd) -> tuple[float, float, float]:
    """CPU-ms an event costs the web process, frames a second a socket gets in a storm, KiB an operator holds."""
    before = await _settled_bytes(crowd.pid)
    seats = await asyncio.to_thread(_operator_seats, crowd)
    members = await _open_all(seats)
    held = (await _settled_bytes(crowd.pid) - before) / len(members) / KIB
    idle = await _cpu_during(crowd.pid, asyncio.sleep(EVENTS * SPACING))
    busy = await _cpu_during(crowd.pid, _announce(crowd.line, EVENTS, SPACING))
    delivered = sum(member.frames for member in members) / len(members)
    if delivered < EVENTS:
        raise RuntimeError(f"only {delivered:.1f} of {EVENTS} events reached the sockets")
    frames = await _storm(crowd, members)
    for member in members:
        member.cut()
    return (busy - idle) * 1000 / EVENTS, frames, held


def _operator_seats(crowd: Crowd) -> list[Seat]:
    return [product.operator_seat(desk, crowd.port) for desk in crowd.desks]


async def _cpu_during(pid: int, work: object) -> float:
    before = cpu_seconds([pid])
    await work  # type: ignore[misc]  # a coroutine
    return cpu_seconds([pid]) - before


async def _announce(line: int, events: int, spacing: float) -> None:
    for number in range(events):
        await asyncio.to_thread(get_bus().publish_line, line_topic(line), _delta(line, number))
        await asyncio.sleep(spacing)


async def _storm(crowd: Crowd, members: Sequence[Member]) -> float:
    """Frames a second that a socket gets while the line changes forty times a second."""
    before = [member.frames for member in members]
    began = time.perf_counter()
    await _announce(crowd.line, 120, 0.025)
    seconds = time.perf_counter() - began
    return max(member.frames - was for member, was in zip(members, before, strict=True)) / seconds


def _delta(line: int, number: int) -> str:
    """A row as it is when a conversation comes to stand in a line, with the line's counters."""
    row = {
        "id": 1000 + number,
        "rev": 4,
        "state": "queued",
        "line": line,
        "since": "2026-11-20T09:00:00Z",
        "locked": False,
        "channel": "app",
        "customer": 17,
        "customer_name": "Иванова Мария Сергеевна",
        "holder": None,
        "holder_name": "",
        "preferred": None,
        "preview": "Здравствуйте! Перевод от вчерашнего дня так и не пришёл, подскажите, пожалуйста, где он?",
        "last_author": "customer",
        "last_at": "2026-11-20T09:00:00Z",
        "awaiting_since": "2026-11-20T09:00:00Z",
        "unread": 1,
        "tags": [],
    }
    return encode_delta(LineDelta(channel=1, rows=[row], counts={1: {"queued": 12, "assigned": 340}}))


# --- a crowd comes back --------------------------------------------------------------------------------------


async def _come_back(desks: Sequence[Desk], ports: Sequence[int]) -> tuple[float, int]:
    """Seconds until everybody has a ticket, a welcome and the list again after all lines broke; how many did not."""
    members = await asyncio.gather(*(_enter(desk, ports[0], 120) for desk in desks[:AT_ONCE]))
    for member in members:
        member.cut()
    await asyncio.sleep(1)
    began = time.perf_counter()
    entering = (_enter(desk, ports[number % len(ports)], 30) for number, desk in enumerate(desks))
    found = await asyncio.gather(*entering, return_exceptions=True)
    seconds = time.perf_counter() - began
    failed = [each for each in found if isinstance(each, BaseException)]
    for each in found:
        if isinstance(each, Member):
            each.cut()
    return seconds, len(failed)


async def _enter(desk: Desk, port: int, patience: float) -> Member:
    """What the workspace does when its socket is gone: a ticket, hello, the list."""
    async with asyncio.timeout(patience):
        url = f"http://127.0.0.1:{port}"
        ticket = await asyncio.to_thread(fetch_ticket, url, desk)
        first: tuple[dict[str, object], ...] = (
            {"type": "hello", "ref": 1, "ticket": ticket},
            {"type": "list", "ref": 2, "section": "mine"},
            {"type": "list", "ref": 3, "section": "waiting"},
        )
        member = Member()
        await member.open(Seat(f"ws://127.0.0.1:{port}/ws/operator/", first, origin=url))
        return member
