"""Whole servers that die in mid traffic: nothing acknowledged is lost, nothing is doubled, screens equal the rows.

F3 kill -9 of a web process, F5 an immediate restart of PostgreSQL and a PostgreSQL without a free connection, F9 a
socket cut between frame and ack; and two first messages from two tabs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect

from apps.core.sockets import Close
from tests.adapters import null
from tests.faults.clients import Widget, until
from tests.faults.traffic import SETTINGS, Stage, Traffic, ask_stage
from tests.servers import SHAPES, STOP_WITHIN_SECONDS

pytestmark = pytest.mark.journey

# With the customers above and their operators two hundred sockets are open.
CROWD = 182
BACK_WITHIN_SECONDS = 10
# A single process is cut off with everything it does, and shares two processors with its two hundred clients.
BACK_TO_SINGLE_WITHIN_SECONDS = 20


@pytest.fixture(scope="module", params=list(SHAPES))
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with SHAPES[request.param](SETTINGS) as installed:
        yield Stage(installed, **ask_stage(installed, "build"))


@pytest.fixture(scope="module")
def durable_stage() -> Iterator[Stage]:
    """The cluster shape, its commits durable: the throw-away server's usual ones would be lost with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGOPTIONS", "-c synchronous_commit=on")
        with SHAPES["cluster"](SETTINGS) as installed:
            yield Stage(installed, **ask_stage(installed, "build"))


# --- F3 -------------------------------------------------------------------------------------------------


class Crowd:
    """People who write twice, before the fault and in the middle of it, and wait; each has a socket that heals."""

    def __init__(self, stage: Stage) -> None:
        self.people = [stage.onlooker(1000 + number) for number in range(CROWD)]
        self.run = f"{time.time_ns():x}"
        self.lives: list[asyncio.Task[None]] = []

    def key(self, number: int, place: int) -> str:
        return f"crowd{self.run}-{number:03}-{place}"

    async def gather(self) -> None:
        self.lives = [asyncio.create_task(each.live()) for each in self.people]
        await until(lambda: all(p.connections for p in self.people), seconds=60, what="the crowd is there")
        await self.write(0)
        await until(lambda: all(not p.outbox for p in self.people), seconds=60, what="the crowd has written")

    async def write(self, place: int) -> None:
        for number, each in enumerate(self.people):
            await each.say(f"толпа, слово {place}", self.key(number, place))

    async def go_home(self) -> None:
        try:
            await until(lambda: all(not p.outbox for p in self.people), seconds=60, what="all acknowledged")
        finally:
            for each in self.lives:
                each.cancel()
            await asyncio.gather(*self.lives, return_exceptions=True)

    def check(self, found: dict[str, Any]) -> None:
        """Everything the crowd said is there once, in its order, and on its author's screen."""
        rows = {m["client_id"]: (m["conversation_id"], m["seq"], m["text"]) for m in found["messages"]}
        keys = Counter(m["client_id"] for m in found["messages"])
        for number, each in enumerate(self.people):
            mine = [self.key(number, place) for place in range(2)]
            assert [keys[key] for key in mine] == [1, 1]
            assert each.shown() == [rows[key] for key in mine]


def test_killing_a_web_process_with_two_hundred_sockets_loses_and_doubles_nothing(stage: Stage) -> None:
    """Two hundred sockets are open and writing. In the cluster the half that the other process has is not cut."""
    name = next(iter(stage.installed.ports))
    traffic, crowd = Traffic(stage), Crowd(stage)
    clients = [*crowd.people, *traffic.customers, *traffic.staff]
    assert len(clients) == 200
    alone = len(stage.installed.ports) == 1
    limit = BACK_TO_SINGLE_WITHIN_SECONDS if alone else BACK_WITHIN_SECONDS
    times: list[float] = []

    async def fault() -> None:
        before = {id(each): each.connections for each in clients}
        await asyncio.gather(crowd.write(1), asyncio.to_thread(stage.installed.kill, name))
        await until(
            lambda: any(each.outbox for each in crowd.people), seconds=20, what="cut while they write"
        )
        await asyncio.sleep(1)
        await asyncio.to_thread(stage.installed.start, name)
        back_at = time.monotonic()
        await until(
            lambda: all(each.wire is not None for each in clients),
            seconds=limit,
            what="everybody back",
        )
        cut = [each for each in clients if each.connections > before[id(each)]]
        assert len(cut) >= len(clients) // (4 * len(stage.installed.ports)), "the fault was hardly felt"
        times.append(max(each.connected_at for each in cut) - back_at)

    async def scenario() -> None:
        await crowd.gather()
        try:
            await traffic.flow(fault)
        finally:
            await crowd.go_home()

    asyncio.run(scenario())
    assert times[0] <= limit
    traffic.check()
    crowd.check(stage.look())


