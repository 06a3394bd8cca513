"""Erlang A with concurrent slots: a line as one queue before n slots, of which each operator has several.

Arrivals are Poisson, handling and patience exponential. An arrival that finds k others waiting is served once k + 1
places came free, at rates nμ + jθ, j = k … 0; so the share served in time is a sum over k that grows term by term
from the term before. Without patience (θ = 0) the same sum is Erlang C, with patience that is over at once Erlang B.
Nothing here overflows for hundreds of slots: only ratios of neighbouring states are ever computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TINY = 1e-13  # what the states left out may weigh
HUGE = 1e200  # weights above are scaled down


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What comes: per second, how long it occupies a slot and how long it waits at most, both on average."""

    rate: float
    handling: float
    patience: float = math.inf

    @property
    def offered(self) -> float:
        """Slots that it would keep busy if there were always enough."""
        return self.rate * self.handling


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What customers get: shares of all who come, the mean wait of all, and how busy the slots are."""

    in_time: float
    abandoned: float
    wait: float
    occupancy: float


def service(load: Load, slots: int, *, within: float) -> Service:
    """The service of ``slots`` places; in time is who is taken within so many seconds."""
    if not load.rate:
        return Service(in_time=1.0, abandoned=0.0, wait=0.0, occupancy=0.0)
    free = slots / load.handling
    leaving = 1 / load.patience
    if not leaving and load.rate >= free:
        return Service(in_time=0.0, abandoned=0.0, wait=math.inf, occupancy=1.0)
    below = _below(load.offered, slots)
    if math.isinf(below):
        return Service(in_time=1.0, abandoned=0.0, wait=0.0, occupancy=load.offered / slots)
    return _summed(load, below, free, leaving, slots, within)


def _below(offered: float, slots: int) -> float:
    """All states with a free slot, as multiples of the state in which the last one is just taken."""
    inverse = 1.0  # of Erlang B's blocking
    for busy in range(1, slots + 1):
        inverse = 1 + inverse * busy / offered
    return inverse - 1


def _summed(load: Load, below: float, free: float, leaving: float, slots: int, within: float) -> Service:
    in_time, total, queue = below, below, 0.0
    weight, waiting = 1.0, 0
    chances = _Chances(free, leaving, within)
    while True:
        total += weight
        queue += waiting * weight
        in_time += weight * chances.next()
        waiting += 1
        ratio = load.rate / (free + waiting * leaving)
        weight *= ratio
        if weight > HUGE:
            in_time, total, queue, weight = (each / HUGE for each in (in_time, total, queue, weight))
        if ratio < 1 and weight * (waiting + 1) < TINY * total * (1 - ratio) ** 2:
            break
    lost = leaving * queue / (load.rate * total)
    return Service(
        in_time=min(1.0, in_time / total),
        abandoned=lost,
        wait=queue / (load.rate * total),
        occupancy=load.offered * (1 - lost) / slots,
    )


class _Chances:
    """For k = 0, 1, 2 …: the chance to be served in time behind k others who wait, one's own patience included."""

    def __init__(self, free: float, leaving: float, within: float) -> None:
        self.free, self.leaving = free, leaving
        # Seconds in which nobody's patience ends, on average, of ``within``.
        self.span = -math.expm1(-leaving * within) / leaving if leaving else within
        self.term = -(free + leaving) * within  # logarithm of the chance of exactly k departures in time
        self.late = math.exp(self.term)
        self.ahead = 0

    def next(self) -> float:
        patient = self.free / (self.free + (self.ahead + 1) * self.leaving)
        chance = patient * max(0.0, 1 - self.late)
        self.ahead += 1
        if self.span:
            self.term += math.log(self.span * (self.free + self.ahead * self.leaving) / self.ahead)
            self.late += math.exp(self.term)
        return chance


def slots_of(operators: int, each: float) -> int:
    """Whole places of so many operators; a fraction of a place serves nobody."""
    return max(1, math.floor(operators * each + 1e-9)) if operators else 0


def operators_needed(load: Load, *, each: float, share: float, within: float) -> int:
    """The fewest operators with ``each`` slots of whom ``share`` of all who come are served in time."""
    if not load.rate:
        return 0

    def enough(operators: int) -> bool:
        return service(load, slots_of(operators, each), within=within).in_time >= share

    low, high = 0, max(1, math.ceil(load.offered / each))
    while not enough(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
