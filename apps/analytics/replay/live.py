"""Traffic that never ends, for a demo: its own channels and operators at work, some customers left for who tries it.

Robot operators look before they take: a conversation that no robot customer began, or one meant for a person, they
leave in the line.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from apps.analytics.replay import customer
from apps.analytics.replay.chaos import Calm
from apps.analytics.replay.client import FrameError, Where
from apps.analytics.replay.dialogues import Dialogue, Turn, staged
from apps.analytics.replay.guests import Guest
from apps.analytics.replay.journal import Journal
from apps.analytics.replay.operator import OperatorClient, Part
from apps.analytics.replay.run import loopback_address, socket_address
from apps.analytics.replay.scene import Stage
from apps.analytics.replay.screen import NeverCame

LEFT_FOR_A_PERSON = 0.3
LEFT_AT_ONCE = 5
# How long a customer waits for a person before he gives up and leaves the page.
LEFT_SECONDS = 15 * 60
PAUSE_SECONDS = (4.0, 15.0)
PATIENCE = 300.0


@dataclass
class Live:
    """Plays dialogues at random until it is cancelled."""

    stage: Stage
    dialogues: Sequence[Dialogue]
    url: str
    speed: float
    concurrency: int

    def __post_init__(self) -> None:
        self.dice = random.Random()  # noqa: S311 - liveliness, not secrets
        self.parts: dict[str, Part] = {}
        self._number = 0
        self._left: set[asyncio.Task[None]] = set()

    async def play(self) -> None:
        """Everybody comes to work, and customers keep coming."""
        desks = [self._operator(desk) for desk in self.stage.desks]
        for desk in desks:
            desk.start()
        try:
            await asyncio.gather(*(self._keep_coming() for _place in range(self.concurrency)))
        finally:
            await asyncio.gather(*(desk.stop() for desk in desks))

    def _operator(self, desk: object) -> OperatorClient:
        where = Where(address=lambda: socket_address(self.url, "/ws/operator/"))
        return OperatorClient(
            where,
            Calm(),
            desk=desk,  # type: ignore[arg-type]  # a Desk
            web=lambda: self.url,
            part_of=self.parts.get,
            patience=PATIENCE,
            looks_first=True,
        )

    async def _keep_coming(self) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(*PAUSE_SECONDS))
            for_a_person = self.dice.random() < LEFT_FOR_A_PERSON and len(self._left) < LEFT_AT_ONCE
            if for_a_person:
                task = asyncio.ensure_future(self._wait_for_a_person())
                self._left.add(task)
                task.add_done_callback(self._left.discard)
            else:
                await self._talk()

    async def _talk(self) -> None:
        client, turns, journal = self._begin()
        self.parts[turns[0].client_id.rpartition("-")[0]] = Part(turns, Journal())
        try:
            score = self.dice.choice([None, 4, 5, 5])
            await customer.play(client, turns, patience=PATIENCE, score=score)
        except (NeverCame, FrameError):
            # Somebody took the conversation over: a person plays its operator now.
            journal.problem = "taken over"

    async def _wait_for_a_person(self) -> None:
        client, turns, _journal = self._begin()
        client.start()
        try:
            client.say(turns[0])
            await asyncio.sleep(LEFT_SECONDS)
        finally:
            await client.stop()

    def _begin(self) -> tuple[Guest, list[Turn], Journal]:
        self._number += 1
        dialogue = self.dice.choice(self.dialogues)
        turns = staged(dialogue, f"replay-live-{int(time.time()):x}-{self._number}", speed=self.speed)
        key, kind = self.dice.choice(list(self.stage.keys.values()))
        where = Where(
            address=lambda: socket_address(self.url, "/ws/customer/"),
            is_page=kind == "web",
            local_address=loopback_address(self._number),
        )
        journal = Journal()
        signature = self.stage.signatures.get(key)
        client = Guest(
            where, Calm(), key=key, language=dialogue.language, journal=journal, signature=signature
        )
        return client, turns, journal
