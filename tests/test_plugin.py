"""The house rules of test runs, each tried on a run of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin import NetworkIsOff

ROOT = Path(__file__).resolve().parent.parent


def run(tmp_path: Path, test: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "test_sample.py"
    file.write_text(test)
    # Not as one of several runs that share the work, which this one may be.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    command = [sys.executable, "-m", "pytest", "-p", "tests.plugin", "--rootdir", str(ROOT), "-c"]
    return subprocess.run(
        [*command, str(ROOT / "pyproject.toml"), str(file)],
        cwd=ROOT,
        env={**alone, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


SKIPS = "import pytest\ndef test_one(): pytest.skip('no Redis here')\ndef test_two(): pass\n"


def test_skip_fails_the_run_on_ci_and_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPS, ci="true")
    assert done.returncode == 1
    assert "skips are forbidden on CI" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_skip_elsewhere_prints_its_reason(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPS, ci="")
    assert done.returncode == 0
    assert "no Redis here" in done.stdout


def test_run_without_skips_passes_on_ci(tmp_path: Path) -> None:
    assert run(tmp_path, "def test_two(): pass\n", ci="true").returncode == 0


def test_warning_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "import warnings\ndef test_one(): warnings.warn('old')\n", ci="")
    assert done.returncode == 1


def test_other_machines_cannot_be_reached() -> None:
    with pytest.raises(NetworkIsOff), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


async def test_other_machines_cannot_be_reached_by_coroutines_either() -> None:
    with pytest.raises(NetworkIsOff):
        await asyncio.open_connection("192.0.2.1", 80)


def test_names_are_not_looked_up() -> None:
    with pytest.raises(NetworkIsOff):
        socket.getaddrinfo("example.com", 443)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()
