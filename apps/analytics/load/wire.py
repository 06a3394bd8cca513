"""A websocket as a client sees it: text frames over a bare asyncio protocol, cheap enough to play hundreds of people.

Unlike a library's connection it can be cut at any byte, and it may leave from a chosen local address: people behind
different addresses are not one address to the server's limits.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
import struct
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

CONNECT_SECONDS = 15
ABNORMAL = 1006
_TEXT, _CLOSE, _PING, _PONG, _CONTINUATION = 0x1, 0x8, 0x9, 0xA, 0x0


class NotConnected(OSError):
    """The server refused or did not finish the handshake."""


class Wire(asyncio.Protocol):
    """One open socket. ``on_text`` gets each frame's bytes, ``on_close`` once the close code (1006: cut)."""

    def __init__(
        self, request: bytes, *, on_text: Callable[[bytes], None], on_close: Callable[[int], None]
    ) -> None:
        self._request = request
        self._on_text = on_text
        self._on_close = on_close
        self._buffer = bytearray()
        self._parts = bytearray()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._shook_hands = False
        self._code: int | None = None
        self._transport: asyncio.Transport | None = None

    # --- asyncio's calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._shook_hands and not self._shake_hands():
            return
        self._read_frames()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self._opened.done():
            self._opened.set_exception(NotConnected("the connection was closed during the handshake"))
        elif self._shook_hands:
            self._shook_hands = False
            self._on_close(self._code or ABNORMAL)

    # --- for its owner ----------------------------------------------------------------------------------

    async def opened(self) -> None:
        """Wait for the handshake; raises NotConnected."""
        try:
            await asyncio.wait_for(self._opened, CONNECT_SECONDS)
        except TimeoutError:
            self.abort()
            raise NotConnected("the handshake took too long") from None

    def send_text(self, data: bytes) -> None:
        """Send one text frame; what is sent on a lost connection is lost."""
        self._write(_TEXT, data)

    def close(self, code: int = 1000) -> None:
        """Say goodbye; ``on_close`` follows when the server hangs up."""
        self._write(_CLOSE, struct.pack("!H", code))

    def abort(self) -> None:
        """Cut the line without a word, as a phone in a lift does."""
        if self._transport is not None:
            self._transport.abort()

    # --- frames -----------------------------------------------------------------------------------------

    def _shake_hands(self) -> bool:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        status = head.split(b"\r\n", 1)[0]
        if b" 101 " not in status + b" ":
            if not self._opened.done():
                self._opened.set_exception(NotConnected(status.decode("latin-1")))
            self.abort()
            return False
        self._buffer = bytearray(rest)
        self._shook_hands = True
        if not self._opened.done():
            self._opened.set_result(None)
        return True

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while (frame := _frame_at(buffer, at)) is not None:
            first, start, at = frame
            self._take(first & 0x0F, bool(first & 0x80), bytes(buffer[start:at]))
        del buffer[:at]

    def _take(self, opcode: int, final: bool, payload: bytes) -> None:
        if opcode in (_TEXT, _CONTINUATION):
            if final and not self._parts:
                self._on_text(payload)
                return
            self._parts += payload
            if final:
                whole, self._parts = bytes(self._parts), bytearray()
                self._on_text(whole)
        elif opcode == _PING:
            self._write(_PONG, payload)
        elif opcode == _CLOSE:
            self._code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
            self._write(_CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()

    def _write(self, opcode: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        # A mask of zeros leaves the payload as it is. Masks protect proxies from scripts in browsers; this is none.
        self._transport.write(head + b"\0\0\0\0" + payload)


def _frame_at(buffer: bytearray, at: int) -> tuple[int, int, int] | None:
    """First byte, begin and end of the payload of the server's frame at ``at``; None while it is incomplete."""
    if len(buffer) < at + 2:
        return None
    size, start = buffer[at + 1] & 0x7F, at + 2
    extra = {126: 2, 127: 8}.get(size, 0)
    if len(buffer) < start + extra:
        return None
    if extra:
        size = int.from_bytes(buffer[start : start + extra], "big")
        start += extra
    return (buffer[at], start, start + size) if len(buffer) >= start + size else None


async def connect(
    url: str,
    *,
    on_text: Callable[[bytes], None],
    on_close: Callable[[int], None],
    origin: str | None = None,
    local_address: str | None = None,
) -> Wire:
    """Open a socket to a ``ws:`` or ``wss:`` address; raises OSError (NotConnected) when it cannot."""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    request = _handshake(parts.netloc, parts.path or "/", origin)
    _transport, wire = await asyncio.wait_for(
        asyncio.get_running_loop().create_connection(
            lambda: Wire(request, on_text=on_text, on_close=on_close),
            parts.hostname or "",
            port,
            ssl=ssl.create_default_context() if secure else None,
            local_addr=(local_address, 0) if local_address else None,
        ),
        CONNECT_SECONDS,
    )
    await wire.opened()
    return wire


def _handshake(host: str, path: str, origin: str | None) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *([f"Origin: {origin}"] if origin else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
