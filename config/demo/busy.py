"""Busy days of the demo bank: customers by chance and by the hour, operators in their shifts, played by what-if.

The simulator gives them away by the rules in force, as the dispatcher would have; ``busy_rows`` writes down what came
out. So what-if and staffing have weeks to speak of, seconds after an installation was empty.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.analytics.history import configured, promises
from apps.analytics.whatif.day import Arrival, Day, Handling, Reaction, Staffer
from apps.analytics.whatif.simulator import Simulation
from apps.channels.models import Channel
from apps.operators.calendar import Hours, production_days
from apps.operators.models import Queue
from apps.operators.shifts import Span, plans
from apps.routing.matching import pool
from apps.routing.matching.pool import UNIT
from apps.routing.models import KindWeight
from apps.routing.ruling.facts import Facts
from apps.routing.services import choosing, publishing

SEED = 2025
MOSCOW = ZoneInfo("Europe/Moscow")
OPENS = 9
# Of a hundred customers of a day, from nine in the morning on; nobody comes so late that he is answered at night.
BY_HOUR = (6, 9, 12, 12, 9, 8, 9, 10, 9, 7, 5, 4)
WEEKEND = 0.45


@dataclass(frozen=True)
class Crowd:
    """What comes to a line: how many on a weekday, how long they take on average, and whether by the app as well."""

    a_day: int
    minutes: float
    by_app: bool = True
    # Chosen as a department; otherwise the rules send it to the common line.
    is_chosen: bool = True


CROWDS = {
    "cards": Crowd(90, 10.0),
    "loans": Crowd(48, 12.0),
    "support": Crowd(58, 11.0),
    "assistants": Crowd(36, 12.0),
    "fraud": Crowd(11, 8.0),
    "common": Crowd(46, 8.0, by_app=False, is_chosen=False),
}
# Longer than that nobody takes, so that an operator is through soon after his shift.
LONGEST = timedelta(minutes=24).total_seconds()
# From then on before the end of his shift he gets nothing new, and so much later he goes.
LAST, OVER = timedelta(minutes=12), timedelta(minutes=13)


def play(lines: dict[str, Queue], *, weeks: int, now: datetime) -> Simulation:
    """The days before today, played to their end."""
    chance = random.Random(SEED)  # noqa: S311 - a repeatable demo, not a secret
    today = now.astimezone(MOSCOW).date()
    days = [today - timedelta(days=number) for number in range(7 * weeks, 0, -1)]
    begins, ends = _midnight(days[0]), _midnight(today)
    staff = tuple(_staff(begins, ends, chance))
    day = Day(
        begins=begins,
        ends=ends,
        house=choosing.house(),
        arrivals=tuple(_arrivals(lines, days, chance)),
        staff=staff,
        promised=promises.promised(begins),
    )
    simulation = Simulation(day, publishing.current(now=now))
    simulation.play()
    return simulation


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, MOSCOW)


# --- customers ---------------------------------------------------------------------------------------------


def _arrivals(lines: dict[str, Queue], days: list[date], chance: random.Random) -> Iterator[Arrival]:
    channels = {channel.kind: channel for channel in Channel.objects.order_by("-pk")}
    weights = dict(KindWeight.objects.values_list("kind", "units"))
    produced = production_days()
    hours = {code: Hours(line.calendar, produced) for code, line in lines.items() if line.calendar}
    came = sorted(each for day in days for each in _of_day(day, chance))
    number = 0
    for at, code in came:
        if code in hours and not hours[code].is_open(at + timedelta(minutes=lines[code].last_minutes)):
            continue
        number += 1
        crowd = CROWDS[code]
        channel = channels["app" if crowd.by_app and chance.random() < 0.35 else "web"]
        yield Arrival(
            number=number,
            at=at,
            facts=Facts(
                now=at,
                channel=channel.pk,
                channel_kind=channel.kind,
                language="ru",
                topic=lines[code].pk if crowd.is_chosen else None,
            ),
            handling=_handling(crowd, chance),
            kind=channel.kind,
            units=round(weights.get(channel.kind, 1) * UNIT),
        )


def _of_day(day: date, chance: random.Random) -> Iterator[tuple[datetime, str]]:
    """Of every line as many as chance brings, by the hour."""
    for code, crowd in CROWDS.items():
        usual = crowd.a_day * (WEEKEND if day.weekday() > 4 else 1.0)
        for hour in chance.choices(range(len(BY_HOUR)), BY_HOUR, k=round(chance.gauss(usual, usual**0.5))):
            second = timedelta(hours=OPENS + hour, seconds=chance.uniform(0, 3600))
            at = _midnight(day) + second
            yield at.replace(microsecond=at.microsecond // 1000 * 1000), code


def _handling(crowd: Crowd, chance: random.Random) -> Handling:
    work = min(LONGEST, max(90.0, chance.lognormvariate(0.0, 0.55) * crowd.minutes * 60 * 0.86))
    return Handling(
        work=round(work, 1),
        reply=round(chance.uniform(8.0, 45.0), 1),
        reactions=(Reaction(round(chance.uniform(2.0, 12.0), 1)),),
        patience=round(40 + chance.expovariate(1 / 1500), 1),
    )


# --- operators ---------------------------------------------------------------------------------------------


def _staff(begins: datetime, ends: datetime, chance: random.Random) -> Iterator[Staffer]:
    operators = list(
        Queue.objects.filter(memberships__isnull=False).values_list("memberships__operator", flat=True)
    )
    found = plans(set(operators), begins, ends)
    able = configured.abilities(found, begins, ends).of
    for pk, plan in sorted(found.items()):
        changes = [each for span in plan.between(begins, ends) for each in _shift(span, chance)]
        inside = [each for each in changes if begins <= each[0] < ends]
        yield Staffer(id=pk, presence=((begins, pool.OFFLINE), *inside), abilities=able[pk][0][1])


def _shift(span: Span, chance: random.Random) -> Iterator[tuple[datetime, str]]:
    """He comes a little early, has his lunch, answers nobody new at the end, and goes when he is through."""
    lunch = span.begins + timedelta(minutes=210 + chance.randint(0, 90))
    yield span.begins - timedelta(minutes=chance.randint(1, 6)), ""
    yield lunch, pool.BREAK
    yield lunch + timedelta(minutes=chance.randint(35, 50)), ""
    yield span.ends - LAST, pool.BREAK
    yield span.ends + OVER, pool.OFFLINE
