"""Chats that are open while the bank changes what they show."""

from __future__ import annotations

from collections.abc import Iterable

from apps.channels import topics
from apps.core.bus import Post, get_bus


def call_back(channel_ids: Iterable[int]) -> None:
    """Let every open chat of these channels say hello again, in whichever process its socket is.

    The call travels on the bus and not, as those to staff do, on the channel layer: a customer's socket has no
    mailbox there, and a process that may have missed a call makes its sockets resync anyway.
    """
    get_bus().publish([Post(topics.channel(each), "") for each in set(channel_ids)])
