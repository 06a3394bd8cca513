"""The dispatcher, measured: one that drains a full line, four that fill places as they become free."""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from celery import current_app as app
from django.conf import settings
from django.db import connections

from apps.analytics.bench import route_house
from apps.analytics.bench.budget import Row
from apps.analytics.bench.engines import CannotMeasure, Engines
from apps.analytics.load.processes import cpu_seconds
from apps.conversations.models import Conversation
from apps.core import clock
from apps.routing.models import Assignment
from apps.routing.services import dispatch, handling

DISPATCHERS = 4
CLOSERS = 3
PATIENCE = 60.0  # seconds that anything here may take


@dataclass(frozen=True, slots=True)
class Drained:
    """One full line given away."""

    assignments: int
    seconds: float
    cpu_ms: float  # of one assignment, this process and the database

    @property
    def rate(self) -> float:
        return self.assignments / self.seconds


@dataclass(slots=True)
class Filled:
    """Places that became free one after another, and how soon each was filled again."""

    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    most_over: int = 0

    def share(self, part: float) -> float:
        """The wait in milliseconds that this share of places did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def measure(engines: Engines, *, rounds: int, freed: int, rate: float) -> list[Row]:
    """One router and four dispatchers over 400 operators, 50 lines and 1,000 that wait."""
    route_house.furnish(now=clock.now())
    alone = [_one_router(engines) for _round in range(rounds)]
    with _dispatchers(engines):
        together = [_all_at_once() for _round in range(rounds)]
        filled = _as_places_become_free(freed=freed, rate=rate)
    over = route_house.most_over_capacity()
    best = min(alone, key=lambda each: each.cpu_ms)
    return [
        Row(
            "assignment, CPU app + database",
            "<= 3 ms",
            "<= 1.5 ms",
            f"{statistics.median(each.cpu_ms for each in alone):.2f} ms (best {best.cpu_ms:.2f})",
            statistics.median(each.cpu_ms for each in alone) <= 3,
        ),
        Row(
            "assignments/s, one router",
            "",
            ">= 500/s",
            f"{statistics.median(each.rate for each in alone):.0f}/s",
        ),
        Row(
            f"assignments/s, {DISPATCHERS} dispatchers",
            "",
            "",
            f"{statistics.median(each.rate for each in together):.0f}/s of {route_house.WAITING} waiting",
        ),
        Row(
            "place free to place filled, p50 / p99",
            "",
            "",
            f"{filled.share(0.5):.0f} ms / {filled.share(0.99):.0f} ms,"
            f" {len(filled.waits)} places at {len(filled.waits) / filled.seconds:.0f}/s",
        ),
        Row(
            "operators over their capacity, at any moment",
            "0",
            "0",
            str(max(over, filled.most_over)),
            max(over, filled.most_over) == 0,
        ),
    ]


def _one_router(engines: Engines) -> Drained:
    route_house.fill(now=clock.now())
    roots = {*engines.pids, os.getpid()}
    cpu, began = cpu_seconds(roots), time.monotonic()
    given = dispatch.dispatch(now=clock.now())
    seconds, used = time.monotonic() - began, cpu_seconds(roots) - cpu
    if given != route_house.WAITING:
        raise CannotMeasure(f"Of {route_house.WAITING} conversations {given} were given.")
    return Drained(given, seconds, used / given * 1000)


def _all_at_once() -> Drained:
    """Every dispatcher is nudged at the same moment while everything waits."""
    route_house.fill(now=clock.now())
    began = time.monotonic()
    for _each in range(2 * DISPATCHERS):
        app.send_task("apps.routing.tasks.dispatch")
    _until(lambda: route_house.waiting() == 0, "the dispatchers did not drain the lines")
    return Drained(route_house.WAITING, time.monotonic() - began, 0.0)


# --- places that become free ---------------------------------------------------------------------------


def _as_places_become_free(*, freed: int, rate: float) -> Filled:
    """Everybody is full and as many again wait; conversations are closed, and each place is filled again."""
    route_house.fill(now=clock.now(), full=True)
    chosen = random.Random(1).sample(route_house.held(), freed)  # noqa: S311 - a repeatable choice
    watch = Watch(freed)
    watch.start()
    began = time.monotonic()
    closers = [
        threading.Thread(target=_close, args=(chosen[n::CLOSERS], watch, rate / CLOSERS))
        for n in range(CLOSERS)
    ]
    for each in closers:
        each.start()
    for each in closers:
        each.join()
    watch.join(PATIENCE)
    watch.over.set()
    if watch.is_alive() or len(watch.filled.waits) < freed:
        raise CannotMeasure(f"Of {freed} free places {len(watch.filled.waits)} were filled.")
    watch.filled.seconds = time.monotonic() - began
    return watch.filled


def _close(chosen: Sequence[Conversation], watch: Watch, rate: float) -> None:
    """Customers close their conversations at a steady pace."""
    began = time.monotonic()
    try:
        for place, each in enumerate(chosen):
            time.sleep(max(0.0, began + place / rate - time.monotonic()))
            handling.close_by_customer(each.identity, each.pk, now=clock.now())
            assert each.holder_id is not None
            watch.freed(each.holder_id)
    finally:
        connections.close_all()


class Watch(threading.Thread):
    """Looks at new assignments all the time, and at everybody's load; a place is filled when it is seen to be."""

    def __init__(self, wanted: int) -> None:
        super().__init__(daemon=True)
        self.filled = Filled()
        self.over = threading.Event()
        self._wanted = wanted
        self._lock = threading.Lock()
        self._free: dict[int, deque[float]] = defaultdict(deque)
        self._early: dict[int, deque[float]] = defaultdict(deque)
        self._last = Assignment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def freed(self, operator: int) -> None:
        """A place of the operator is free from now on; it may have been filled and seen already."""
        with self._lock:
            if self._early[operator]:
                self._early[operator].popleft()
                self.filled.waits.append(0.0)
            else:
                self._free[operator].append(time.monotonic())

    def run(self) -> None:
        try:
            while not self.over.is_set() and len(self.filled.waits) < self._wanted:
                self._look()
                time.sleep(0.004)
        finally:
            connections.close_all()

    def _look(self) -> None:
        found = Assignment.objects.filter(pk__gt=self._last).order_by("pk")
        rows = list(found.values_list("pk", "operator_id"))
        seen = time.monotonic()
        with self._lock:
            for pk, operator in rows:
                self._last = pk
                if self._free[operator]:
                    self.filled.waits.append(seen - self._free[operator].popleft())
                else:
                    self._early[operator].append(seen)
        if rows:
            self.filled.most_over = max(self.filled.most_over, route_house.most_over_capacity())


# --- processes --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _dispatchers(engines: Engines) -> Iterator[None]:
    """Celery workers of the lane routing, as docs/install.md starts them, one process each."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--queues", "routing"]
    command += ["--pool", "solo", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
    names = [f"route{number}@bench" for number in range(DISPATCHERS)]
    with tempfile.TemporaryFile() as log:
        running = [
            subprocess.Popen(  # noqa: S603 - our own
                [*command, "-n", name], stdout=log, stderr=log, cwd=settings.BASE_DIR, env=engines.environment
            )
            for name in names
        ]
        try:
            _until(lambda: len(app.control.ping(timeout=0.5)) == DISPATCHERS, "the workers did not come up")
            yield
        finally:
            for each in running:
                each.terminate()
            for each in running:
                each.wait(PATIENCE)


def _until(done: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise CannotMeasure(words)
        time.sleep(0.005)
