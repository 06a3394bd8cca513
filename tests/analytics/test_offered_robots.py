"""A robot operator answers what is offered to him, and takes nothing from lines that offer."""

from __future__ import annotations

import asyncio
from typing import Any

from apps.analytics.replay.chaos import Calm
from apps.analytics.replay.client import Frame, Where
from apps.analytics.replay.dialogues import Turn
from apps.analytics.replay.journal import Journal
from apps.analytics.replay.operator import Desk, OperatorClient, Part

PULLED, OFFERING = 1, 2
DESK = Desk(
    user_id=5,
    cookies={},
    csrf="",
    csrf_header="X-CSRFToken",
    capacity=3,
    lines=frozenset({PULLED, OFFERING}),
    offering=frozenset({OFFERING}),
)
KNOWN = "replay-live-1-1"
PART = Part([Turn(who="customer", text="Hello", pause=0, client_id=f"{KNOWN}-0")], Journal())


class Robot(OperatorClient):
    """It writes down what it asks the server, whose answers are those of a conversation with these words."""

    def __init__(self, client_id: str) -> None:
        where = Where(address=lambda: "")
        parts = {KNOWN: PART}
        super().__init__(where, Calm(), desk=DESK, web=lambda: "", part_of=parts.get, looks_first=True)
        self.client_id = client_id
        self.asked: list[tuple[str, Any]] = []
        self.served: list[int] = []

    async def request(self, frame: Frame) -> Frame:
        self.asked.append((frame["type"], frame.get("reason")))
        return {"messages": [{"client_id": self.client_id}]}

    def tell(self, frame: Frame) -> None:
        pass

    def _serve(self, number: int) -> None:
        self.served.append(number)


def row(line: int) -> Frame:
    return {"id": 7, "state": "queued", "line": line, "locked": False}


def offered(client_id: str) -> Robot:
    async def scenario() -> Robot:
        robot = Robot(client_id)
        robot._reason = 4
        robot.apply({"type": "offer", "offer": {"row": row(OFFERING), "until": "", "line": OFFERING}})
        await asyncio.sleep(0.01)
        return robot

    return asyncio.run(scenario())


def test_what_a_robot_customer_began_is_accepted() -> None:
    robot = offered(f"{KNOWN}-0")
    assert robot.asked == [("open", None), ("accept", None)]
    assert robot.served == [7]


def test_what_a_person_began_is_declined_with_a_reason() -> None:
    robot = offered("0b9e6f3c-0001")
    assert robot.asked == [("open", None), ("decline", 4)]
    assert robot.served == []


def test_from_a_line_that_offers_nothing_is_taken() -> None:
    async def scenario() -> tuple[list[Any], list[Any]]:
        waits, pulled = Robot(f"{KNOWN}-0"), Robot(f"{KNOWN}-0")
        waits._see_row(row(OFFERING))
        pulled._see_row(row(PULLED))
        await asyncio.sleep(0.01)
        return waits.asked, pulled.asked

    assert asyncio.run(scenario()) == ([], [("open", None), ("accept", None)])
