"""Hot SQL beside the event loop, in threads of our own.

``database_sync_to_async`` runs every call of a process outside a request on one thread, so each commit holds
up all others. These few threads keep one persistent connection each.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")
CLOSING_SECONDS = 5


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.HOT_THREADS, thread_name_prefix="hot")


async def run_hot(call: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    """Run ``call`` in a hot thread. A connection that turns out broken is closed, so that the next call opens one."""
    if settings.HOT_INLINE:
        return await sync_to_async(call, thread_sensitive=True)(*args, **options)
    context, language = contextvars.copy_context(), translation.get_language()
    return await asyncio.get_running_loop().run_in_executor(
        _pool(), context.run, _guarded, language, partial(call, *args, **options)
    )


def _guarded(language: str | None, call: Callable[[], R]) -> R:
    """In the reader's language: what asgiref keeps in a context is not seen by a thread that is not its own."""
    try:
        with translation.override(language):
            return call()
    except (OperationalError, InterfaceError):
        connections["default"].close()
        raise


def _close_this_thread(together: threading.Barrier) -> None:
    connections.close_all()
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(CLOSING_SECONDS)


def close_hot_threads() -> None:
    """Wait for running calls and close the threads' connections; called at shutdown."""
    pool = _pool()
    # Without the barrier one quick thread would take several of the calls and others none.
    together = threading.Barrier(settings.HOT_THREADS)
    for _ in range(settings.HOT_THREADS):
        pool.submit(_close_this_thread, together)
    pool.shutdown(wait=True)
    _pool.cache_clear()
