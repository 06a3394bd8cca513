"""A bound on request bodies in front of Django, which under ASGI writes a whole body to disk before any view.

The length is counted as it comes, whatever Content-Length says, and a sender that falls silent is dropped.
"""

from __future__ import annotations

import asyncio
from typing import Any

from django.utils.translation import gettext as _

from apps.core.api.problems import problem_response

IDLE_SECONDS = 30.0


class _Stop(Exception):
    """The body is not read further."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class BodyLimit:
    """ASGI middleware: 413 for a body over ``max_bytes``, 408 for one that stops half-way."""

    def __init__(self, app: Any, *, max_bytes: int, idle_seconds: float = IDLE_SECONDS) -> None:
        self._app, self._max_bytes, self._idle_seconds = app, max_bytes, idle_seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            self._check_announced(scope)
            await self._app(scope, self._counting(receive), send)
        except _Stop as stop:
            # Django reads the body before it answers, so nothing has been sent yet.
            await _answer(send, stop)

    def _check_announced(self, scope: Any) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        # Digits of any number: int() of a very long one would be the attack.
        if not length.isdigit() or len(length) > 18 or int(length) > self._max_bytes:
            raise _too_large()

    def _counting(self, receive: Any) -> Any:
        size, is_whole = 0, False

        async def counted() -> Any:
            nonlocal size, is_whole
            if is_whole:
                # From here on `receive` waits for the client to leave, for as long as the answer takes.
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._idle_seconds)
            except TimeoutError:
                raise _Stop(408, "too_slow", _("The request was not sent to its end.")) from None
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                raise _too_large()
            is_whole = not message.get("more_body", False)
            return message

        return counted


def _too_large() -> _Stop:
    return _Stop(413, "too_large", _("The request is too large."))


async def _answer(send: Any, stop: _Stop) -> None:
    answer = problem_response(stop.status, stop.code, stop.detail)
    body = answer.content
    headers = [
        (b"content-type", answer["Content-Type"].encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": stop.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