# --- a stop that was asked for --------------------------------------------------------------------------


def test_a_server_told_to_stop_sends_everybody_away_with_a_code_that_spreads_their_return(
    stage: Stage,
) -> None:
    """Clients wait under a ceiling of eight seconds after 1012 (docs/protocol.md), of one after a cut."""
    name, port = next(iter(stage.installed.ports.items()))

    async def scenario() -> list[int | None]:
        widgets = [Widget([f"http://127.0.0.1:{port}"], stage.site, seed) for seed in (3, 4)]
        async with widgets[0].opened() as one, widgets[1].opened() as other:
            stage.installed.processes[name].terminate()
            await asyncio.gather(*(asyncio.wait_for(each.wait_closed(), 30) for each in (one, other)))
            return [one.close_code, other.close_code]

    try:
        assert asyncio.run(scenario()) == [1012, 1012]
    finally:
        stage.installed.processes[name].wait(STOP_WITHIN_SECONDS)
        stage.installed.start(name)


# --- the admin and sockets of other processes -----------------------------------------------------------

CHANGE = """
from django.db import transaction
from apps.channels.events import ChannelChanged
from apps.channels.models import Channel
from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.events import announce

with transaction.atomic():
    channel = Channel.objects.get(public_key="{key}")
    channel.text_limit = {limit}
    channel.save()
    announce(ChannelChanged(channel=channel.pk, fields=("text_limit",)), actor=SYSTEM, now=clock.now())
"""
SEEN_WITHIN_SECONDS = 5


class Limited(Widget):
    """A widget that keeps the limit it was told."""

    limit = 0

    async def welcomed(self, frame: dict[str, Any], wire: ClientConnection) -> None:
        await super().welcomed(frame, wire)
        self.limit = frame["limits"]["text"]


def test_a_channel_changed_in_one_process_is_seen_by_its_chats_in_every_other(stage: Stage) -> None:
    limit = 3000 + time.time_ns() % 900
    chats = [Limited([url], stage.site, 7) for url in stage.installed.urls]
    stranger = stage.onlooker(8)

    async def scenario() -> None:
        lives = [asyncio.create_task(each.live()) for each in (*chats, stranger)]
        try:
            await until(
                lambda: all(each.connections for each in (*chats, stranger)), seconds=30, what="the chats"
            )
            change = CHANGE.format(key=stage.site, limit=limit)
            await asyncio.to_thread(stage.installed.manage, "shell", "-c", change)
            await until(
                lambda: all(each.limit == limit for each in chats),
                seconds=SEEN_WITHIN_SECONDS,
                what="the new limit in every chat",
            )
        finally:
            for each in lives:
                each.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    asyncio.run(scenario())
    assert [each.refusals["closed 4013"] for each in chats] == [1] * len(chats)
    assert stranger.connections == 1


# --- F9, two tabs ---------------------------------------------------------------------------------------


async def _stored(stage: Stage, key: str) -> int:
    """How many rows a client id has, once there is one: the frame did reach the server."""
    async with asyncio.timeout(30):
        while True:
            found = await asyncio.to_thread(stage.look)
            if number := [m["client_id"] for m in found["messages"]].count(key):
                return number


def test_a_socket_cut_between_frame_and_ack_twice_leaves_one_bubble(stage: Stage) -> None:
    key = f"cut-{time.time_ns():x}"

    async def scenario() -> list[tuple[int, int, str]]:
        widget = stage.widget(1)
        frame = json.dumps({"type": "send", "text": "один раз", "client_id": key})
        async with widget.opened() as wire:
            await wire.send(frame)
            wire.transport.abort()
        assert await _stored(stage, key) == 1
        async with widget.opened() as wire:
            await wire.send(frame)
            # The server has answered, and the answer gets lost.
            assert await _acked(wire)
            wire.transport.abort()
        assert await _stored(stage, key) == 1
        assert not widget.acknowledged
        life = asyncio.create_task(widget.live())
        await widget.say("один раз", key)
        await until(lambda: key in widget.acknowledged, seconds=20, what="the ack")
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        fresh = stage.widget(2)
        fresh.token = widget.token
        async with fresh.opened():
            return fresh.shown()

    shown = asyncio.run(scenario())
    assert [text for _conversation, _seq, text in shown] == ["один раз"]
    assert [m["client_id"] for m in stage.look()["messages"]].count(key) == 1


