"""One worker at a time for a piece of work, over all processes: advisory locks of the database."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection


@contextmanager
def only_one(work: str, number: int = 0) -> Iterator[bool]:
    """Whether this worker has the lock of ``work`` and ``number`` (both, so that two kinds of work never meet).

    Never waits. The lock belongs to the connection and falls with it, so a killed worker holds up nobody.
    """
    key = [zlib.crc32(work.encode()) - 2**31, number % 2**31]
    if not _ask("SELECT pg_try_advisory_lock(%s, %s)", key):
        yield False
        return
    try:
        yield True
    finally:
        try:
            _ask("SELECT pg_advisory_unlock(%s, %s)", key)
        except (OperationalError, InterfaceError):
            # The connection is gone and the lock with it.
            connection.close()


def one_after_another(work: str, name: str) -> None:
    """Wait until nobody else is at this piece of ``work``; held until the transaction ends.

    For what has no row to lock yet. Take it before any row lock; or, where only locked rows tell the name, after them,
    and then lock no row that somebody may hold who still waits for this piece of work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{work}:{name}"])


def _ask(statement: str, key: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, key)
        return bool(cursor.fetchone()[0])
