"""A time of which the mean and the variance are known, as a gamma distribution: its quantiles and its densest part."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds with their variance. Sums of independent times add both."""

    mean: float
    variance: float

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.mean + other.mean, self.variance + other.variance)

    def times(self, factor: float) -> Spread:
        """So many independent ones after another."""
        return Spread(self.mean * factor, self.variance * factor)

    def quantile(self, share: float) -> float:
        """The time within which this share of all waits ends (Wilson and Hilferty's approximation)."""
        if self.mean <= 0 or self.variance <= 0:
            return max(self.mean, 0.0)
        shape, scale = self._shape(), self.variance / self.mean
        ninth = 1 / (9 * shape)
        root = 1 - ninth + _NORMAL.inv_cdf(share) * sqrt(ninth)
        return shape * scale * max(root, 0.0) ** 3

    def share_within(self, seconds: float) -> float:
        """The share of waits that end within this time."""
        if self.mean <= 0 or self.variance <= 0:
            return 1.0 if seconds >= self.mean else 0.0
        if seconds <= 0:
            return 0.0
        ninth = 1 / (9 * self._shape())
        return _NORMAL.cdf(((seconds / self.mean) ** (1 / 3) - 1 + ninth) / sqrt(ninth))

    def _shape(self) -> float:
        return self.mean * self.mean / self.variance
