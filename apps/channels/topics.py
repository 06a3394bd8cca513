"""Names of the bus's topics that the wire itself listens to."""

from __future__ import annotations


def channel(channel_id: int) -> str:
    """Calls to every customer's socket of a channel: what it was told at its hello is not true any more."""
    return f"channel:{channel_id}"
