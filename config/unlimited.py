"""The application as it is served, with the flood limits raised: `manage.py bench` sends faster than people type."""

from __future__ import annotations

# This sets Django up, without which the sockets' modules cannot be imported.
from config.asgi import application

__all__ = ["application"]


def _raise_limits() -> None:
    from django.conf import settings

    from apps.channels import pace
    from apps.channels.consumers import CustomerSocket
    from apps.operators.consumers import OperatorSocket

    settings.MESSAGES_PER_CHANNEL = 1_000_000
    # Nobody types so fast that the common counter is asked: a message costs here what it costs an honest customer.
    pace.FREE_PER_SECOND = pace.FREE_AT_ONCE = 1_000_000
    for socket in (CustomerSocket, OperatorSocket):
        socket.rate = (100_000.0, 100_000)


_raise_limits()
