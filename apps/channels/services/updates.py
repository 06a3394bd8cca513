"""The ledger of what providers sent: stored as it came, before anything is understood.

The provider's 200 follows the commit. What it sends again is skipped by (channel, external id) in the same
statement that stores the rest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.base import Adapter, NotAuthentic, RawUpdate
from apps.channels.adapters.registry import adapter_class, build_adapter
from apps.channels.events import UpdatesAccepted
from apps.channels.models import Channel, InboundUpdate
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict
from apps.core.events import announce
from apps.core.masking import clean_text, mask

logger = logging.getLogger(__name__)

ERROR_LENGTH = 8000  # characters of a traceback that are kept: its end says most
ID_LENGTH = 200
RETENTION_BATCH = 1000


class Accepted(NamedTuple):
    """How many updates were stored now, and how many of the request were known before."""

    new: int
    known: int


class _Row(NamedTuple):
    external_id: str
    body: bytes
    state: str
    error: str


def accept_updates(channel: Channel, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Accepted:
    """Store a provider's request; raises NotAuthentic. Committed on return: answer 200 only then.

    A body that cannot be cut is stored whole and parked, so that it is seen and can be replayed.
    """
    if not channel.webhook_secret:
        # Without a key anybody could speak for the provider: such a channel takes nothing.
        raise NotAuthentic
    adapter = build_adapter(channel.kind, secret=channel.webhook_secret)
    adapter.authenticate(headers, body, now=now)
    rows = _cut(adapter, body)
    with transaction.atomic():
        new = _insert(channel, rows, headers=headers, now=now)
        if new:
            announce(UpdatesAccepted(channel=channel.pk, count=new), actor=SYSTEM, now=now)
    return Accepted(new, len(rows) - new)


def find_webhook_channel(public_key: str) -> Channel | None:
    """The active channel of an address, when its kind is installed and takes webhooks."""
    channel = Channel.objects.filter(public_key=public_key, is_active=True).first()
    if channel is None or channel.kind not in settings.OTKLIK_ADAPTERS:
        return None
    return None if adapter_class(channel.kind).abilities.own_socket else channel


def _cut(adapter: Adapter, body: bytes) -> list[_Row]:
    try:
        updates = adapter.split(body)
        return [_Row(_fitting(each.external_id), each.body, "pending", "") for each in updates]
    except Exception:
        # Whatever went wrong, the bytes are worth more than the reason.
        logger.exception("a request of a %s channel could not be cut", adapter.kind)
        whole = f"whole:{hashlib.sha256(body).hexdigest()}"
        return [_Row(whole, body, "parked", told_error())]


def _fitting(external_id: str) -> str:
    """The provider's number, or its digest where it is too long or cannot be stored."""
    if 0 < len(external_id) <= ID_LENGTH and clean_text(external_id) == external_id:
        return external_id
    return f"sha256:{hashlib.sha256(external_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _insert(channel: Channel, rows: Sequence[_Row], *, headers: Mapping[str, str], now: datetime) -> int:
    if not rows:
        return 0
    headers_field, body_field = (
        InboundUpdate._meta.get_field("headers"),
        InboundUpdate._meta.get_field("body"),
    )
    assert isinstance(headers_field, Field)
    assert isinstance(body_field, Field)
    values = {
        "channel": channel.pk,
        "headers": headers_field.get_prep_value(json.dumps(dict(headers))),
        "now": now,
        "ids": [row.external_id for row in rows],
        "bodies": [body_field.get_prep_value(row.body) for row in rows],
        "states": [row.state for row in rows],
        "errors": [row.error for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        return int(cursor.rowcount)


_INSERT = """
INSERT INTO support_channels_inboundupdate
    (channel_id, external_id, headers, body, state, attempts, error, received_at)
SELECT %(channel)s, row.id, %(headers)s, row.body, row.state, 0, row.error, %(now)s
FROM unnest(%(ids)s::text[], %(bodies)s::bytea[], %(states)s::text[], %(errors)s::text[])
    WITH ORDINALITY AS row (id, body, state, error, place)
ORDER BY row.place
ON CONFLICT (channel_id, external_id) DO NOTHING
"""


def told_error() -> str:
    """The traceback of the exception being handled, fit to be stored: no card number, no odd characters."""
    return mask(clean_text(traceback.format_exc()))[-ERROR_LENGTH:]


@transaction.atomic
def replay(update_id: int, *, actor: Actor, now: datetime) -> InboundUpdate:
    """Try a parked update again, with three new tries; raises Conflict for one that is not parked.

    One that was stored whole is cut anew first: by now the adapter may understand it.
    """
    update = (
        InboundUpdate.objects.select_for_update(no_key=True, of=("self",))
        .select_related("channel")
        .get(pk=update_id)
    )
    if update.state != InboundUpdate.State.PARKED:
        raise Conflict(_("Only a parked update can be replayed."))
    count = 1
    if update.external_id.startswith("whole:"):
        count = _cut_again(update, now)
    else:
        InboundUpdate.objects.filter(pk=update_id).update(state="pending", attempts=0, error="")
    announce(UpdatesAccepted(channel=update.channel_id, count=count), actor=actor, now=now)
    update.refresh_from_db(fields=["state", "attempts", "error", "done_at"])
    return update


def _cut_again(update: InboundUpdate, now: datetime) -> int:
    adapter = build_adapter(update.channel.kind, secret=update.channel.webhook_secret)
    rows = _cut(adapter, bytes(update.body))
    if rows and rows[0].state == "parked":
        raise Conflict(_("The request still cannot be read."))
    new = _insert(update.channel, rows, headers=json.loads(update.headers or "{}"), now=now)
    InboundUpdate.objects.filter(pk=update.pk).update(state="done", done_at=now, error="")
    return new


def raw(update: InboundUpdate) -> RawUpdate:
    """The update as its adapter reads it."""
    return RawUpdate(external_id=update.external_id, body=bytes(update.body))


def forget_old(*, now: datetime) -> int:
    """Delete updates older than the setting allows, in batches; what still waits to be understood stays.

    Returns how many went.
    """
    limit = now - timedelta(days=settings.RAW_UPDATE_DAYS)
    old = InboundUpdate.objects.filter(received_at__lt=limit).exclude(state="pending")
    total = 0
    while ids := list(old.values_list("pk", flat=True)[:RETENTION_BATCH]):
        total += InboundUpdate.objects.filter(pk__in=ids).delete()[0]
    return total
