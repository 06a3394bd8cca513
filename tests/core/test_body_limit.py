"""A body over the limit ends at the limit, and a silent sender does not hold a place for ever."""

import asyncio
import json
from typing import Any

import pytest
from django.utils import translation

from apps.core.body_limit import BodyLimit


class Client:
    """One HTTP request to an application that reads its body, as Django's ASGI handler does."""

    def __init__(self, *pieces: bytes, length: bytes | None = None, stalls: bool = False) -> None:
        self.scope = {"type": "http", "headers": [] if length is None else [(b"content-length", length)]}
        self.sent: list[Any] = []
        self.taken = b""
        self._stalls = stalls
        self._messages = [
            {"type": "http.request", "body": piece, "more_body": stalls or number + 1 < len(pieces)}
            for number, piece in enumerate(pieces)
        ]

    async def receive(self) -> Any:
        if self._messages:
            return self._messages.pop(0)
        if self._stalls:
            await asyncio.sleep(3600)
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            self.taken += message["body"]
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.disconnect"

    async def run(self, **options: Any) -> int:
        await BodyLimit(self.app, **{"max_bytes": 10, "idle_seconds": 5, **options})(
            self.scope, self.receive, self.send
        )
        return self.sent[0]["status"]


def refusal_of(client: Client) -> tuple[int, str, str]:
    """Status, code and words of a problem document of our schema."""
    headers, body = dict(client.sent[0]["headers"]), client.sent[1]["body"]
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == str(len(body)).encode()
    problem = json.loads(body)
    assert problem["type"] == f"urn:otklik:problem:{problem['code']}"
    assert problem["title"]
    return problem["status"], problem["code"], problem["detail"]


async def test_a_body_within_the_limit_passes_in_its_pieces() -> None:
    client = Client(b"hello", b"12345")

    assert await client.run() == 200
    assert client.taken == b"hello12345"


async def test_a_body_over_the_limit_ends_at_the_limit() -> None:
    client = Client(*[b"12345"] * 1000)

    with translation.override("en"):
        assert await client.run() == 413
    assert client.taken == b"12345" * 2
    assert refusal_of(client) == (413, "too_large", "The request is too large.")


@pytest.mark.parametrize("length", [b"11", b"9" * 5000, b"-1", b"x", b"1e3"])
async def test_a_length_over_the_limit_is_refused_unread(length: bytes) -> None:
    client = Client(b"hello", length=length)

    assert await client.run() == 413
    assert client.taken == b""


async def test_an_understated_length_is_not_believed() -> None:
    client = Client(b"1234567890", b"1", length=b"3")

    assert await client.run() == 413


async def test_a_sender_that_falls_silent_is_dropped() -> None:
    client = Client(b"hello", stalls=True)

    with translation.override("en"):
        assert await client.run(idle_seconds=0.05) == 408
    assert refusal_of(client) == (408, "too_slow", "The request was not sent to its end.")


async def test_a_whole_body_leaves_the_answer_all_its_time() -> None:
    client = Client(b"hello")

    assert await client.run(idle_seconds=0.01) == 200
