"""Who of the free members is offered the next conversation. Each policy is a key: the smallest is chosen.

Every key ends with the operator's number, so that equals are decided alike by everybody who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apps.operators.models import Policy
from apps.routing.matching.pool import Hand, Waiting

Key = tuple[Any, ...]
NEVER = datetime.min.replace(tzinfo=UTC)


def least_busy(hand: Hand, _waiting: Waiting) -> Key:
    """The smallest share of his own capacity; of equals who has had nothing new for longest."""
    # Exact enough: shares of so small numbers are equal as floats only where they are equal.
    return (hand.load / hand.capacity, hand.idle_since, hand.id)


def longest_idle(hand: Hand, _waiting: Waiting) -> Key:
    """Who has had nothing new, nothing ended and did not come to work for longest."""
    return (hand.idle_since, hand.id)


def round_robin(hand: Hand, _waiting: Waiting) -> Key:
    """Who was given something the longest time ago; who never was comes first."""
    return (hand.given_at is not None, hand.given_at or NEVER, hand.id)


def best_skill(hand: Hand, waiting: Waiting) -> Key:
    """The highest sum of levels in the skills that are asked for; of equals the least busy."""
    known = sum(hand.skills.get(need.skill, 0) for need in waiting.needs)
    return (-known, *least_busy(hand, waiting))


POLICIES: dict[str, Callable[[Hand, Waiting], Key]] = {
    Policy.LEAST_BUSY: least_busy,
    Policy.LONGEST_IDLE: longest_idle,
    Policy.ROUND_ROBIN: round_robin,
    Policy.BEST_SKILL: best_skill,
}

# What each place of a key compares: the code of what broke the tie.
PLACES: dict[str, tuple[str, ...]] = {
    Policy.LEAST_BUSY: ("load", "idle", "number"),
    Policy.LONGEST_IDLE: ("idle", "number"),
    Policy.ROUND_ROBIN: ("given", "given", "number"),
    Policy.BEST_SKILL: ("skill", "load", "idle", "number"),
}


def decided_by(policy: str, first: Key, second: Key) -> str:
    """By what the first was preferred to the second."""
    differ = (name for name, one, other in zip(PLACES[policy], first, second, strict=True) if one != other)
    return next(differ)
