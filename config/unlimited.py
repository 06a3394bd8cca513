"""The application as it is served, with the flood limits raised: `manage.py bench` sends faster than people type."""

from __future__ import annotations

# This sets Django up, without which the sockets' modules cannot be imported.
from config.asgi import application

__all__ = ["application"]


def _raise_limits() -> None:
    from apps.channels.consumers import CustomerSocket
    from apps.operators.consumers import OperatorSocket

    for socket in (CustomerSocket, OperatorSocket):
        socket.rate = (100_000.0, 100_000)


_raise_limits()
