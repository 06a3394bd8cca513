"""What who waits is told: his place, an honest range of waiting, and what is offered instead.

One computation a line and a few seconds serves everybody who stands in it; only what reads differently is sent.
The first range somebody was shown is kept with his stay, so that how often it was true is a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Any

from django.core.cache import cache
from django.db.models import F, Q, QuerySet

from apps.channels.adapters.registry import own_socket_kinds
from apps.channels.models import Channel
from apps.channels.services import links
from apps.operators.models import Queue
from apps.routing.models import QueueEntry, Stage
from apps.routing.services import contacts, estimates, messengers
from apps.routing.services.order import WITHIN_A_LINE

MOST = 2000  # of one line; whoever stands behind them is told nothing yet
REPEATED = 30  # seconds after which the same is told again: a hint may have been lost
STANDING = (Stage.WAITING, Stage.OFFERED)
TELLING = (
    Q(tells_position=True)
    | Q(tells_estimate=True)
    | Q(offer_contact_seconds__isnull=False)
    | Q(offer_callback_seconds__isnull=False)
    | Q(offer_messenger_seconds__isnull=False)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one customer is told; ``low`` and ``high`` are seconds from now."""

    entry: int
    conversation: int
    rev: int
    customer: int
    identity: int
    position: int | None
    low: int | None
    high: int | None
    offers: tuple[str, ...]
    # Channels in which he may go on, by their numbers, with their names for him.
    messengers: tuple[tuple[int, str], ...]
    is_new: bool

    @property
    def reads(self) -> tuple[object, ...]:
        """What he would read: minutes, rounded outwards."""
        low = None if self.low is None else floor(self.low / 60)
        high = None if self.high is None else ceil(self.high / 60)
        return (self.position, low, high, *self.offers, *self.messengers)


def lines() -> QuerySet[Queue]:
    """Lines that tell anything, in which somebody waits."""
    standing = QueueEntry.objects.filter(stage__in=STANDING).order_by().values("queue")
    return Queue.objects.filter(TELLING, pk__in=standing)


def news(queue: Queue, *, now: datetime) -> list[Told]:
    """What has changed for those who wait in the line since it was told last; what is told first is kept."""
    found = {_key(each.entry): each for each in _told(queue, now)}
    before: dict[str, Told] = cache.get_many(found)
    changed = {
        key: each for key, each in found.items() if key not in before or before[key].reads != each.reads
    }
    cache.set_many(changed, REPEATED)
    keep_shown(changed.values(), now=now)
    return list(changed.values())


def told_of(conversation_id: int, *, now: datetime) -> Told | None:
    """What is told to somebody who opens the chat while he waits; None when there is nothing to tell.

    What was told a moment ago is told again: a thousand who come back at once cost no thousand computations.
    """
    standing = QueueEntry.objects.filter(
        conversation=conversation_id,
        conversation__channel__kind__in=own_socket_kinds(),
        stage__in=STANDING,
    )
    telling = standing.filter(queue__in=Queue.objects.filter(TELLING))
    stands = telling.values_list("pk", "queue").first()
    if stands is None:
        return None
    entry, queue = stands
    told: Told | None = cache.get(_key(entry))
    if told is not None:
        return told
    found = next((each for each in _told(Queue.objects.get(pk=queue), now) if each.entry == entry), None)
    if found is not None:
        keep_shown([found], now=now)
    return found


def _key(entry_id: int) -> str:
    return f"told:{entry_id}"


def keep_shown(told: Iterable[Told], *, now: datetime) -> None:
    """Keep what was shown first: later ranges are nearer to the end and prove less."""
    for each in told:
        if each.is_new and not (each.position is None and each.low is None):
            QueueEntry.objects.filter(pk=each.entry, shown_at__isnull=True).update(
                shown_at=now, shown_position=each.position, shown_low=each.low, shown_high=each.high
            )


def _told(queue: Queue, now: datetime) -> Iterator[Told]:
    standing = QueueEntry.objects.filter(queue=queue, stage__in=STANDING).annotate(
        customer=F("conversation__customer"),
        identity=F("conversation__identity"),
        rev=F("conversation__rev"),
        kind=F("conversation__channel__kind"),
        language=F("conversation__customer__language"),
    )
    ways_on = [(channel, links.names_of(channel)) for channel in messengers.channels_of(queue)]
    for place, entry in enumerate(standing.order_by(*WITHIN_A_LINE)[:MOST], 1):
        if entry.kind not in own_socket_kinds():
            continue  # in a messenger there is no page to tell it on
        shown = estimates.estimate(queue.pk, now=now, ahead=place - 1) if queue.tells_estimate else None
        yield Told(
            entry=entry.pk,
            conversation=entry.conversation_id,
            rev=entry.rev,
            customer=entry.customer,
            identity=entry.identity,
            position=place if queue.tells_position else None,
            low=shown.low if shown else None,
            high=shown.high if shown else None,
            offers=tuple(contacts.offered(queue, entry, now=now)),
            messengers=_messengers(queue, entry, ways_on, now),
            is_new=entry.shown_at is None,
        )


def _messengers(
    queue: Queue, entry: Any, ways_on: list[tuple[Channel, dict[str, str]]], now: datetime
) -> tuple[tuple[int, str], ...]:
    names = {channel.pk: names for channel, names in ways_on}
    offered = messengers.offered(queue, entry, [channel for channel, _names in ways_on], now=now)
    language = "en" if entry.language == "en" else "ru"
    return tuple((channel.pk, names[channel.pk][language]) for channel in offered)
