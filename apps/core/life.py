"""What a web process does when it starts and stops: bus, lease, and in the single shape hearing of commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.core import events, leases
from apps.core.bus import get_bus
from apps.core.threads import close_hot_threads, run_hot

logger = logging.getLogger(__name__)


class Lifespan:
    """The ASGI lifespan protocol. ``close_pages`` ends the threads of pages."""

    def __init__(self, close_pages: Callable[[], None]) -> None:
        self._close_pages = close_pages

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        listener: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await get_bus().start()
                await self._take_lease()
                listener = self._listen()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stop(listener)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _take_lease(self) -> None:
        """Who keeps the lease keeps the clock: pages and webhooks have the database's time before any socket."""
        try:
            await leases.this_process().start()
        except (OperationalError, InterfaceError):
            logger.warning("the database is away: the lease is taken with the first socket")

    def _listen(self) -> asyncio.Task[None] | None:
        if settings.REDIS_URL:
            return None
        events.serve_here()
        return asyncio.get_running_loop().create_task(hear_commands(), name="commands")

    async def _stop(self, listener: asyncio.Task[None] | None) -> None:
        if listener is not None:
            listener.cancel()
        await leases.this_process().stop()
        await get_bus().stop()
        await asyncio.to_thread(close_hot_threads)
        await asyncio.to_thread(self._close_pages)


async def hear_commands() -> None:
    """Dispatch what commands beside this server announce by NOTIFY: a hint by id, the row is in the log."""
    while True:
        try:
            await _hear_until_broken()
        except psycopg.OperationalError as error:
            logger.warning("listening for commands broke: %s", error)
            await asyncio.sleep(1)


async def _hear_until_broken() -> None:
    params = connection.get_connection_params()
    known = {
        name: params[name] for name in ("dbname", "user", "password", "host", "port") if params.get(name)
    }
    async with await psycopg.AsyncConnection.connect(autocommit=True, **known) as listener:
        await listener.execute(f"LISTEN {events.NOTIFY_CHANNEL}")
        async for notice in listener.notifies():
            await run_hot(events.replay, int(notice.payload))
