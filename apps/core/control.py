"""Rare orders to the sockets of one member of staff, in whichever process they are: close, or fetch rights anew.

They travel on the channel layer, not on the bus: few, and each must reach every process.
"""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def group(user_id: int) -> str:
    """The group of all sockets of a user."""
    return f"user.{user_id}"


def close_sockets(user_id: int, code: int) -> None:
    """Close every socket of a user with a close code. Safe to call from any thread; best effort."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group(user_id), {"type": "control.close", "code": code})
    except (OSError, RedisError):
        # The sockets check their user every minute anyway.
        logger.exception("could not reach the sockets of user %s", user_id)
