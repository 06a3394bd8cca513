"""Days of known properties: customers come by chance (Poisson), lines share their operators, handling times vary.

For measuring the simulator and the estimate of waiting, and for tests. The same seed makes the same day.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from apps.analytics.whatif.day import Abilities, Arrival, Day, Handling, Reaction, Staffer
from apps.routing.matching.pool import UNIT
from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenCondition, FrozenLine, FrozenRule, Terms
from apps.routing.ruling.placing import House

BEGINS = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


# Offered at once to whoever is least busy, with half a minute to accept.
OFFERED = Terms(offering="automatic", accept_seconds=30)


# A time drawn by chance around its mean.
Drawn = Callable[[random.Random, float], float]


def skewed(chance: random.Random, mean: float) -> float:
    """Times of chats: many short ones, some very long (lognormal, deviation 0.7 of the mean)."""
    return max(20.0, chance.lognormvariate(0.0, 0.63) * mean * 0.82)


def memoryless(chance: random.Random, mean: float) -> float:
    """What Erlang's formulas reckon with."""
    return chance.expovariate(1 / mean)


def typed(chance: random.Random, _work: float) -> float:
    """Seconds until the first words."""
    return chance.gammavariate(2.0, 5.0)


def at_once(_chance: random.Random, _work: float) -> float:
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """A line of a generated bank: its part of the work, how long it takes, and how patient its customers are."""

    id: int
    priority: int = 0
    # Its part of all arrivals, and the mean of its handling times in seconds.
    part: float = 1.0
    work: float = 480.0
    terms: Terms = OFFERED
    works: Drawn = skewed
    replies: Drawn = typed
    # The mean of an exponential patience; None: nobody gives up.
    patience: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """So many operators who serve the same lines, each with places for so many conversations."""

    lines: tuple[int, ...]
    size: int
    places: int = 3


def content(plans: Sequence[LinePlan]) -> Content:
    """Rules by which each line takes the conversations of its own channel."""
    lines = sorted(plans, key=lambda plan: (-plan.priority, plan.id))
    return Content(
        lines=tuple(
            FrozenLine(
                id=plan.id,
                name=f"Line {plan.id}",
                priority=plan.priority,
                rules=(_rule(plan.id),),
                terms=plan.terms,
            )
            for plan in lines
        )
    )


def _rule(line: int) -> FrozenRule:
    condition = FrozenCondition(
        id=line, group=Group.ALL, kind=Kind.CHANNEL, comparison=Comparison.IS, values=(line,)
    )
    return FrozenRule(id=line, name=f"Rule {line}", conditions=(condition,))


def day(
    plans: Sequence[LinePlan], teams: Sequence[Team], *, occupancy: float, hours: float, seed: int
) -> Day:
    """As many customers as keep so much of all places busy on average, over so many hours."""
    chance = random.Random(seed)  # noqa: S311 - no secret: a day that can be had again
    places = sum(team.size * team.places for team in teams)
    parts = [plan.part for plan in plans]
    mean = sum(plan.part * plan.work for plan in plans) / sum(parts)
    ends = BEGINS + timedelta(hours=hours)
    return Day(
        begins=BEGINS,
        ends=ends,
        house=House(default=plans[0].id, lines={plan.id: True for plan in plans}),
        arrivals=tuple(_arrivals(plans, occupancy * places / mean, ends, chance)),
        staff=tuple(_staff(teams)),
    )


def _arrivals(plans: Sequence[LinePlan], rate: float, ends: datetime, chance: random.Random) -> list[Arrival]:
    sums = list(accumulate(plan.part for plan in plans))
    found: list[Arrival] = []
    at = BEGINS + timedelta(seconds=chance.expovariate(rate))
    while at < ends:
        (plan,) = chance.choices(plans, cum_weights=sums)
        facts = Facts(now=at, channel=plan.id, channel_kind="web")
        handling = _handling(plan, chance)
        found.append(Arrival(number=len(found) + 1, at=at, facts=facts, handling=handling))
        at += timedelta(seconds=chance.expovariate(rate))
    return found


def _handling(plan: LinePlan, chance: random.Random) -> Handling:
    work = plan.works(chance, plan.work)
    reply = min(work, plan.replies(chance, work))
    reactions = (Reaction(chance.uniform(1.0, 8.0)),)
    patience = memoryless(chance, plan.patience) if plan.patience else None
    return Handling(work=work, reply=reply, reactions=reactions, patience=patience)


def _staff(teams: Sequence[Team]) -> list[Staffer]:
    found: list[Staffer] = []
    for team in teams:
        for _each in range(team.size):
            found.append(
                Staffer(
                    id=len(found) + 1,
                    presence=((BEGINS, ""),),
                    abilities=Abilities(lines=frozenset(team.lines), capacity=team.places * UNIT),
                )
            )
    return found
