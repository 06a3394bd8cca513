"""The one clock of the edges.

Services take ``now``; views, frames and tasks get it here. The database's clock is the truth: a node
whose own clock jumps still writes the moments the others would.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

_offset = timedelta(0)


def now() -> datetime:
    """The present moment by the database's clock, as far as this process knows its offset."""
    return datetime.now(UTC) + _offset


def synchronise() -> timedelta:
    """Measure the offset to the database's clock again; called when the process renews its lease."""
    global _offset
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    after = datetime.now(UTC)
    _offset = theirs - (before + (after - before) / 2)
    return _offset
