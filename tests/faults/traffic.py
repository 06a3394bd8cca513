"""A running installation with its people, and the traffic that goes through it while something breaks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.clients import Client, Widget, Workspace, until
from tests.servers import ROOT, Installation

SETTINGS = "tests.faults.settings"
CUSTOMERS = 16
MESSAGES = 8


@dataclass
class Stage:
    """A running installation with its people."""

    installed: Installation
    site: str
    crowd: str
    hook: str
    operators: list[dict[str, Any]]
    taken: set[int] = field(default_factory=set)

    def look(self) -> dict[str, Any]:
        return ask_stage(self.installed, "look")

    def widget(self, seed: int) -> Widget:
        return Widget(self.installed.urls, self.site, seed)

    def onlooker(self, seed: int) -> Widget:
        """A customer of the site whose line has nobody in it: he writes and waits."""
        return Widget(self.installed.urls, self.crowd, seed)


def ask_stage(installed: Installation, what: str) -> dict[str, Any]:
    """What ``tests.faults.stage`` says, run inside the installation."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.stage", what],
        cwd=ROOT,
        env=installed.env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


class Traffic:
    """Customers who write and operators who answer, until everything said is answered on every screen."""

    def __init__(self, stage: Stage, *, customers: int = CUSTOMERS, messages: int = MESSAGES) -> None:
        self.stage = stage
        self.messages = messages
        self.run = f"{time.time_ns():x}"
        self.customers = [stage.widget(seed) for seed in range(customers)]
        urls = stage.installed.urls
        self.staff = [Workspace(urls, each["session"], 100 + n) for n, each in enumerate(stage.operators)]
        self.said: dict[str, str] = {}

    @property
    def acknowledged(self) -> int:
        return sum(len(each.acknowledged) for each in self.customers)

    async def flow(self, fault: Callable[[], Awaitable[None]]) -> None:
        """Let it flow, break something when a third is through, and wait until all is well again."""
        clients: list[Client] = [*self.customers, *self.staff]
        lives = [asyncio.create_task(each.live()) for each in clients]
        lives += [asyncio.create_task(each.work()) for each in self.staff]
        try:
            await until(lambda: all(c.connections for c in clients), seconds=30, what="everybody connected")
            writers = [asyncio.create_task(self._write(n, each)) for n, each in enumerate(self.customers)]
            third = len(self.customers) * self.messages // 3
            await until(lambda: self.acknowledged >= third, seconds=60, what="a third acknowledged")
            assert self.acknowledged < len(self.customers) * self.messages, "the fault would come too late"
            await fault()
            await asyncio.gather(*writers)
            try:
                await until(self._all_answered, seconds=90, what="everything answered on every screen")
            except AssertionError as error:
                raise AssertionError("\n".join([str(error), *map(self._state, clients)])) from error
        finally:
            for each in lives:
                each.cancel()
            ends = await asyncio.gather(*lives, return_exceptions=True)
            # A client that broke by itself says why.
            for end in ends:
                if not isinstance(end, asyncio.CancelledError):
                    raise end

    async def _write(self, number: int, customer: Widget) -> None:
        for place in range(self.messages):
            key = f"c{self.run}-{number:03}-{place:03}"
            self.said[key] = f"вопрос {number}.{place}"
            await customer.say(self.said[key], key)
            await asyncio.sleep(customer.dice.uniform(0.1, 0.4))

    def _state(self, client: Client) -> str:
        answers = sum(m["author"]["kind"] == "operator" for m in client.screen.values())
        return (
            f"{type(client).__name__}: {len(client.outbox)} unacknowledged {list(client.outbox)[:2]}, "
            f"{answers} answers, {client.connections} connections, {dict(client.refusals)}"
        )

    def _all_answered(self) -> bool:
        return all(
            not each.outbox
            and sum(m["author"]["kind"] == "operator" and m["kind"] == "text" for m in each.screen.values())
            == self.messages
            for each in self.customers
        ) and not any(each.outbox for each in self.staff)

    def check(self) -> None:
        """Compare the journals, the screens and the rows."""
        found = self.stage.look()
        messages = [m for m in found["messages"] if not m["staff_only"]]
        keys = Counter(m["client_id"] for m in found["messages"] if m["client_id"])
        assert set(self.said) <= set(keys), "an acknowledged message is lost"
        assert {key: keys[key] for key in self.said} == dict.fromkeys(self.said, 1), "a message is doubled"
        for conversation in found["conversations"]:
            seqs = [m["seq"] for m in found["messages"] if m["conversation_id"] == conversation["id"]]
            assert seqs == list(range(1, conversation["seq"] + 1)), "the order has a gap"
        by_conversation: dict[int, list[tuple[int, int, str]]] = {}
        for m in messages:
            if m["kind"] == "text":
                row = (m["conversation_id"], m["seq"], m["text"])
                by_conversation.setdefault(m["conversation_id"], []).append(row)
        for customer in self.customers:
            [conversation] = {m["conversation"] for m in customer.screen.values()}
            assert customer.shown() == by_conversation[conversation], (
                "a customer's screen differs from the rows"
            )
            mine = [text for _c, _s, text in by_conversation[conversation] if text.startswith("вопрос")]
            assert mine == [f"вопрос {mine[0][7:].split('.')[0]}.{n}" for n in range(self.messages)], (
                "out of order"
            )
            answers = Counter(t for _c, _s, t in by_conversation[conversation] if t.startswith("ответ"))
            assert set(answers.values()) == {1}, "an answer is doubled"
        running = Counter(found["assignments"])
        assert set(running.values()) <= {1}
