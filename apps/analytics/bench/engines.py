"""PostgreSQL, Redis and web processes for a bench, on free ports, stopped at its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from apps.core import embedded

START_SECONDS = 60
STOP_SECONDS = 20


class CannotMeasure(RuntimeError):
    """Something the bench needs is not there; the text says what."""


@dataclass
class Engines:
    """Where the databases are, and the processes whose CPU counts."""

    database_url: str
    redis_url: str
    pids: set[int] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """What a web process beside these engines is told."""
        return {**os.environ, "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextlib.contextmanager
def engines() -> Iterator[Engines]:
    """A durable PostgreSQL and a Redis of the bench's own."""
    with embedded.throw_away(durable=True) as server, _redis() as (redis_url, redis_pid):
        postmaster = server.postmaster()
        pids = {redis_pid, *([postmaster.pid] if postmaster else [])}
        yield Engines(server.url(), redis_url, pids)


@contextlib.contextmanager
def _redis() -> Iterator[tuple[str, int]]:
    program = shutil.which("redis-server")
    if program is None:
        raise CannotMeasure("There is no redis-server here. Debian, Ubuntu: apt install redis-server.")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    folder = tempfile.gettempdir()
    with running("redis", command, port=port, environment=dict(os.environ), folder=Path(folder)) as process:
        yield f"redis://127.0.0.1:{port}/0", process.pid


@contextlib.contextmanager
def web(application: str, environment: Mapping[str, str], *, processes: int) -> Iterator[dict[int, int]]:
    """Web processes as docs/install.md starts them; yields port -> pid."""
    with contextlib.ExitStack() as stack:
        found = {}
        for _number in range(processes):
            port = free_port()
            command = [sys.executable, *uvicorn_words(application, port)]
            place = Path(settings.BASE_DIR)
            process = running("web", command, port=port, environment=environment, folder=place)
            found[port] = stack.enter_context(process).pid
        yield found


def uvicorn_words(application: str, port: int) -> tuple[str, ...]:
    """How uvicorn is started; the same words as in docs/install.md."""
    return (
        *("-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"),
        *("--ws-per-message-deflate", "false", "--no-proxy-headers", "--no-access-log"),
        *("--log-level", "warning", "--timeout-graceful-shutdown", "2"),
    )


@contextlib.contextmanager
def running(
    name: str, command: list[str], *, port: int, environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on a port; raises CannotMeasure with its words when it does not."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=dict(environment))  # noqa: S603 - our own
        try:
            _wait(name, process, port, log)
            yield process
        finally:
            _stop(process)


def _wait(name: str, process: subprocess.Popen[bytes], port: int, log: object) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    log.seek(0)  # type: ignore[attr-defined]  # a temporary file
    words = log.read().decode(errors="replace")[-3000:]  # type: ignore[attr-defined]  # as above
    raise CannotMeasure(f"{name} did not start:\n{words}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
