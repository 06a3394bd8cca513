"""Doing things at the same moment, on connections of their own: in threads, and in processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent.parent
WITHIN_SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; what each returned, or the exception it raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(WITHIN_SECONDS)
            results[place] = call()
        except Exception as error:  # noqa: BLE001 - the exception is the result
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    return results


def processes(number: int, task: str, **arguments: Any) -> list[Any]:
    """Run ``tests.races.tasks.<task>`` in so many processes that start together; what each returned."""
    with crew(number, task, **arguments) as running:
        return [_result(process) for process in running]


@contextmanager
def crew(number: int, task: str, **arguments: Any) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that have begun ``task`` at the same moment; read or kill them."""
    running = [_start(task, {**arguments, "worker": worker}) for worker in range(number)]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "a process did not come up"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _start(task: str, arguments: dict[str, Any]) -> subprocess.Popen[str]:
    settings = connection.settings_dict
    database = {name: settings[name] for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.races.settings",
        "OTKLIK_RACE_DATABASE": json.dumps(database),
        "OTKLIK_RACE_TASK": json.dumps([task, arguments]),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.races.worker"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _result(process: subprocess.Popen[str]) -> Any:
    said, _nothing = process.communicate(timeout=WITHIN_SECONDS)
    assert process.returncode == 0, "a process of the race failed; its words are above"
    return json.loads(said)
