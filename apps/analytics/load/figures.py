"""Small arithmetic of measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed; NaN of none."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def milliseconds(seconds: float) -> str:
    """A duration as people read it in a table."""
    return "-" if math.isnan(seconds) else f"{seconds * 1000:.1f} ms"
