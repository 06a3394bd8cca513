"""A client of clamd's INSTREAM command: https://linux.die.net/man/8/clamd (protocol of clamd 0.95 and newer)."""

from __future__ import annotations

import socket
import struct
from typing import IO

from apps.core.files.errors import ScannerDown
from apps.core.http import split_host_port

TIMEOUT_SECONDS = 30
CHUNK = 64 * 1024
LONGEST_REPLY = 4096


def find_virus(content: IO[bytes], address: str) -> str | None:
    """The name of what clamd finds in the content, None when it is clean.

    ``address`` is "host:port" or the path of a Unix socket. Raises ScannerDown when there is no verdict.
    """
    try:
        with _connect(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            while chunk := content.read(CHUNK):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            return _verdict(_reply(connection))
    except OSError as error:
        raise ScannerDown(str(error)) from error


def _connect(address: str) -> socket.socket:
    if not address.startswith("/"):
        return socket.create_connection(split_host_port(address), TIMEOUT_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT_SECONDS)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _reply(connection: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY:
        received = connection.recv(LONGEST_REPLY)
        if not received:
            break
        reply += received
    return reply.rstrip(b"\0").decode("utf-8", "replace")


def _verdict(reply: str) -> str | None:
    _, _, verdict = reply.partition(": ")
    if verdict == "OK":
        return None
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND")
    raise ScannerDown(f"clamd answered {reply[:100]!r}")
