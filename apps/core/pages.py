"""Pages and REST on a few lasting threads, each with its own database connection.

Django under ASGI gives every request a thread of its own, and with it a new connection: 10 to 15 CPU-ms, and as many
connections at once as requests. A crowd that comes back would ask PostgreSQL for more than it has.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections


class PageThreads:
    """An ASGI application whose synchronous code runs on one of ``number`` threads, the least busy for each request.

    Only synchronous code occupies a thread: a slow upload or download waits on the event loop and blocks nobody.
    """

    def __init__(self, application: Any, *, number: int) -> None:
        self._application = application
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix=f"page-{place}") for place in range(number)]
        self._busy = [0] * number

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        place = self._busy.index(min(self._busy))
        self._busy[place] += 1
        try:
            async with ThreadSensitiveContext(executor=self._threads[place]):
                await self._application(scope, receive, send)
        finally:
            self._busy[place] -= 1

    def close(self) -> None:
        """Close the threads' connections and end them; called at shutdown."""
        for thread in self._threads:
            thread.submit(connections.close_all)
            thread.shutdown(wait=True)
