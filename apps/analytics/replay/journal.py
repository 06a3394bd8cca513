"""What one side sent, was told and saw: the checker's evidence, kept by the side itself and never by the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from apps.analytics.replay.screen import Screen


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server answered to a message."""

    conversation: int
    message: int
    seq: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it stood on a screen."""

    message: int
    seq: int
    client_id: str | None
    text: str


@dataclass
class Journal:
    """One side of one dialogue. ``problem`` says why it could not be played to its end."""

    written_at: dict[str, float] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    seen_at: dict[str, float] = field(default_factory=dict)
    screen: list[Seen] = field(default_factory=list)
    conversation: int | None = None
    connections: int = 0
    problem: str = ""
    finished: bool = False

    def sent(self, client_id: str) -> None:
        """A message was written."""
        self.written_at.setdefault(client_id, asyncio.get_running_loop().time())

    def acknowledge(self, ack: dict[str, Any]) -> None:
        """The server says that a message is stored."""
        receipt = Receipt(ack["conversation"], ack["message"], ack["seq"])
        before = self.receipts.setdefault(ack["client_id"], receipt)
        if before != receipt:
            self.problem = f"{ack['client_id']} was acknowledged as {before} and as {receipt}"

    def keep(self, screen: Screen, connections: int = 0) -> None:
        """The dialogue is over: this is what the screen showed."""
        self.screen = [
            Seen(each["id"], each["seq"], each["client_id"], each["text"]) for each in screen.in_order()
        ]
        self.seen_at = dict(screen.seen_at)
        self.conversation, self.connections, self.finished = screen.conversation, connections, True
