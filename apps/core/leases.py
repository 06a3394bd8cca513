"""Which living process serves whom. A row per process, renewed every 10 s and dead after 30 s; a row per person served.

A kill -9 fires no disconnect, so what a process claims counts only while its lease lives. Leases use SQL ``now()``:
a node whose clock jumps neither dies nor outlives itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections import Counter
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.core import clock
from apps.core.models import Connection, ProcessLease
from apps.core.threads import run_hot

logger = logging.getLogger(__name__)

RENEW_SECONDS = 10
LIFE_SECONDS = 30
LONG_DEAD = timedelta(days=1)

_RENEW = """
INSERT INTO core_processlease (id, node, started_at, renewed_at, expires_at)
VALUES (%(id)s, %(node)s, now(), now(), now() + make_interval(secs => %(life)s))
ON CONFLICT (id) DO UPDATE SET renewed_at = now(), expires_at = now() + make_interval(secs => %(life)s)
"""
# The lease is renewed with it: it may have been swept away while the machine was suspended.
_SERVE = f"""
WITH lease AS ({_RENEW} RETURNING id)
INSERT INTO core_connection (lease_id, surface, person_id, since)
SELECT id, %(surface)s, %(person)s, %(since)s FROM lease
ON CONFLICT DO NOTHING
"""  # noqa: S608 - both parts stand here


class Lease:
    """This process's lease and the people it serves. Methods without ``_sql`` run on the event loop."""

    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self.node = f"{socket.gethostname()}:{os.getpid()}"
        self._sockets: Counter[tuple[str, int]] = Counter()
        # Whose last socket went while the database was away: their rows go with the next renewal.
        self._undropped: set[tuple[str, int]] = set()
        self._renewer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take the lease and keep it; idempotent within a loop."""
        if self._renewer is None or self._renewer.done():
            await run_hot(self._renew_sql)
            self._renewer = asyncio.get_running_loop().create_task(self._keep(), name="lease")

    async def stop(self) -> None:
        """Give the lease up at shutdown: what this process served is free at once."""
        if self._renewer is not None:
            self._renewer.cancel()
            self._renewer = None
            await run_hot(self._release_sql)

    async def serves(self, surface: str, person_id: int) -> None:
        """A socket of this person was opened here."""
        await self.start()
        key = (surface, person_id)
        self._sockets[key] += 1
        if self._sockets[key] == 1:
            try:
                await run_hot(self._add_sql, surface, person_id)
            except BaseException:
                self._sockets[key] -= 1
                raise

    async def left(self, surface: str, person_id: int) -> None:
        """A socket of this person was closed here."""
        key = (surface, person_id)
        self._sockets[key] -= 1
        if self._sockets[key] <= 0:
            del self._sockets[key]
            self._undropped.add(key)
            await self._drop(key)

    async def _drop(self, key: tuple[str, int]) -> None:
        try:
            await run_hot(self._drop_sql, *key)
        except (OperationalError, InterfaceError):
            logger.warning("the database is away: who left %s is noted with the next renewal", self.node)
        else:
            self._undropped.discard(key)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await run_hot(self._renew_sql)
            except Exception:
                logger.exception("could not renew the lease of %s", self.node)
            else:
                for key in list(self._undropped):
                    await self._drop(key)

    def _renew_sql(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, {"id": self.id, "node": self.node, "life": LIFE_SECONDS})
        clock.synchronise()

    def _release_sql(self) -> None:
        ProcessLease.objects.filter(pk=self.id).delete()

    def _add_sql(self, surface: str, person_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                _SERVE,
                {
                    "id": self.id,
                    "node": self.node,
                    "life": LIFE_SECONDS,
                    "surface": surface,
                    "person": person_id,
                    "since": clock.now(),
                },
            )

    def _drop_sql(self, surface: str, person_id: int) -> None:
        if (surface, person_id) not in self._sockets:
            Connection.objects.filter(lease_id=self.id, surface=surface, person_id=person_id).delete()


_lease: Lease | None = None


def this_process() -> Lease:
    """The lease of this process (a forked child gets its own)."""
    global _lease
    if _lease is None or not _lease.node.endswith(f":{os.getpid()}"):
        _lease = Lease()
    return _lease


def serving(surface: str) -> QuerySet[Connection]:
    """Whom of a surface living processes serve now."""
    return Connection.objects.filter(surface=surface, lease__expires_at__gt=Now())


def connected(surface: str) -> set[int]:
    """People of a surface whom some living process serves now."""
    return set(serving(surface).values_list("person_id", flat=True))


def is_connected(surface: str, person_id: int) -> bool:
    """Whether some living process serves this person now."""
    return serving(surface).filter(person_id=person_id).exists()


def forget_the_dead() -> None:
    """Delete leases that died long ago, with what they claimed: a machine that slept an hour finds its own again."""
    ProcessLease.objects.filter(expires_at__lt=Now() - LONG_DEAD).delete()
