"""The same for many, each by itself: one that fails is logged and holds up none behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


def each_alone(what: str, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What came of those that did not fail. For sweeps, outside any transaction: ``work`` makes its own.

    What failed is found again by the next sweep. ``what`` names the work in the log.
    """
    found = []
    for item in items:
        try:
            found.append(work(item))
        except Exception:
            logger.exception("%s failed for %s", what, item)
    return found
