"""The one clock of the edges.

Services take ``now``; views, frames and tasks get it here. The database's clock is the truth: it is asked now and
then, and in between the machine's steady clock counts on, which nobody can set. A node whose own clock jumps still
writes the moments the others would.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.db import connection

# Counts on while the machine sleeps, where there is such a clock.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# How long the steady clock is believed before the database is asked again by who works without a lease.
_FRESH_SECONDS = 60
# What the database's clock said when the steady one said that; None until it was asked for the first time.
_anchor: tuple[datetime, float] | None = None


def now() -> datetime:
    """The present moment by the database's clock, as far as this process knows it."""
    if _anchor is None:
        return datetime.now(UTC)
    theirs, ours = _anchor
    return theirs + timedelta(seconds=time.clock_gettime(_STEADY) - ours)


def keep_up() -> None:
    """Ask the database again unless that was done in the last minute; called before each task of a worker."""
    if _anchor is None or time.clock_gettime(_STEADY) - _anchor[1] > _FRESH_SECONDS:
        synchronise()


def synchronise() -> timedelta:
    """Ask the database again; called when the process renews its lease. Returns how far the wall clock is behind."""
    global _anchor
    before = time.clock_gettime(_STEADY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    after = time.clock_gettime(_STEADY)
    _anchor = (theirs, (before + after) / 2)
    return now() - datetime.now(UTC)
