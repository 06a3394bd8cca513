"""What is pushed to customers who wait; built here for the task that computes it."""

from __future__ import annotations

from collections.abc import Iterable

from apps.conversations import topics
from apps.core.bus import Post, get_bus
from apps.core.frames import encode
from apps.routing.frames import declared as d
from apps.routing.services.waiting import Told


def waiting_view(told: Told) -> d.WaitingView:
    return d.WaitingView(
        conversation=told.conversation,
        position=told.position,
        low=told.low,
        high=told.high,
        offers=list(told.offers),
        messengers=[d.MessengerView(channel=channel, name=name) for channel, name in told.messengers],
    )


def tell(news: Iterable[Told]) -> None:
    """To the address that waits, in all its tabs; other addresses of the person learn nothing."""
    get_bus().publish([_post(each) for each in news])


def _post(told: Told) -> Post:
    scope = topics.customer_scope(told.identity, told.conversation, told.rev)
    return Post(topics.customer(told.customer), encode(d.WaitingFrame(waiting=waiting_view(told))), scope)
