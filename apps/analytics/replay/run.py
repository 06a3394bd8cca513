"""One replay: dialogues are played by customers and operators at once, then the checker compares."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from apps.analytics.replay import customer
from apps.analytics.replay.chaos import Calm, Chaos
from apps.analytics.replay.checker import Story
from apps.analytics.replay.client import FrameError, Where
from apps.analytics.replay.dialogues import Dialogue, Turn, staged
from apps.analytics.replay.journal import Journal
from apps.analytics.replay.operator import Desk, OperatorClient, Part
from apps.analytics.replay.scene import Stage
from apps.analytics.replay.screen import NeverCame

# A person sees the other side's words after this at the latest, cuts and reconnections included.
PATIENCE = 90.0
RATED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play, how fast, and where."""

    dialogues: Sequence[Dialogue]
    concurrency: int
    speed: float
    seed: int
    mix: dict[str, float]
    urls: Sequence[str]
    chaos: bool = False
    patience: float = PATIENCE


@dataclass
class Played:
    """What came of it."""

    stories: list[Story]
    seconds: float
    cuts: dict[str, int]
    row_latencies: list[float]
    connections: int
    seen_latencies: list[float] = field(default_factory=list)


class Performance:
    """Plays a plan on a stage. Made and used inside one event loop."""

    def __init__(
        self, plan: Plan, stage: Stage, *, on_end: Callable[[int], None] = lambda done: None
    ) -> None:
        self.plan = plan
        self.stage = stage
        self.on_end = on_end
        self.dice = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        self.chaos = Chaos(plan.seed) if plan.chaos else Calm()
        self.run = f"replay{int(time.time()):x}{plan.seed % 4096:03x}"
        self.parts: dict[str, Part] = {}
        self.stories: list[Story] = []
        self._done = 0

    async def play(self) -> Played:
        """Play every dialogue, at most ``concurrency`` at once."""
        began = time.monotonic()
        desks = [self._operator(desk) for desk in self.stage.desks]
        for desk in desks:
            desk.start()
        try:
            await self._play_all()
            await self._until_operators_are_done(desks)
        finally:
            await asyncio.gather(*(desk.stop() for desk in desks))
        return self._played(time.monotonic() - began, desks)

    async def _play_all(self) -> None:
        places = asyncio.Semaphore(self.plan.concurrency)
        numbered = list(enumerate(self.plan.dialogues))
        casts = self.cast(len(numbered))

        async def one(number: int, dialogue: Dialogue) -> None:
            async with places:
                await self._play_one(number, dialogue, casts[number])
            self._done += 1
            self.on_end(self._done)

        await asyncio.gather(*(one(number, dialogue) for number, dialogue in numbered))

    def cast(self, number: int) -> list[str]:
        """Which part of the mix plays each dialogue; parts without a channel here give theirs to the others."""
        parts = [part for part in self.plan.mix if part in self.stage.keys and self.plan.mix[part] > 0]
        return self.dice.choices(parts, [self.plan.mix[part] for part in parts], k=number)

    async def _play_one(self, number: int, dialogue: Dialogue, part: str) -> None:
        turns = staged(dialogue, f"{self.run}-{number:05d}", speed=self.plan.speed)
        story = self._story(number, turns)
        client = self._customer(number, part, dialogue, story.customer)
        score = self.dice.randint(3, 5) if self.dice.random() < RATED_SHARE else None
        try:
            await customer.play(client, turns, patience=self.plan.patience, score=score)
        except (NeverCame, FrameError) as reason:
            story.customer.problem = f"the customer waited in vain: {reason}"
        if client.stopped is not None:
            story.customer.problem = f"the customer's socket was refused: {client.stopped}"

    def _story(self, number: int, turns: list[Turn]) -> Story:
        name = f"{self.run}-{number:05d}"
        story = Story(name, turns, Journal(), Journal())
        self.stories.append(story)
        self.parts[name] = Part(turns, story.operator)
        return story

    def _customer(
        self, number: int, part: str, dialogue: Dialogue, journal: Journal
    ) -> customer.CustomerClient:
        key, kind = self.stage.keys[part]
        url = self._address()
        where = Where(
            address=lambda: socket_address(self._address(), "/ws/customer/"),
            # The widget's frame is a page of ours; an app names no origin.
            is_page=kind == "web",
            local_address=loopback_address(number) if _is_loopback(url) else None,
        )
        return customer.CustomerClient(
            where, self.chaos, key=key, language=dialogue.language, journal=journal
        )

    def _operator(self, desk: Desk) -> OperatorClient:
        where = Where(address=lambda: socket_address(self._address(), "/ws/operator/"))
        return OperatorClient(
            where,
            self.chaos,
            desk=desk,
            web=self._address,
            part_of=self.parts.get,
            patience=self.plan.patience,
        )

    def _address(self) -> str:
        return self.dice.choice(list(self.plan.urls))

    async def _until_operators_are_done(self, desks: Sequence[OperatorClient]) -> None:
        serving = [task for desk in desks for task in desk.busy.values()]
        if serving:
            await asyncio.wait(serving, timeout=self.plan.patience)

    def _played(self, seconds: float, desks: Sequence[OperatorClient]) -> Played:
        rows: dict[int, float] = {}
        for desk in desks:
            for number, moment in desk.row_at.items():
                rows[number] = min(moment, rows.get(number, moment))
        customers = sum(story.customer.connections for story in self.stories)
        return Played(
            stories=self.stories,
            seconds=seconds,
            cuts=dict(self.chaos.fired),
            row_latencies=list(_row_latencies(self.stories, rows)),
            connections=customers + sum(desk.connections for desk in desks),
            seen_latencies=list(itertools.chain.from_iterable(map(_latencies, self.stories))),
        )


def _row_latencies(stories: Sequence[Story], rows: dict[int, float]) -> list[float]:
    """From a customer's first words to the row on an operator's list."""
    found = []
    for story in stories:
        moment = rows.get(story.customer.conversation or 0)
        written = story.customer.written_at.get(story.turns[0].client_id)
        if moment is not None and written is not None:
            found.append(max(0.0, moment - written))
    return found


def _latencies(story: Story) -> list[float]:
    """From writing to the other side's screen. The first words wait for somebody to accept: they do not count."""
    found = []
    for turn in story.turns[1:]:
        theirs, other = (
            (story.customer, story.operator) if turn.who == "customer" else (story.operator, story.customer)
        )
        if turn.client_id in theirs.written_at and turn.client_id in other.seen_at:
            found.append(other.seen_at[turn.client_id] - theirs.written_at[turn.client_id])
    return found


def socket_address(url: str, path: str) -> str:
    """The socket of a web address."""
    return "ws" + url.removeprefix("http").rstrip("/") + path


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def loopback_address(number: int) -> str:
    """An address of this machine of his own for each customer, since limits count by address."""
    return str(ipaddress.ip_address("127.1.0.1") + number % 60_000)
