"""Driving the consumers as browsers do, on the test's own database connection."""

from __future__ import annotations

import json
from itertools import count
from types import TracebackType
from typing import Any, Self

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from apps.channels.models import Channel
from apps.core import clock
from apps.core.models import User
from apps.operators.services import tickets
from config.websocket import router

_refs = count(1)
# Seconds that are waited for what must come, also on a machine with much else to do.
PATIENCE = 20.0


class Socket:
    """One open socket; ``ask`` waits for the answer to its own frame and keeps what else came in ``heard``."""

    path = "/ws/customer/"

    def __init__(self, *, origin: str = "http://testserver", address: str = "192.0.2.1") -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"testserver")]
        self.wire = WebsocketCommunicator(router, self.path, headers=headers)
        self.wire.scope["client"] = (address, 50_000)
        self.heard: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        connected, _subprotocol = await self.wire.connect(timeout=PATIENCE)
        assert connected
        return self

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.wire.disconnect(timeout=PATIENCE)

    async def ask(self, type: str, **fields: Any) -> dict[str, Any]:
        ref = next(_refs)
        await self.wire.send_to(text_data=json.dumps({"type": type, "ref": ref, **fields}))
        return await self.wait_for(lambda frame: frame.get("ref") == ref)

    async def wait_for(self, wanted: Any, patience: float = PATIENCE) -> dict[str, Any]:
        """The first frame, already heard or still to come, that is wanted (a predicate or a type)."""
        test = wanted if callable(wanted) else lambda frame: frame["type"] == wanted
        for place, frame in enumerate(self.heard):
            if test(frame):
                return self.heard.pop(place)
        while True:
            frame = json.loads(await self.wire.receive_from(timeout=patience))
            if test(frame):
                return frame
            self.heard.append(frame)

    async def closed_with(self) -> int:
        """The code with which the server closes the socket."""
        while True:
            output = await self.wire.receive_output(timeout=PATIENCE)
            if output["type"] == "websocket.close":
                return output["code"]


class Customer(Socket):
    """The widget's socket."""

    async def hello(self, channel: Channel, token: str | None = None, **fields: Any) -> dict[str, Any]:
        return await self.ask("hello", key=channel.public_key, token=token, **{"language": "ru", **fields})

    async def say(self, text: str, **fields: Any) -> dict[str, Any]:
        return await self.ask("send", client_id=f"customer-{next(_refs):06}", text=text, **fields)


class Staff(Socket):
    """The workspace's socket."""

    path = "/ws/operator/"

    async def hello(self, user: User) -> dict[str, Any]:
        ticket = await sync_to_async(tickets.issue)(user.pk, "no-session", now=clock.now())
        return await self.ask("hello", ticket=ticket)

    async def say(self, conversation: int, text: str, **fields: Any) -> dict[str, Any]:
        return await self.ask(
            "send", client_id=f"operator-{next(_refs):06}", conversation=conversation, text=text, **fields
        )
