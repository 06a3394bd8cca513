"""Cost, speed and delay of a chat message: THE LIMIT and the product in turn, several times."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
import uvloop

from apps.analytics.bench import limit, product
from apps.analytics.bench.budget import Row
from apps.analytics.bench.engines import Engines, web
from apps.analytics.bench.pairs import Pair, Seat, closed_loop, fixed_rate
from apps.analytics.load.figures import milliseconds, percentile
from apps.analytics.load.processes import cpu_seconds

PAIRS = 24
PROCESSES = 2
RATE = 200
WARM_UP_SECONDS = 1.5
# Above this the limit was built wrong or the machine is busy, and ratios flatter.
LIMIT_CPU_MS = 1.2


@dataclass
class Sample:
    """What one side of the comparison did, one entry a round."""

    cpu_ms: list[float] = field(default_factory=list)
    a_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


MakePairs = Callable[[Sequence[int]], list[Pair]]


def measure(engines: Engines, *, rounds: int, seconds: float) -> list[Row]:
    """The first three budgets of the page."""
    held = product.furnish(PAIRS)

    def product_pairs(ports: Sequence[int]) -> list[Pair]:
        return [_product_pair(number, each, ports) for number, each in enumerate(held)]

    bare, ours = Sample(), Sample()
    with (
        _limit(engines) as limit_ports,
        web(product.APPLICATION, engines.environment, processes=PROCESSES) as product_ports,
    ):
        for _round in range(rounds):
            for sample, ports, make in (
                (bare, limit_ports, _limit_pairs),
                (ours, product_ports, product_pairs),
            ):
                roots = {*engines.pids, *ports.values()}
                uvloop.run(_round_of(sample, make(list(ports)), roots, seconds))
    return _rows(bare, ours)


@contextlib.contextmanager
def _limit(engines: Engines) -> Iterator[dict[int, int]]:
    with psycopg.connect(engines.database_url, autocommit=True) as connection:
        connection.execute(limit.TABLES)
    environment = {**engines.environment, "LIMIT_DATABASE": engines.database_url}
    with web("apps.analytics.bench.limit:application", environment, processes=PROCESSES) as ports:
        yield ports


def _limit_pairs(ports: Sequence[int]) -> list[Pair]:
    return [Pair(number, *_limit_seats(number, ports)) for number in range(PAIRS)]


def _limit_seats(number: int, ports: Sequence[int]) -> tuple[Seat, Seat]:
    customer, operator = (
        Seat(
            f"ws://127.0.0.1:{ports[(number + place) % len(ports)]}/",
            ({"type": "hello", "conversation": number + 1, "side": side},),
        )
        for place, side in enumerate(("customer", "operator"))
    )
    return customer, operator


def _product_pair(number: int, held: product.Held, ports: Sequence[int]) -> Pair:
    here, there = ports[number % len(ports)], ports[(number + 1) % len(ports)]
    return Pair(
        number,
        product.customer_seat(held, here, number),
        product.operator_seat(held.desk, there, conversation=held.conversation),
    )


async def _round_of(sample: Sample, pairs: list[Pair], roots: set[int], seconds: float) -> None:
    await asyncio.gather(*(pair.open() for pair in pairs))
    try:
        await closed_loop(pairs, WARM_UP_SECONDS)
        before = cpu_seconds(roots)
        count = await closed_loop(pairs, seconds)
        sample.cpu_ms.append((cpu_seconds(roots) - before) / count * 1000)
        sample.a_second.append(count / seconds)
        delays = await fixed_rate(pairs, rate=RATE, seconds=seconds)
        sample.p50.append(percentile(delays, 0.5))
        sample.p99.append(percentile(delays, 0.99))
    finally:
        for pair in pairs:
            pair.close()


def _rows(bare: Sample, ours: Sample) -> list[Row]:
    cpu = _ratio(ours.cpu_ms, bare.cpu_ms)
    share = _ratio(ours.a_second, bare.a_second)
    half, most = _ratio(ours.p50, bare.p50), _ratio(ours.p99, bare.p99)
    limit_cpu = statistics.median(bare.cpu_ms)
    return [
        Row(
            "CPU per message, x limit",
            "<= 3.0",
            "<= 2.0",
            f"{cpu:.2f} ({statistics.median(ours.cpu_ms):.2f} against {limit_cpu:.2f} CPU-ms)",
            cpu <= 3.0,
        ),
        Row(
            "messages/s, closed loop of 24 pairs, share of the limit",
            ">= 35 %",
            ">= 60 %",
            f"{share:.0%} ({statistics.median(ours.a_second):.0f} of {statistics.median(bare.a_second):.0f})",
            share >= 0.35,
        ),
        Row(
            "send to delivered at 200/s, p50 / p99, x limit",
            "<= 3 / <= 3",
            "<= 1.5 / <= 2",
            f"{half:.2f} / {most:.2f} ({_both(ours)} against {_both(bare)})",
            half <= 3 and most <= 3,
        ),
        Row("the limit's own CPU per message", f"<= {LIMIT_CPU_MS} ms", "0.77 ms", f"{limit_cpu:.2f} ms"),
    ]


def _ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median over rounds, each compared with its neighbour in time."""
    return statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))


def _both(sample: Sample) -> str:
    return f"{milliseconds(statistics.median(sample.p50))} / {milliseconds(statistics.median(sample.p99))}"
