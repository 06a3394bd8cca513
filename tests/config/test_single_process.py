"""The single process: refuses plainly, stops cleanly, and is none the worse for a kill -9."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from apps.core import embedded
from config.single_process import CannotServe, listen
from tests.servers import ROOT, STOP_WITHIN_SECONDS, Installation, free_port, single_process

pytestmark = pytest.mark.journey


# --- The port -------------------------------------------------------------------------------------


def test_taken_port_is_told_with_its_holder_and_another_choice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(CannotServe) as refused:
            listen("127.0.0.1", port)
    assert f"Port {port} is taken by {psutil.Process().name()} (process " in str(refused.value)
    assert f"PORT={port + 1}" in str(refused.value)


def test_port_of_a_process_that_just_ended_is_free() -> None:
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port))
    first.accept()[0].close()
    first.close()
    client.close()
    listen("127.0.0.1", port).close()


def test_address_that_is_not_of_this_machine_is_told() -> None:
    with pytest.raises(CannotServe, match=r"Cannot listen on 192\.0\.2\.1, port \d+: "):
        listen("192.0.2.1", free_port())


# --- One process ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    with single_process() as installed:
        yield installed


def serve(installed: Installation, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=installed.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_ready(installed: Installation) -> bool:
    with urllib.request.urlopen(f"{installed.urls[0]}/readyz", timeout=5) as answer:
        return bool(json.load(answer)["ready"])


def database_of(installed: Installation) -> embedded.EmbeddedPostgres:
    return embedded.EmbeddedPostgres(installed.folder / "var")


def test_second_single_process_refuses_and_names_the_first(running: Installation) -> None:
    refused = serve(running, free_port())
    assert refused.returncode == 1
    first = f"(process {running.processes['web'].pid} port {running.ports['web']})"
    assert f"Otklik already serves this database {first}" in refused.stderr
    assert is_ready(running)


def test_taken_port_stops_the_start_before_anything_else(running: Installation) -> None:
    refused = serve(running, running.ports["web"])
    assert refused.returncode == 1
    assert f"Port {running.ports['web']} is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_command_beside_the_server_leaves_its_database_running(running: Installation) -> None:
    running.manage("showmigrations", "core")
    assert is_ready(running)


def test_kill_of_the_server_does_not_hinder_the_next_start(running: Installation) -> None:
    running.kill("web")
    running.start("web")
    assert is_ready(running)


def test_kill_of_server_and_database_does_not_hinder_the_next_start(running: Installation) -> None:
    database = database_of(running).postmaster()
    assert database is not None
    family = [psutil.Process(database.pid), *psutil.Process(database.pid).children()]
    running.kill("web")
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # a backend of the killed web process
            process.kill()
    psutil.wait_procs(family, timeout=10)
    running.start("web")
    assert is_ready(running)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_web_worker_and_database(running: Installation, number: signal.Signals) -> None:
    web = running.processes["web"]
    web.send_signal(number)
    web.wait(STOP_WITHIN_SECONDS)
    assert database_of(running).postmaster() is None
    assert "Traceback" not in running.log("web")
    running.start("web")
