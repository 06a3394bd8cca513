"""Outgoing webhooks: the log is followed, each event becomes a row per subscription, rows are sent until answered.

A delivery is claimed in a short transaction by moving its moment ahead: who dies while sending leaves it to be
tried again after ``LEASE``. The request itself leaves outside any transaction. The receiver sees the same id on
every try and drops repeats. See docs/api.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from apps.core import http, log, subjects
from apps.core.events import shown_details
from apps.core.models import Event, WebhookAttempt, WebhookDelivery, WebhookSubscription
from apps.core.services.tokens import is_live

CURSOR = "webhooks"
BATCH = 500
# Longer than any request may take: a claimed delivery is nobody else's for this time.
LEASE = timedelta(seconds=60)
# Waits between tries, in seconds: twelve tries over 24 hours.
BACKOFF = (10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800)
# A receiver that gives no answer at all is left alone for so long, all its deliveries together.
SILENCE = timedelta(seconds=10)
# Runs that send at the same moment: a silent receiver must not take a worker's every thread.
SLOTS = 3
# Any number that nothing else locks: "hook" in ASCII.
LOCK = 0x686F6F6B
ANSWER_BYTES = 64 * 1024
KEPT_FOR = timedelta(days=30)
State = WebhookDelivery.State


def new_secret() -> str:
    """A signing key of 256 random bits."""
    return secrets.token_urlsafe(32)


# --- from the log to rows ---------------------------------------------------------------------------------


@transaction.atomic
def collect(*, now: datetime, limit: int = BATCH) -> int:
    """Make deliveries for the next events of the log; returns how many events were read, 0 at its end.

    Only events of subjects that the subscription's account may see at this moment become deliveries.
    """
    cursor = log.lock_cursor(CURSOR)
    if cursor is None:
        return 0
    subscriptions = _active(now)
    if not subscriptions:
        # Nobody listens: whoever subscribes later is told of what happens from then on.
        log.move_cursor(cursor, log.end_of_log())
        return 0
    events = log.read_after(log.Position(cursor.xid, cursor.event_id), limit=limit)
    if not events:
        return 0
    for subscription in subscriptions:
        _queue(subscription, events, now)
    log.move_cursor(cursor, log.Position.of(events[-1]))
    return len(events)


def _active(now: datetime) -> list[WebhookSubscription]:
    found = WebhookSubscription.objects.filter(is_active=True).select_related("token__user")
    return [each for each in found if is_live(each.token, now=now)]


def _queue(subscription: WebhookSubscription, events: list[Event], now: datetime) -> None:
    kinds = set(subscription.kinds)
    wanted = [each for each in events if each.kind in kinds and each.at >= subscription.created_at]
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(subscription=subscription, event=event, due_at=now, created_at=now)
            for event in subjects.seen_events(subscription.token.user, wanted)
        ],
        ignore_conflicts=True,
    )


# --- from rows to the receiver ----------------------------------------------------------------------------


@contextmanager
def sending_slot() -> Iterator[bool]:
    """Whether one of the ``SLOTS`` was free; it is held until the end, and freed when the process dies."""
    with connection.cursor() as cursor:
        taken = next((number for number in range(SLOTS) if _locked(cursor, number)), None)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, taken])


def _locked(cursor: Any, number: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, number])
    return bool(cursor.fetchone()[0])


@transaction.atomic
def claim_next(*, now: datetime, without: Collection[int] = ()) -> WebhookDelivery | None:
    """The delivery that is due longest, nobody else's for ``LEASE``; None when nothing is due.

    ``without``: subscriptions whose receiver does not answer now.
    """
    due = WebhookDelivery.objects.filter(
        state=State.WAITING, due_at__lte=now, subscription__is_active=True
    ).order_by("due_at")
    delivery = (
        due.exclude(subscription__in=without)
        .select_for_update(no_key=True, of=("self",), skip_locked=True)
        .first()
    )
    if delivery is None:
        return None
    delivery.due_at = now + LEASE
    delivery.attempts_made = F("attempts_made") + 1
    delivery.save(update_fields=["due_at", "attempts_made"])
    return WebhookDelivery.objects.select_related("event", "subscription__token__user").get(pk=delivery.pk)


def send(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Try a claimed delivery once and write down what came of it; whether the receiver took it."""
    if not _may_leave(delivery, now):
        _finish(delivery, State.FAILED)
        return False
    subscription = delivery.subscription
    body = body_of(delivery)
    headers = signed_headers(delivery, body, at=int(now.timestamp()))
    started = time.monotonic()
    status, error, is_final = None, "", False
    try:
        answer = http.request("POST", subscription.url, headers=headers, content=body, max_bytes=ANSWER_BYTES)
        status = answer.status
    except http.RequestFailed as failure:
        error, is_final = f"{type(failure).__name__}: {failure}"[:200], isinstance(failure, http.Refused)
        _leave_alone(subscription, now)
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=now,
        duration_ms=int((time.monotonic() - started) * 1000),
        status=status,
        error=error,
    )
    return _conclude(delivery, taken=status is not None and 200 <= status < 300, is_final=is_final, now=now)


