"""Sockets cut at random moments, from a seed that is printed: the same seed cuts with the same dice."""

from __future__ import annotations

import random
from collections import Counter

# Chance of a cut at each opportunity; a dialogue of twenty turns has about sixty.
CHANCE = 0.02


class Chaos:
    """Decides at each named moment whether the line is cut there, and counts."""

    def __init__(self, seed: int, *, chance: float = CHANCE) -> None:
        self.seed = seed
        self.chance = chance
        self.fired: Counter[str] = Counter()
        self._dice = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def strikes(self, moment: str) -> bool:
        """Whether the line is cut now."""
        if self._dice.random() >= self.chance:
            return False
        self.fired[moment] += 1
        return True

    def delay(self) -> float:
        """Seconds until a cut that comes while something is under way."""
        return self._dice.random() * 0.05


class Calm(Chaos):
    """No cuts."""

    def __init__(self) -> None:
        super().__init__(0, chance=0.0)

    def strikes(self, moment: str) -> bool:
        return False
