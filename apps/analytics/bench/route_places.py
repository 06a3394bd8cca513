"""Places that become free one after another in a full house, and how soon each is filled again.

Everybody is full and 20 wait in each of the 50 lines, all the time: whenever somebody is given, somebody else
begins to wait in the same line. So a place that stays free is the dispatcher's fault and not that of an empty line.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connections, transaction

from apps.analytics.bench import route_house
from apps.analytics.bench.engines import CannotMeasure
from apps.conversations.models import Conversation
from apps.core import clock
from apps.routing.models import Assignment
from apps.routing.services import dispatch, handling, publishing

CLOSERS = 3
PATIENCE = 30.0  # seconds after the last closing


@dataclass(slots=True)
class Filled:
    """What was seen. ``left``: pairs that could have been made at the end and were not."""

    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    most_over: int = 0
    left: int = 0

    def share(self, part: float) -> float:
        """The wait in milliseconds that this share of places did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def measure(*, freed: int, rate: float) -> Filled:
    """Customers close ``freed`` conversations at a steady rate while dispatchers run."""
    route_house.fill(now=clock.now(), full=True)
    chosen = random.Random(1).sample(route_house.held(), freed)  # noqa: S311 - a repeatable choice
    arrivals = Arrivals()
    watch = Watch(freed, arrivals)
    threads = [Closer(chosen[n::CLOSERS], watch, rate / CLOSERS) for n in range(CLOSERS)]
    began = time.monotonic()
    for each in (arrivals, watch, *threads):
        each.start()
    for each in threads:
        each.join()
    watch.join(PATIENCE)
    watch.filled.seconds = time.monotonic() - began
    watch.over.set()
    watch.join()
    arrivals.stop()
    return _checked(watch.filled, freed)


def _checked(filled: Filled, freed: int) -> Filled:
    now = clock.now()
    matches, _looked_at, _more = dispatch.plan(publishing.current(now=now), now=now)
    filled.left = len(matches)
    if len(filled.waits) < freed:
        raise CannotMeasure(
            f"Of {freed} free places {len(filled.waits)} were filled; {filled.left} more could have been."
        )
    return filled


class Closer(threading.Thread):
    """Customers who close their conversations at a steady pace."""

    def __init__(self, chosen: Sequence[Conversation], watch: Watch, rate: float) -> None:
        super().__init__()
        self._chosen, self._watch, self._rate = chosen, watch, rate

    def run(self) -> None:
        began = time.monotonic()
        try:
            for place, each in enumerate(self._chosen):
                # Places come free at a rate, not when the last one was filled.
                time.sleep(max(0.0, began + place / self._rate - time.monotonic()))
                self._close(each)
        finally:
            connections.close_all()

    def _close(self, each: Conversation) -> None:
        """Free is the place from the commit on: noted before anybody is told of it."""
        assert each.holder_id is not None
        holder = each.holder_id
        with transaction.atomic():
            transaction.on_commit(lambda: self._watch.freed(holder))
            handling.close_by_customer(each.identity, each.pk, now=clock.now())


class Arrivals(threading.Thread):
    """For everybody who was given, somebody else begins to wait in the same line."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: queue.SimpleQueue[list[int]] = queue.SimpleQueue()

    def follow(self, lines: list[int]) -> None:
        self._lines.put(lines)

    def stop(self) -> None:
        self._lines.put([])
        self.join()

    def run(self) -> None:
        try:
            while lines := self._lines.get():
                route_house.arrive(lines, now=clock.now())
        finally:
            connections.close_all()


class Watch(threading.Thread):
    """Looks at new assignments all the time, and at everybody's load; a place is filled when that is seen."""

    def __init__(self, wanted: int, arrivals: Arrivals) -> None:
        super().__init__()
        self.filled = Filled()
        self.over = threading.Event()
        self._wanted, self._arrivals = wanted, arrivals
        self._lock = threading.Lock()
        self._free: dict[int, deque[float]] = defaultdict(deque)
        self._early: dict[int, int] = defaultdict(int)
        self._last = Assignment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def freed(self, operator: int) -> None:
        """A place of the operator is free from now on; it may have been filled and seen already."""
        with self._lock:
            if self._early[operator]:
                self._early[operator] -= 1
                self.filled.waits.append(0.0)
            else:
                self._free[operator].append(time.monotonic())

    def run(self) -> None:
        try:
            while not self.over.is_set() and len(self.filled.waits) < self._wanted:
                self._look()
                # Looks often enough for milliseconds, and leaves the processor to what is measured.
                time.sleep(0.004)
        finally:
            connections.close_all()

    def _look(self) -> None:
        found = Assignment.objects.filter(pk__gt=self._last).order_by("pk")
        rows = list(found.values_list("pk", "operator_id", "queue_id"))
        if not rows:
            return
        seen = time.monotonic()
        with self._lock:
            self._last = rows[-1][0]
            for _pk, operator, _line in rows:
                self._fill(operator, seen)
        self._arrivals.follow([line for _pk, _operator, line in rows])
        self.filled.most_over = max(self.filled.most_over, route_house.most_over_capacity())

    def _fill(self, operator: int, seen: float) -> None:
        if self._free[operator]:
            self.filled.waits.append(seen - self._free[operator].popleft())
        else:
            self._early[operator] += 1
