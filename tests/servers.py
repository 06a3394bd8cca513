"""Whole servers for journeys: PostgreSQL, Redis, and the product in both of its shapes, on free ports."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from apps.core import embedded

SETTINGS = "config.settings.local"
ROOT = Path(__file__).resolve().parent.parent
LANES = "inbound,poll,outbound,routing,default,reports"
# Generous: machines that run tests are often busy with other things as well.
START_WITHIN_SECONDS = 120
STOP_WITHIN_SECONDS = 60
# Debian's oldest supported release first: what works there works on the newer ones.
POSTGRES_VERSIONS = ("15", "16", "17", "18")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- PostgreSQL and Redis -----------------------------------------------------------------------------


def packaged_postgres() -> Path | None:
    """The folder of a packaged PostgreSQL's programs, None without one."""
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in POSTGRES_VERSIONS]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A throw-away PostgreSQL, the packaged one where there is one. Yields a DATABASE_URL."""
    programs = packaged_postgres()
    if programs is None:
        with embedded.throw_away() as server:
            yield server.url()
        return
    folder = Path(tempfile.mkdtemp(prefix="otklik-pg-"))
    try:
        with _packaged(programs, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _packaged(programs: Path, folder: Path) -> Iterator[str]:
    identity: dict[str, object] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data, port = folder / "data", free_port()
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C.UTF-8", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **identity)
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-p", str(port)]
    # Without compiling plans, as docs/install.md asks for.
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "jit=off"]
    for name, value in embedded.THROW_AWAY_SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **identity)
    try:
        _create_database(f"postgres://postgres@127.0.0.1:{port}/postgres")
        yield f"postgres://postgres@127.0.0.1:{port}/otklik"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(STOP_WITHIN_SECONDS)


def _create_database(url: str) -> None:
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE otklik")
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A throw-away Redis. Yields a REDIS_URL; skips the test where there is no redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server here (install the package redis-server)")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir()) as server:
        try:
            _wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


# --- The product ------------------------------------------------------------------------------------


@dataclass
class Installation:
    """One running product: its web addresses, and its processes by name, which a test may kill and start."""

    folder: Path
    env: dict[str, str]
    commands: dict[str, list[str]]
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def urls(self) -> list[str]:
        """The web processes' addresses, http://127.0.0.1:port each."""
        return [f"http://127.0.0.1:{port}" for port in self.ports.values()]

    def manage(self, *arguments: str) -> str:
        """Run a management command on this installation; its output. Raises with the output when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}"
        return done.stdout

    def start(self, name: str) -> None:
        """Start one of the processes and, when it is a web process, wait until it answers."""
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        if name in self.ports:
            self._wait_until_it_answers(name)

    def kill(self, name: str) -> None:
        """kill -9: no farewell to anybody."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _wait_until_it_answers(self, name: str) -> None:
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while not _answers(f"http://127.0.0.1:{self.ports[name]}/readyz"):
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{name} did not start:\n{self.log(name)[-5000:]}")
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextlib.contextmanager
def single_process(settings: str = SETTINGS) -> Iterator[Installation]:
    """The single-process shape over its own embedded PostgreSQL."""
    with _installation({}, settings) as installed:
        port = free_port()
        installed.commands["web"] = _python("manage.py", "serve", "--port", str(port))
        installed.ports["web"] = port
        installed.start("web")
        yield installed


@contextlib.contextmanager
def cluster(settings: str = SETTINGS) -> Iterator[Installation]:
    """The cluster shape: two web processes, a worker for all lanes, beat, PostgreSQL and Redis."""
    with (
        redis() as redis_url,
        postgres() as database_url,
        _installation({"DATABASE_URL": database_url, "REDIS_URL": redis_url}, settings) as installed,
    ):
        celery = ["-m", "celery", "-A", "config"]
        installed.commands["worker"] = _python(*celery, "worker", "-P", "threads", "-c", "8", "-Q", LANES)
        installed.commands["beat"] = _python(*celery, "beat")
        for name in ("web-1", "web-2"):
            installed.ports[name] = free_port()
            installed.commands[name] = _python(*_uvicorn(installed.ports[name]))
        for name in installed.commands:
            installed.start(name)
        yield installed


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _uvicorn(port: int) -> Sequence[str]:
    return (
        *("-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port)),
        *("--loop", "uvloop", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
        *("--no-proxy-headers", "--no-access-log", "--timeout-graceful-shutdown", "5"),
    )


@contextlib.contextmanager
def _installation(shape: dict[str, str], settings: str) -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="otklik-run-"))
    folder.chmod(0o711)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "OTKLIK_VAR"}
    }
    env = {**inherited, **shape, "OTKLIK_VAR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}
    env["DJANGO_SETTINGS_MODULE"] = settings
    installed = Installation(folder=folder, env=env, commands={}, ports={})
    try:
        installed.manage("prepare")
        yield installed
    finally:
        installed.stop()
        embedded.EmbeddedPostgres(folder / "var").stop_unused()
        embedded.remove(folder / "var")
        shutil.rmtree(folder, ignore_errors=True)


SHAPES = {"single": single_process, "cluster": cluster}


@pytest.fixture(scope="module", params=list(SHAPES))
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """The product running, once in each shape. Tests share it: they make people and lines of their own."""
    with SHAPES[request.param]() as installed:
        yield installed