@pytest.mark.parametrize("pause", [0.0, 0.2])
def test_two_first_messages_from_two_tabs_open_one_conversation(stage: Stage, pause: float) -> None:
    async def scenario() -> set[int]:
        first = stage.widget(1)
        async with first.opened():
            pass
        second = stage.widget(2)
        second.token = first.token
        urls = stage.installed.urls
        first.urls, second.urls = urls[:1], urls[-1:]
        async with first.opened() as one, second.opened() as two:
            run = f"{time.time_ns():x}"
            await one.send(json.dumps({"type": "send", "text": "раз", "client_id": f"tab1-{run}"}))
            await asyncio.sleep(pause)
            await two.send(json.dumps({"type": "send", "text": "два", "client_id": f"tab2-{run}"}))
            return {await _acked(one), await _acked(two)}

    assert len(asyncio.run(scenario())) == 1


async def _acked(wire: Any) -> int:
    async with asyncio.timeout(30):
        while True:
            frame = json.loads(await wire.recv())
            if frame["type"] == "ack":
                return int(frame["conversation"])


# --- F5 -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def restarted_at_once(url: str) -> Iterator[Callable[[], None]]:
    """A PostgreSQL that can be made to fall (SIGQUIT: immediate, no checkpoint) and come back two seconds later."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    assert row is not None
    folder = Path(row[0])
    server = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    command, started = server.cmdline(), []
    owner = folder.stat()
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}

    def restart() -> None:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        time.sleep(2)
        with open(folder.parent / "log-again", "wb") as log:
            started.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=folder.parent, **account))
        _until_it_answers(url)

    yield restart
    for each in started:
        each.send_signal(signal.SIGINT)
        each.wait(30)


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the database did not come back"
            time.sleep(0.05)


def _when_understood(stage: Stage) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        found = stage.look()
        if all(state != "pending" for _id, state in found["updates"]):
            return found
        assert time.monotonic() < deadline, f"updates are stuck: {Counter(s for _id, s in found['updates'])}"


class Provider:
    """Posts webhooks one after another and repeats each until it is taken, as providers do."""

    def __init__(self, stage: Stage) -> None:
        self.url = f"{stage.installed.urls[0]}/hooks/{stage.hook}/"
        self.run = f"{time.time_ns():x}"[-6:]
        self.statuses: list[int] = []
        self.taken: list[str] = []
        self.over = False

    def post_until_over(self) -> None:
        number = 0
        while not self.over:
            number += 1
            self._post(f"{self.run}-{number}")
            time.sleep(0.1)

    def _post(self, number: str) -> None:
        body = null.request(null.message(number, f"по почте {number}", sender="77"))
        headers = {"Content-Type": "application/json", null.SIGNATURE: null.signature(body)}
        while not self.over:
            request = urllib.request.Request(self.url, data=body, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    self.statuses.append(answer.status)
                    self.taken.append(number)
                    return
            except urllib.error.HTTPError as error:
                self.statuses.append(error.code)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                self.statuses.append(0)
            time.sleep(0.05)


class Taker:
    """Takes every connection that PostgreSQL has, those of the product included, and gives them back."""

    NAME = "otklik-test-taker"
    OTHERS = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND application_name <> %s"
    )

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: list[psycopg.Connection] = []

    def take_all(self) -> None:
        """Until nobody else is connected and nobody else can be."""
        while True:
            self._take_what_is_free()
            row = self.taken[0].execute(self.OTHERS, (self.NAME,)).fetchone()
            assert row is not None
            if row[0] == 0:
                return

    def _take_what_is_free(self) -> None:
        while True:
            try:
                connection = psycopg.connect(self.url, application_name=self.NAME, autocommit=True)
            except psycopg.OperationalError as error:
                if "too many clients" not in str(error):
                    raise
                return
            self.taken.append(connection)

    def give_back(self) -> None:
        for each in self.taken:
            each.close()
        self.taken.clear()


def _asked(url: str) -> tuple[int, str]:
    """The status of an address and the code of its problem document, if it is one."""
    # Whose token it is only the database knows.
    request = urllib.request.Request(url, headers={"Authorization": "Bearer otk_nobody-knows-this-one"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        said = error.read()
        is_problem = error.headers["Content-Type"] == "application/problem+json"
        return error.code, json.loads(said)["code"] if is_problem else ""


async def _refused_hello(widget: Widget) -> int | None:
    """The code with which a socket that says hello now is closed."""
    url = widget.urls[0]
    async with connect(url.replace("http", "ws") + widget.path, origin=url, ping_interval=None) as wire:
        await wire.send(json.dumps(await widget.hello(url)))
        async with asyncio.timeout(30):
            await wire.wait_closed()
        return wire.close_code


def test_a_database_without_a_free_connection_is_told_honestly_and_loses_nothing(
    durable_stage: Stage,
) -> None:
    installed, traffic, provider = durable_stage.installed, Traffic(durable_stage), Provider(durable_stage)
    taker = Taker(installed.env["DATABASE_URL"])
    url = installed.urls[0]
    answers: list[object] = []

    # He writes when nothing is left, whatever the others have said by then.
    onlooker, key = durable_stage.onlooker(901), f"dry-{time.time_ns():x}"

    async def fault() -> None:
        await until(lambda: onlooker.wire is not None, seconds=10, what="the onlooker is there")
        try:
            await asyncio.to_thread(taker.take_all)
            already = len(provider.taken)
            await onlooker.say("база занята", key)
            answers.append(await asyncio.to_thread(_asked, f"{url}/readyz"))
            answers.append(await asyncio.to_thread(_asked, f"{url}/api/v1/queues/"))
            answers.append(await _refused_hello(durable_stage.widget(900)))
            await until(lambda: 503 in provider.statuses, seconds=10, what="a webhook refused")
            await until(lambda: onlooker.refusals["unavailable"], seconds=10, what="a message refused")
            assert len(provider.taken) == already, "a webhook was taken without a row"
        finally:
            taker.give_back()
        await until(lambda: len(provider.taken) > already, seconds=10, what="the first 200 again")
        provider.over = True
        await until(lambda: key in onlooker.acknowledged, seconds=10, what="the onlooker's message")

    async def scenario() -> None:
        posting = asyncio.create_task(asyncio.to_thread(provider.post_until_over))
        life = asyncio.create_task(onlooker.live())
        try:
            await traffic.flow(fault)
        finally:
            provider.over = True
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await posting

    asyncio.run(scenario())
    assert answers == [(503, ""), (503, "unavailable"), Close.RESYNC]
    assert {status for status in provider.statuses if status != 200} == {503}
    traffic.check()
    assert [m["client_id"] for m in durable_stage.look()["messages"]].count(key) == 1
    _check_webhooks(durable_stage, provider)


def _check_webhooks(stage: Stage, provider: Provider) -> None:
    """What a provider was told was taken is understood, and is there once."""
    found = _when_understood(stage)
    assert set(provider.taken) <= {number for number, state in found["updates"] if state == "done"}
    texts = Counter(m["text"] for m in found["messages"])
    assert {texts[f"по почте {number}"] for number in provider.taken} == {1}


def test_an_immediate_restart_of_the_database_loses_nothing_and_answers_providers_with_5xx(
    durable_stage: Stage,
) -> None:
    traffic, provider = Traffic(durable_stage), Provider(durable_stage)
    with restarted_at_once(durable_stage.installed.env["DATABASE_URL"]) as restart:

        async def scenario() -> None:
            posting = asyncio.create_task(asyncio.to_thread(provider.post_until_over))

            async def fault() -> None:
                await asyncio.to_thread(restart)
                back = len(provider.taken)
                await until(lambda: len(provider.taken) > back, seconds=10, what="the first 200 again")
                provider.over = True

            try:
                await traffic.flow(fault)
            finally:
                provider.over = True
                await posting

        asyncio.run(scenario())
        traffic.check()
        refused = [status for status in provider.statuses if status != 200]
        assert refused, "the fault was not felt"
        assert set(refused) <= {503}, Counter(provider.statuses)
        _check_webhooks(durable_stage, provider)
