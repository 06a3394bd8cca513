"""The application as it is served, with the flood limits raised: `manage.py bench` sends faster than people type."""

from __future__ import annotations

from apps.channels.consumers import CustomerSocket
from apps.operators.consumers import OperatorSocket
from config.asgi import application

__all__ = ["application"]

for _socket in (CustomerSocket, OperatorSocket):
    _socket.rate = (100_000.0, 100_000)