def _leave_alone(subscription: WebhookSubscription, now: datetime) -> None:
    soon = WebhookDelivery.objects.filter(subscription=subscription, state=State.WAITING, due_at__lte=now)
    soon.update(due_at=now + SILENCE)


def _may_leave(delivery: WebhookDelivery, now: datetime) -> bool:
    """Asked again at each try: a key to sign with, a living token, and what its account may see."""
    subscription = delivery.subscription
    if not subscription.secret or not is_live(subscription.token, now=now):
        return False
    return bool(subjects.seen_events(subscription.token.user, [delivery.event]))


def _conclude(delivery: WebhookDelivery, *, taken: bool, is_final: bool, now: datetime) -> bool:
    if taken:
        _finish(delivery, State.SENT)
    elif is_final or delivery.attempts_made > len(BACKOFF):
        _finish(delivery, State.FAILED)
    else:
        wait = timedelta(seconds=BACKOFF[delivery.attempts_made - 1])
        _still_waiting(delivery).update(due_at=now + wait)
    return taken


def _finish(delivery: WebhookDelivery, state: str) -> None:
    _still_waiting(delivery).update(state=state)
    delivery.state = state


def _still_waiting(delivery: WebhookDelivery) -> Any:
    """The row, unless somebody asked meanwhile to send it anew."""
    return WebhookDelivery.objects.filter(
        pk=delivery.pk, state=State.WAITING, attempts_made=delivery.attempts_made
    )


def resend(delivery_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Send a delivery again from the first try, under the same id; used by the admin.

    One that is due within ``LEASE`` stays as it is: it may be on its way at this moment.
    """
    rests = ~Q(state=State.WAITING) | Q(due_at__gt=now + LEASE)
    WebhookDelivery.objects.filter(rests, pk=delivery_id).update(
        state=State.WAITING, attempts_made=0, due_at=now
    )
    return WebhookDelivery.objects.get(pk=delivery_id)


# --- what the receiver sees -------------------------------------------------------------------------------


def body_of(delivery: WebhookDelivery) -> bytes:
    """The same bytes on every try: ids, codes and numbers, never words of a person."""
    event = delivery.event
    view = {
        "id": str(delivery.pk),
        "event": event.pk,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "subject": {"kind": event.subject_kind, "id": event.subject_id},
        "actor": {"kind": event.actor_kind, "id": event.actor_id},
        "details": shown_details(event),
    }
    return json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(delivery: WebhookDelivery, body: bytes, *, at: int) -> dict[str, str]:
    """Headers of a try. While a previous key is set, both signatures are sent, the new one first."""
    subscription = delivery.subscription
    keys = [key for key in (subscription.secret, subscription.old_secret) if key]
    return {
        "Content-Type": "application/json",
        "Otklik-Delivery": str(delivery.pk),
        "Otklik-Event": delivery.event.kind,
        "Otklik-Timestamp": str(at),
        "Otklik-Signature": ",".join(f"v1={signature(key, at, body)}" for key in keys),
    }


def signature(key: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 of "timestamp.body" in hexadecimal."""
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def forget(*, now: datetime, limit: int = 5000) -> int:
    """Drop deliveries made more than a month ago, a batch at a time; returns how many rows went."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT_FOR).exclude(state=State.WAITING)
    return WebhookDelivery.objects.filter(pk__in=old.values("pk")[:limit]).delete()[0]
