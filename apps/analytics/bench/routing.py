"""The dispatcher, measured: one that drains a full line, four that fill places as they become free."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from celery import current_app as app
from django.conf import settings
from django.db import connection

from apps.analytics.bench import route_house, route_places
from apps.analytics.bench.budget import Row
from apps.analytics.bench.engines import CannotMeasure, Engines
from apps.analytics.load.processes import cpu_seconds
from apps.core import clock
from apps.routing.services import dispatch

DISPATCHERS = 4
PATIENCE = 60.0  # seconds that anything here may take
# By this name the database knows the connections of the dispatchers.
MARK = "routebench"


@dataclass(frozen=True, slots=True)
class Drained:
    """One full line given away."""

    assignments: int
    seconds: float
    # Of one assignment: this process and the database, and this process alone.
    cpu_ms: float = 0.0
    app_ms: float = 0.0

    @property
    def rate(self) -> float:
        return self.assignments / self.seconds


def measure(engines: Engines, *, rounds: int, freed: int, rate: float) -> list[Row]:
    """One router and four dispatchers over 400 operators, 50 lines and 1,000 that wait."""
    route_house.furnish(now=clock.now())
    alone = [_one_router(engines) for _round in range(rounds)]
    with _dispatchers(engines) as pids:
        together = [_all_at_once() for _round in range(rounds)]
        before = _cpu_of(pids)
        filled = route_places.measure(freed=freed, rate=rate)
        one_by_one = (_cpu_of(pids) - before) / freed * 1000
    over = max(route_house.most_over_capacity(), filled.most_over)
    typical = statistics.median(each.cpu_ms for each in alone)
    return [
        Row(
            "assignment, CPU app + database",
            "<= 3 ms",
            "<= 1.5 ms",
            f"{typical:.2f} ms (best {min(each.cpu_ms for each in alone):.2f}):"
            f" app {statistics.median(each.app_ms for each in alone):.2f}",
            typical <= 3,
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
            "capacity freed to assigned, p50 / p99",
            "",
            "",
            f"{filled.share(0.5):.0f} ms / {filled.share(0.99):.0f} ms,"
            f" {freed} places at {freed / filled.seconds:.0f}/s",
        ),
        Row("the same, CPU of the dispatchers and their database", "", "", f"{one_by_one:.1f} ms a place"),
        Row("waiting though somebody is free, at the end", "0", "0", str(filled.left), not filled.left),
        Row("over capacity", "0", "0", str(over), not over),
    ]


def _one_router(engines: Engines) -> Drained:
    route_house.fill(now=clock.now())
    here, roots = {os.getpid()}, {*engines.pids, os.getpid()}
    app_before, all_before, began = cpu_seconds(here), cpu_seconds(roots), time.monotonic()
    given = dispatch.dispatch(now=clock.now())
    seconds = time.monotonic() - began
    if given != route_house.WAITING:
        raise CannotMeasure(f"Of {route_house.WAITING} conversations {given} were given.")
    cpu_ms = (cpu_seconds(roots) - all_before) / given * 1000
    return Drained(given, seconds, cpu_ms, (cpu_seconds(here) - app_before) / given * 1000)


def _all_at_once() -> Drained:
    """Every dispatcher is nudged at the same moment while everything waits."""
    route_house.fill(now=clock.now())
    began = time.monotonic()
    for _each in range(2 * DISPATCHERS):
        app.send_task("apps.routing.tasks.dispatch")
    _until(lambda: route_house.waiting() == 0, "the dispatchers did not drain the lines")
    return Drained(route_house.WAITING, time.monotonic() - began)


# --- processes --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _dispatchers(engines: Engines) -> Iterator[set[int]]:
    """Celery workers of the lane routing, as docs/install.md starts them, one process each; their pids."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--queues", "routing"]
    command += ["--pool", "solo", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
    names = [f"route{number}@bench" for number in range(DISPATCHERS)]
    environment = {**engines.environment, "PGAPPNAME": MARK}
    with tempfile.TemporaryFile() as log:
        running = [
            subprocess.Popen(  # noqa: S603 - our own
                [*command, "-n", name], stdout=log, stderr=log, cwd=settings.BASE_DIR, env=environment
            )
            for name in names
        ]
        try:
            _until(lambda: len(app.control.ping(timeout=0.5)) == DISPATCHERS, "the workers did not come up")
            yield {each.pid for each in running}
        finally:
            for each in running:
                each.terminate()
            for each in running:
                each.wait(PATIENCE)


def _cpu_of(dispatchers: set[int]) -> float:
    """Seconds that the dispatchers have used so far, with those of the database that work for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [MARK])
        return cpu_seconds({*dispatchers, *(pid for (pid,) in cursor.fetchall())})


def _until(done: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise CannotMeasure(words)
        time.sleep(0.005)
