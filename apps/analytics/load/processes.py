"""The CPU time of a server's processes on this machine, found by port, by data folder and by environment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection

LOCAL = {"127.0.0.1", "localhost", "::1"}


def server_pids(urls: Iterable[str]) -> set[int]:
    """Roots of the process trees that serve: web, PostgreSQL, Redis and Celery. Only what runs on this machine."""
    found = {_listener(urlsplit(url).hostname, _port(url)) for url in urls}
    where = connection.get_connection_params()
    found.add(_postmaster(str(where.get("host") or "localhost"), int(where.get("port") or 5432)))
    if settings.REDIS_URL:
        parts = urlsplit(settings.REDIS_URL)
        found.add(_listener(parts.hostname, parts.port or 6379))
        found |= _workers()
    return {pid for pid in found if pid is not None}


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _listener(host: str | None, port: int) -> int | None:
    if host not in LOCAL:
        return None
    with contextlib.suppress(psutil.AccessDenied, OSError):
        listening = [
            each.pid
            for each in psutil.net_connections("tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid
        ]
        return min(listening, default=None)
    return None


def _postmaster(host: str, port: int) -> int | None:
    """The server behind a port, or behind a Unix socket: its lock file begins with the server's pid."""
    if not host.startswith("/"):
        return _listener(host, port)
    with contextlib.suppress(OSError, ValueError):
        return int(Path(host, f".s.PGSQL.{port}.lock").read_text().split()[0])
    return None


def _workers() -> set[int]:
    """Celery's workers and beat that live on the same Redis as this command."""
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if "celery" in words and process.environ().get("REDIS_URL") == settings.REDIS_URL:
                found.add(process.pid)
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time that these process trees have used so far, ended children included."""
    total = 0.0
    for process in _trees(roots):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def resident_bytes(roots: Iterable[int]) -> int:
    """Memory that these process trees hold for themselves alone (unique set size)."""
    total = 0
    for process in _trees(roots):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += process.memory_full_info().uss
    return total


def _trees(roots: Iterable[int]) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for pid in roots:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found |= {root, *root.children(recursive=True)}
    return found
