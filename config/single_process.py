"""The single-process shape: web, sockets, Celery worker and beat in one process, over a broker in memory.

The broker forgets everything when the process ends, and a socket here does not see a second process; so there
is exactly one such process for a database, held by an advisory lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import uvicorn
from celery import Celery
from celery.app import trace
from celery.beat import Service
from celery.worker import WorkController
from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper

logger = logging.getLogger(__name__)

WORKER_THREADS = 6
# Any number that nothing else in this database locks: "otklik" in ASCII.
LOCK_KEY = 0x6F746B6C696B
# A process killed a moment ago may still hold the lock until PostgreSQL sees its socket closed.
LOCK_PATIENCE_SECONDS = 2
BEAT_STEP_SECONDS = 1
STOP_WITHIN_SECONDS = 20


class CannotServe(RuntimeError):
    """Serving is refused; the text says why and what to do."""


# --- The port -------------------------------------------------------------------------------------


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything slow begins. Raises CannotServe when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotServe(_why_no_port(host, port, error)) from error
    return listener


def _why_no_port(host: str, port: int, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"Cannot listen on {host}, port {port}: {error.strerror}."
    return (
        f"Port {port} is taken{_holder_of(port)}. If that is Otklik, it already runs at "
        f"http://localhost:{port}/. Otherwise choose another port: make demo PORT={port + 1}."
    )


def _holder_of(port: int) -> str:
    """ " by NAME (process N)" when the system lets us know, else nothing."""
    with contextlib.suppress(psutil.Error, OSError):
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
                return f" by {psutil.Process(found.pid).name()} (process {found.pid})"
    return ""


# --- Only one -------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one(port: int) -> Iterator[None]:
    """Hold the database's lock for the single process. Raises CannotServe when another one has it."""
    connection = connections.create_connection("default")
    try:
        with connection.cursor() as cursor:
            name = f"otklik {os.getpid()} port {port}"
            cursor.execute("SELECT set_config('application_name', %s, false)", [name])
            deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
            while not _try_lock(cursor):
                if time.monotonic() > deadline:
                    raise CannotServe(_who_serves(cursor))
                time.sleep(0.1)
        yield
    finally:
        connection.close()


def _try_lock(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
    return bool(cursor.fetchone()[0])


def _who_serves(cursor: CursorWrapper) -> str:
    cursor.execute(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
        "AND (l.classid::bigint << 32 | l.objid::bigint) = %s",
        [LOCK_KEY],
    )
    row = cursor.fetchone()
    who = f" ({row[0].replace('otklik', 'process', 1)})" if row else ""
    return (
        f"Otklik already serves this database{who}. Two single processes would not see each other's sockets: "
        "stop that one first, or set REDIS_URL and run the cluster shape (docs/install.md)."
    )


# --- Celery inside ----------------------------------------------------------------------------------


class Background:
    """The Celery worker and beat, each in a thread of its own.

    `on_failure` is called when the worker ends without having been told to: web without a worker
    would take messages that nobody routes.
    """

    def __init__(self, app: Celery, *, on_failure: Callable[[], None]) -> None:
        self._app = app
        self._on_failure = on_failure
        self._stopping = False
        self._worker_listens = threading.Event()
        self._hostname = f"single@{socket.gethostname()}"
        self._beat = Service(app, max_interval=BEAT_STEP_SECONDS, scheduler_cls=app.conf.beat_scheduler)
        self._threads = [
            threading.Thread(target=self._work, name="celery-worker"),
            threading.Thread(target=self._beat.start, name="celery-beat", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running tasks end; those still waiting are found again from their tables at the next start."""
        self._stopping = True
        self._beat.stop()
        self._worker_listens.wait(STOP_WITHIN_SECONDS)
        # Wakes the worker; told by a flag it would first wait out two reads of the broker, 2 s each.
        self._app.control.shutdown(destination=[self._hostname])
        for thread in self._threads:
            thread.join(STOP_WITHIN_SECONDS)
            if thread.is_alive():
                logger.error("%s did not stop within %s s", thread.name, STOP_WITHIN_SECONDS)

    def _work(self) -> None:
        """The worker is also made here: Django refuses its database calls inside the event loop's thread."""
        try:
            # What the command line's worker does before it starts; without it a task is received and never run.
            trace.setup_worker_optimizations(self._app, self._hostname)
            worker = WorkController(
                app=self._app,
                pool="threads",
                concurrency=WORKER_THREADS,
                queues=settings.LANES,
                hostname=self._hostname,
                loglevel="WARNING",
                ready_callback=lambda _consumer: self._worker_listens.set(),
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
            )
            worker.start()
        finally:
            self._worker_listens.set()
            connections.close_all()
            if not self._stopping:
                logger.critical("The Celery worker ended by itself; stopping")
                self._on_failure()


# --- The server -------------------------------------------------------------------------------------


class SingleProcessServer(uvicorn.Server):
    """uvicorn that brings the worker up after the application and takes it down before.

    Tasks hand frames to sockets through the event loop, so it has to outlive them.
    """

    def __init__(self, config: uvicorn.Config, *, app: Celery, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._background = Background(app, on_failure=self._give_up)
        self._on_ready = on_ready
        self.failed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._background.start()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._background.stop)
        await super().shutdown(sockets)

    def _give_up(self) -> None:
        self.failed = True
        self.should_exit = True


def serve(listener: socket.socket, *, app: Celery, on_ready: Callable[[], None]) -> None:
    """Serve until a signal asks to stop. Raises CannotServe when another process serves this database."""
    server = SingleProcessServer(_server_config(), app=app, on_ready=on_ready)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, server.handle_exit)  # the terminal was closed; uvicorn knows the others
    with listener, only_one(listener.getsockname()[1]), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if server.failed:
        raise CannotServe("The Celery worker failed; its words are above.")


def _server_config() -> uvicorn.Config:
    return uvicorn.Config(
        settings.ASGI_APPLICATION.replace(".application", ":application"),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        # Compression costs 35 KiB a socket and half the CPU of a fan-out again.
        ws_per_message_deflate=False,
        # The application reads forwarded headers itself, from TRUSTED_PROXIES only.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
