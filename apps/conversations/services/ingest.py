"""Raw updates become messages and receipts: oldest first in each channel, and a broken one never blocks the rest."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from apps.channels.adapters.base import InboundMessage, InboundReceipt
from apps.channels.adapters.registry import build_adapter
from apps.channels.models import InboundUpdate
from apps.channels.services import updates
from apps.conversations.services import continuing, delivery, inbound, words
from apps.core.locks import only_one

logger = logging.getLogger(__name__)

TRIES = 3
# An update whose reader dies without a word (out of memory, killed) is given up after this many beginnings.
BEGINNINGS = 6
BATCH = 200
NAME_LENGTH = 120
CLIENT_ID_LENGTH = 64
# What stands for the words of somebody who opened the dialogue and said none.
START = "/start"


def ingest_channel(channel_id: int, *, now: Callable[[], datetime]) -> int:
    """Understand what waits in a channel; returns how many updates were looked at.

    One worker at a time does this for a channel, which keeps the provider's order. Who comes while another is
    at it may go: that one looks once more after he is done. ``now`` is a clock: a backlog takes minutes.
    """
    count = 0
    while True:
        with only_one("ingest", channel_id) as mine:
            if not mine:
                return count
            for update_id in _waiting(channel_id):
                _understand(update_id, now())
                count += 1
        if not InboundUpdate.objects.filter(channel=channel_id, state="pending", attempts=0).exists():
            return count


def channels_waiting() -> list[int]:
    """Channels that have something to understand, for the sweep."""
    waiting = InboundUpdate.objects.filter(state="pending").order_by()
    return list(waiting.values_list("channel_id", flat=True).distinct())


def _waiting(channel_id: int) -> list[int]:
    waiting = InboundUpdate.objects.filter(channel=channel_id, state="pending").order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:BATCH])


def _understand(update_id: int, now: datetime) -> None:
    # Counted before it begins: a reader that dies of an update must not meet it for ever.
    waiting = InboundUpdate.objects.filter(pk=update_id, state="pending")
    waiting.update(attempts=F("attempts") + 1)
    try:
        with transaction.atomic():
            update = (
                waiting.select_for_update(no_key=True, of=("self",))
                .select_related("channel")
                .defer("headers")
                .first()
            )
            if update is not None:
                _apply(update, now)
                waiting.update(state="done", done_at=now, error="")
    except (OperationalError, InterfaceError):
        # The database's trouble, not the update's.
        raise
    except Exception:
        logger.exception("update %s could not be understood", update_id)
        _note_failure(update_id)


def _note_failure(update_id: int) -> None:
    waiting = InboundUpdate.objects.filter(pk=update_id, state="pending")
    waiting.update(error=updates.told_error())
    waiting.filter(attempts__gte=TRIES).update(state="parked")


def _apply(update: InboundUpdate, now: datetime) -> None:
    if update.attempts > BEGINNINGS:
        raise ReaderDied(f"{update.attempts - 1} tries ended without a word")
    adapter = build_adapter(update.channel.kind, secret=update.channel.webhook_secret)
    for item in adapter.parse(updates.raw(update)):
        if isinstance(item, InboundMessage):
            _store(update.channel_id, item, now)
        elif isinstance(item, InboundReceipt):
            delivery.apply_receipt(update.channel_id, provider_id=item.provider_id, state=item.state, now=now)


class ReaderDied(Exception):
    """Whoever tried to read the update was gone every time before he could say why."""


def _store(channel_id: int, item: InboundMessage, now: datetime) -> None:
    address = inbound.Address(
        channel_id=channel_id,
        external_id=item.sender,
        name=words.prepare(item.sender_name[: 2 * NAME_LENGTH], limit=2 * NAME_LENGTH, may_be_empty=True)[
            :NAME_LENGTH
        ],
        language=item.language if item.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
    )
    identity = inbound.identify(address, now=now)
    came = continuing.arrive(identity, token=item.start, now=now) if item.start else continuing.Arrival()
    if item.start and not item.text and came.conversation:
        return
    where = came.conversation or inbound.spoken_with(identity)
    for number, text in enumerate(words.pieces(item.text or START)):
        client_id = _client_id(item.external_id if number == 0 else f"{item.external_id}:{number}")
        stored = inbound.receive(
            identity,
            text=text,
            client_id=client_id,
            conversation_id=where,
            written_to=item.written_to,
            now=now,
        )
        where = stored.conversation_id
    if came.refusal:
        continuing.explain(stored.conversation_id, came.refusal, now=now)


def _client_id(external_id: str) -> str:
    """The provider's number of a message as our key for repeats; a digest where it is too long."""
    if len(external_id) <= CLIENT_ID_LENGTH:
        return external_id
    return hashlib.sha256(external_id.encode()).hexdigest()
