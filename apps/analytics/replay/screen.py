"""What one side sees of a conversation: messages by id, the newest rev of each, and when each first appeared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class NeverCame(Exception):
    """What had to appear on a screen did not, within the patience of whoever watched it."""


@dataclass
class Screen:
    """A thread on a screen. Frames may come twice or late: messages are replaced by id, older revs ignored."""

    conversation: int | None = None
    state: str = ""
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    # Client id -> the loop's time at which the message was first on this screen.
    seen_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()

    def show(self, message: dict[str, Any]) -> bool:
        """Put a message on the screen; True when it is new here."""
        known = self.messages.get(message["id"])
        if known is not None and known["rev"] > message["rev"]:
            return False
        self.messages[message["id"]] = message
        if known is None and message["client_id"]:
            self.seen_at.setdefault(message["client_id"], asyncio.get_running_loop().time())
        self.changed()
        return known is None

    def changed(self) -> None:
        """Wake whoever waits for something to appear."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, wanted: Callable[[], bool], *, patience: float, what: str) -> None:
        """Wait until the screen shows what is wanted; raises NeverCame."""
        try:
            async with asyncio.timeout(patience):
                while not wanted():
                    await self._changed.wait()
        except TimeoutError:
            raise NeverCame(what) from None

    async def until_shown(self, client_id: str, *, patience: float) -> float:
        """Wait for a message; the loop's time at which it appeared. Raises NeverCame."""
        await self.until(lambda: client_id in self.seen_at, patience=patience, what=f"{client_id} never came")
        return self.seen_at[client_id]

    def in_order(self) -> list[dict[str, Any]]:
        """The messages as they stand on the screen."""
        return sorted(self.messages.values(), key=lambda message: message["seq"])
