"""F4: Redis is emptied, or dies and comes back empty, while everybody writes. It is never the truth.

What is acknowledged is there once and on every screen, and what a lost task should have done is done by a sweep.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psutil
import pytest
import redis

from tests.faults.traffic import SETTINGS, Stage, Traffic, ask_stage
from tests.servers import SHAPES

pytestmark = pytest.mark.journey

WELL_WITHIN_SECONDS = 15
AWAY_SECONDS = 2


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The cluster; its common line gives by itself, so that routing hangs on tasks as well."""
    with SHAPES["cluster"](SETTINGS) as installed:
        built = ask_stage(installed, "build")
        ask_stage(installed, "offer")
        yield Stage(installed, **built)


class Redis:
    """The installation's Redis, which can be emptied, and killed and started again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.again: list[subprocess.Popen[bytes]] = []

    def empty(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            assert client.dbsize() > 0, "there must be something to lose"
            client.flushall()

    def restart(self) -> None:
        server = self._process()
        command = [
            "redis-server",
            "--port",
            str(urlsplit(self.url).port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
        ]
        server.kill()
        server.wait(10)
        # That it is away is what is tested.
        time.sleep(AWAY_SECONDS)
        self.again.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        self._until_it_answers()

    def stop(self) -> None:
        for each in self.again:
            each.terminate()
            each.wait(10)

    def _process(self) -> psutil.Process:
        with redis.Redis.from_url(self.url) as client:
            return psutil.Process(client.info("server")["process_id"])

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("Redis did not come back")


def _flows_on(stage: Stage, fault: Callable[[], None]) -> None:
    """Traffic goes on through the fault, all of it comes to its end, and nothing is stuck a while after."""
    traffic = Traffic(stage, customers=8, messages=6)
    moments: list[float] = []

    async def break_it() -> None:
        await asyncio.to_thread(fault)
        moments.append(time.monotonic())

    asyncio.run(traffic.flow(break_it))
    traffic.check()
    while stuck := ask_stage(stage.installed, "stuck")["found"]:
        assert time.monotonic() - moments[0] < WELL_WITHIN_SECONDS, stuck


def test_emptying_redis_in_mid_traffic_loses_doubles_and_holds_up_nothing(stage: Stage) -> None:
    _flows_on(stage, Redis(stage.installed.env["REDIS_URL"]).empty)


def test_a_redis_that_dies_and_comes_back_empty_loses_doubles_and_holds_up_nothing(stage: Stage) -> None:
    server = Redis(stage.installed.env["REDIS_URL"])
    try:
        _flows_on(stage, server.restart)
        assert "Connection to broker lost" in stage.installed.log("worker"), "the fault was not felt"
    finally:
        server.stop()
