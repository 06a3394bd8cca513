"""What every test run of this project needs: a database, no network, honest skips."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection, connections

from apps.core import embedded

CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


# --- The database -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Without a DATABASE_URL a throw-away embedded PostgreSQL starts before the first test that needs one."""
    if not settings.EMBEDDED_DATABASE:
        yield
        return
    with embedded.EmbeddedPostgres(settings.VAR_DIR, durable=False):
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """At the end threads that outlive their tests are hung up on: their database could not be dropped otherwise."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def sweep_dead_runs() -> None:
    """Runs that were killed leave a server and its files; their number is free again, so nobody uses them."""
    for folder in Path(tempfile.gettempdir()).glob("otklik-test-*"):
        number = re.fullmatch(r"otklik-test-(\d+)", folder.name)
        if number and not psutil.pid_exists(int(number[1])) and folder.stat().st_uid == os.geteuid():
            embedded.EmbeddedPostgres(folder).stop_unused()
            embedded.remove(folder)


# --- No network -------------------------------------------------------------------------------------


class NetworkIsOff(RuntimeError):
    """A test tried to reach another machine."""


def keep_local(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook of the interpreter: sees every connection that Python code makes."""
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(address[0]):
            raise NetworkIsOff(f"Tests must not connect to {address}")
    elif event == "socket.getaddrinfo" and not _needs_no_resolver(arguments[0]):
        raise NetworkIsOff(f"Tests must not look up {arguments[0]!r}")


def _is_local(host: str | bytes) -> bool:
    try:
        return ipaddress.ip_address(_text(host)).is_loopback
    except ValueError:
        return _needs_no_resolver(host)


def _needs_no_resolver(host: str | bytes | None) -> bool:
    name = _text(host or "localhost")
    if name in {"localhost", socket.gethostname()}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


# --- The browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium. It has no sandbox for root."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (install the package chromium)")
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox"] if os.geteuid() == 0 else [],
    }


# --- The run ----------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(keep_local)
    if CONTROLLER:
        sweep_dead_runs()


def pytest_unconfigure(config: pytest.Config) -> None:
    if settings.VAR_DIR.name == f"otklik-test-{os.getpid()}":
        embedded.remove(settings.VAR_DIR)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps its event loop in the tests' thread until the session ends."""
    browser = Path(__file__).parent / "browser"
    items.sort(key=lambda item: item.path.is_relative_to(browser))


def _forbidden_skips(config: pytest.Config) -> list[Any]:
    """The skipped tests, where a skip means that CI did not install something."""
    if os.environ.get("CI", "").lower() not in {"1", "true"}:
        return []
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if CONTROLLER and session.exitstatus == pytest.ExitCode.OK and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if skips := _forbidden_skips(config):
        terminalreporter.section("skips are forbidden on CI", red=True, bold=True)
        for report in skips:
            terminalreporter.write_line(report.nodeid)
