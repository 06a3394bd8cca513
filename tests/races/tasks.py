"""What the processes of a race do."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import Self

from apps.conversations.access import sight_of
from apps.conversations.services import delivery, letters
from apps.core import clock
from apps.core.actors import Actor
from apps.core.errors import DomainError
from apps.core.models import User
from apps.operators.services.presence import set_presence
from apps.routing import tasks
from apps.routing.services import dispatch, handling, offers, upkeep

SWEEP_EVERY = 2.0
# What a machine under load may take for what another does in the time that was asked for.
AT_MOST_TIMES = 9


def grab(*, worker: int, conversations: list[int], operators: list[int]) -> dict[str, int]:
    """Accept conversations for operators in an order of one's own; give a few of them back."""
    dice = random.Random(worker)
    sights = [sight_of(user) for user in User.objects.filter(pk__in=operators)]
    outcomes: Counter[str] = Counter()
    for conversation in dice.sample(conversations, len(conversations)):
        sight = dice.choice(sights)
        try:
            handling.accept(sight, conversation, now=clock.now())
            outcomes["accepted"] += 1
            if dice.random() < 0.3:
                handling.return_to_line(sight, conversation, comment="", now=clock.now())
                outcomes["returned"] += 1
        except DomainError as refusal:
            outcomes[refusal.code] += 1
    return dict(outcomes)


def drain(*, worker: int) -> int:
    """Send what is due."""
    return delivery.deliver_due(now=clock.now)


def send_letters(*, worker: int) -> int:
    """Send the letters that are due."""
    return letters.send_due(now=clock.now)


def sweep_promises(*, worker: int, moment: str) -> int:
    """Act on what is due at a moment."""
    return upkeep.act_on_due(now=datetime.fromisoformat(moment))


def work(*, worker: int, operators: list[int], seconds: float) -> dict[str, int]:
    """A dispatcher among operators who accept, decline, close, leave and come back at random; it sweeps as beat asks.

    Who leaves does nothing but that: what he held and was offered comes back by itself. It goes on until each of this
    has happened. ``slowest``: the milliseconds of the longest time from one sweep to the next.
    """
    dice = random.Random(worker)
    done: Counter[str] = Counter()
    began = swept_at = time.monotonic()
    while (passed := time.monotonic() - began) < seconds or (
        passed < seconds * AT_MOST_TIMES and not all(done[each] for each in ("given", *EACH))
    ):
        if passed // SWEEP_EVERY > done["swept"] - 1:
            done["slowest"] = max(done["slowest"], round((time.monotonic() - swept_at) * 1000))
            swept_at = time.monotonic()
            tasks.sweep()
            done["swept"] += 1
        done["given"] += dispatch.dispatch(now=clock.now())
        act = dice.choice(("_accept", *EACH))
        try:
            EACH[act](dice.choice(operators))
            done[act] += 1
        except DomainError as refusal:
            done[refusal.code] += 1
    return dict(done)


def serve_on_a_jumped_node(*, worker: int, minutes: int) -> None:
    """A worker's tasks on a node whose wall clock is so many minutes ahead, or behind."""

    class Jumped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(minutes=minutes)

    clock.datetime = Jumped  # type: ignore[attr-defined]  # the one place where the wall clock is read
    for task in (tasks.dispatch, tasks.sweep):
        task.apply(throw=True)


def _accept(operator: int) -> None:
    for offer in offers.offered_to(operator):
        offers.accept(operator, offer.conversation_id, now=clock.now())


def _decline(operator: int) -> None:
    for offer in offers.offered_to(operator)[:1]:
        offers.decline(operator, offer.conversation_id, reason_id=None, now=clock.now())


def _close(operator: int) -> None:
    sight = sight_of(User.objects.get(pk=operator))
    for number in list(User.objects.get(pk=operator).held_conversations.values_list("pk", flat=True)[:2]):
        handling.close(sight, number, now=clock.now())


def _leave(operator: int) -> None:
    set_presence(operator, state="offline", actor=Actor.staff(operator), now=clock.now())


def _come(operator: int) -> None:
    set_presence(operator, state="online", actor=Actor.staff(operator), now=clock.now())


EACH = {each.__name__: each for each in (_accept, _decline, _close, _leave, _come)}
