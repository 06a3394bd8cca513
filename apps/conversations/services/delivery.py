"""Messages leave: claimed in order, tried outside any transaction, and never ambiguous about what became of them.

Of a conversation one delivery to each address is under way at a time, the one with the lowest place. Queued and
sending hold those behind; failed and uncertain do not. A claim and an attempt are committed before the request
leaves, so that after a crash the rows tell: claimed without an attempt surely did not leave; an open attempt
perhaps did.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.base import (
    OutboundMessage,
    PermanentError,
    TransientError,
    UncertainError,
)
from apps.channels.adapters.registry import adapter_class, build_adapter
from apps.conversations.access import Sight
from apps.conversations.events import DeliveryChanged, DeliveryQueued
from apps.conversations.models import AuthorKind, Conversation, Delivery, DeliveryAttempt, Message, Right
from apps.conversations.services import lifecycle, timeline
from apps.conversations.services.outbound import NotYours
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, NotFound
from apps.core.events import announce

logger = logging.getLogger(__name__)

State = Delivery.State
Outcome = DeliveryAttempt.Outcome

BATCH = 50
# A claim whose worker has not begun by then goes back to the queue (a slow one finds its claim gone and stops).
CLAIM_LIFE = timedelta(seconds=15)
# Longer than any request may take (core.http allows 10 s): an attempt still open then has lost its worker.
ATTEMPT_LIFE = timedelta(seconds=40)
LONGEST_PAUSE = timedelta(minutes=5)
# About a day of tries: a provider that is away for hours gets everything in order when it returns.
GIVE_UP_AFTER = 300
ERROR_LENGTH = 300
# How far a delivery has come; receipts only move it forward.
RANK = {State.SENT: 1, State.DELIVERED: 2, State.READ: 3}


class ReceiptTooEarly(Exception):
    """A receipt came before the answer to the request it is about: the update is tried again in a moment."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this worker has taken, as of ``claimed_at``."""

    pk: int
    claimed_at: datetime


# --- the drain ----------------------------------------------------------------------------------------


def deliver_due(*, now: Callable[[], datetime]) -> int:
    """Send everything that is due, in rounds of heads; returns how many deliveries were tried."""
    count = 0
    while claimed := claim(now=now()):
        _for_each(lambda each: carry(each, now=now), claimed)
        count += len(claimed)
    return count


@transaction.atomic
def claim(*, now: datetime, limit: int = BATCH) -> list[Claimed]:
    """Take due heads, at most one for each address of a conversation; no two workers take the same.

    A provider that is away holds up what goes to it and not what goes to another address of the customer.
    """
    ahead = Delivery.objects.filter(
        conversation=OuterRef("conversation"),
        identity=OuterRef("identity"),
        place__lt=OuterRef("place"),
        state__in=[State.QUEUED, State.SENDING],
    )
    heads = (
        Delivery.objects.filter(~Exists(ahead), state=State.QUEUED, due_at__lte=now)
        .order_by("due_at", "pk")
        .select_for_update(no_key=True, skip_locked=True)
    )
    ids = list(heads.values_list("pk", flat=True)[:limit])
    Delivery.objects.filter(pk__in=ids).update(state=State.SENDING, claimed_at=now, changed_at=now)
    return [Claimed(pk, now) for pk in ids]


def carry(claimed: Claimed, *, now: Callable[[], datetime]) -> None:
    """One try of one claimed delivery. What the provider says decides its next state."""
    attempt = _begin(claimed, now())
    if attempt is None:
        return
    delivery = attempt.delivery
    channel = delivery.identity.channel
    try:
        message = _outgoing(delivery)
        adapter = build_adapter(channel.kind, secret=channel.webhook_secret)
        receipt = adapter.send(message)
    except PermanentError as error:
        _finish(attempt, Outcome.PERMANENT, State.FAILED, error=str(error), now=now())
    except TransientError as error:
        _try_later(attempt, Outcome.TRANSIENT, error, pause=error.retry_after, now=now())
    except UncertainError as error:
        _perhaps_sent(attempt, str(error), now=now())
    except Exception as error:
        # The adapter broke: whether the request had left, nobody knows.
        logger.exception("delivery %s broke its adapter", delivery.pk)
        _perhaps_sent(attempt, str(error) or type(error).__name__, now=now())
    else:
        _finish(attempt, Outcome.SENT, State.SENT, provider_id=receipt.provider_id, now=now())


def _outgoing(delivery: Delivery) -> OutboundMessage:
    if delivery.message.deleted_at is not None:
        raise PermanentError(_("The message was deleted before it left."))
    return OutboundMessage(
        recipient=delivery.identity.external_id, text=delivery.message.text, key=f"delivery-{delivery.pk}"
    )


@transaction.atomic
def _begin(claimed: Claimed, now: datetime) -> DeliveryAttempt | None:
    """Write down that the request leaves now; None when the claim was taken back meanwhile."""
    ours = Delivery.objects.filter(pk=claimed.pk, state=State.SENDING, claimed_at=claimed.claimed_at)
    # A second beginning of one claim would leave two open attempts.
    if not ours.update(attempts_made=F("attempts_made") + 1, claimed_at=None, changed_at=now):
        return None
    attempt = DeliveryAttempt.objects.create(delivery_id=claimed.pk, started_at=now)
    attempt.delivery = Delivery.objects.select_related("message", "identity__channel").get(pk=claimed.pk)
    return attempt


# --- what became of it --------------------------------------------------------------------------------


@transaction.atomic
def _finish(
    attempt: DeliveryAttempt,
    outcome: str,
    state: str,
    *,
    now: datetime,
    error: str = "",
    provider_id: str = "",
) -> None:
    """Close the attempt and bring the delivery to its state; an answer that comes too late only helps."""
    conversation, delivery = _locked(attempt.delivery_id)
    error = error[:ERROR_LENGTH]
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(outcome=outcome, error=error, ended_at=now)
    awaited = delivery.state == State.SENDING and not _newer(attempt)
    if not awaited and not (state == State.SENT and delivery.state not in RANK):
        return
    if provider_id:
        delivery.provider_id = provider_id
    _change(conversation, delivery, state, error=error, now=now)


def _try_later(
    attempt: DeliveryAttempt, outcome: str, error: Exception, *, now: datetime, pause: float | None = None
) -> None:
    """Queue it again, later each time, until nobody waits for it any more."""
    made = attempt.delivery.attempts_made
    if made >= GIVE_UP_AFTER:
        _finish(attempt, outcome, State.FAILED, error=str(error), now=now)
        return
    wait = timedelta(seconds=pause) if pause is not None else _pause(made)
    told = str(error)[:ERROR_LENGTH]
    with transaction.atomic():
        ours = Delivery.objects.select_for_update(no_key=True).filter(
            pk=attempt.delivery_id, state=State.SENDING
        )
        # The delivery before its attempt, as in _finish.
        awaited = ours.exists() and not _newer(attempt)
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(outcome=outcome, error=told, ended_at=now)
        if awaited:
            ours.update(state=State.QUEUED, due_at=now + wait, error=told, changed_at=now, claimed_at=None)


def _newer(attempt: DeliveryAttempt) -> bool:
    """Whether the delivery was begun again since: what an old attempt says is not waited for."""
    return DeliveryAttempt.objects.filter(delivery=attempt.delivery_id, pk__gt=attempt.pk).exists()


def _pause(attempts: int) -> timedelta:
    """2, 4, 8 … seconds, at most five minutes."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_PAUSE)


def _perhaps_sent(attempt: DeliveryAttempt, error: str, *, now: datetime) -> None:
    """The request may have been taken: repeat it where the channel knows repeats, else ask a person."""
    if adapter_class(attempt.delivery.identity.channel.kind).abilities.idempotent:
        _try_later(attempt, Outcome.UNCERTAIN, Exception(error), now=now)
    else:
        _finish(attempt, Outcome.UNCERTAIN, State.UNCERTAIN, error=error, now=now)


def recover(*, now: datetime) -> int:
    """What killed workers left behind; returns how many deliveries were found."""
    unbegun = Delivery.objects.filter(state=State.SENDING, claimed_at__lte=now - CLAIM_LIFE)
    count = unbegun.update(state=State.QUEUED, claimed_at=None, changed_at=now)
    lost = DeliveryAttempt.objects.filter(
        outcome=Outcome.OPEN, started_at__lte=now - ATTEMPT_LIFE
    ).select_related("delivery__identity__channel")
    for attempt in lost[:BATCH]:
        _perhaps_sent(attempt, str(_("The connection was lost while sending.")), now=now)
        count += 1
    return count


@transaction.atomic
def apply_receipt(channel_id: int, *, provider_id: str, state: str, now: datetime) -> bool:
    """A provider's word about something we sent. Only forward; False when it says nothing new.

    Raises ReceiptTooEarly while the answer to some request of the channel is still awaited.
    """
    of_channel = Delivery.objects.filter(identity__channel=channel_id)
    found = of_channel.filter(provider_id=provider_id).exclude(provider_id="").first()
    if found is None:
        under_way = Q(state=State.SENDING) | Q(state=State.QUEUED, attempts_made__gt=0)
        if of_channel.filter(under_way).exists():
            raise ReceiptTooEarly(provider_id)
        return False
    conversation, delivery = _locked(found.pk)
    if RANK[State(state)] <= RANK.get(State(delivery.state), 0):
        return False
    _change(conversation, delivery, state, error="", now=now)
    return True


@transaction.atomic
def retry(sight: Sight, delivery_id: int, *, now: datetime) -> Delivery:
    """Send a failed or uncertain one again, after everything that waits now; a line in the thread says so.

    Raises NotFound, NotYours, Conflict when it is under way or has arrived.
    """
    seen = Conversation.objects.visible_to(sight).values("pk")
    if not Delivery.objects.filter(pk=delivery_id, conversation__in=seen).exists():
        raise NotFound(_("There is no such message."))
    conversation, delivery = _locked(delivery_id)
    require_answer(sight, conversation)
    if delivery.state not in (State.FAILED, State.UNCERTAIN):
        raise Conflict(_("This message is on its way or has arrived."), code="not_failed")
    actor = Actor.staff(sight.user_id)
    line = timeline.add_system_line(
        conversation, "sent_again", actor=actor, now=now, staff_only=True, seq=delivery.message.seq
    )
    delivery.place, delivery.due_at, delivery.attempts_made, delivery.provider_id = line.seq, now, 0, ""
    _change(conversation, delivery, State.QUEUED, error="", now=now, actor=actor)
    queued = DeliveryQueued(conversation=conversation.pk, rev=conversation.rev, delivery=delivery.pk)
    announce(queued, actor=actor, now=now)
    return delivery


def require_answer(sight: Sight, conversation: Conversation, *, even_closed: bool = False) -> None:
    """Its holder or helper decides; without a holder, who may answer in its line."""
    if Conversation.objects.answerable_by(sight).filter(pk=conversation.pk).exists():
        return
    unheld = conversation.holder_id is None and (even_closed or conversation.state != "closed")
    where = {"line_id": conversation.line_id, "channel_id": conversation.channel_id}
    if not (unheld and sight.covers(Right.ANSWER, **where)):
        raise NotYours(_("You do not hold this conversation. Accept it or ask its holder."))


def _locked(delivery_id: int) -> tuple[Conversation, Delivery]:
    """Conversation before delivery, as everywhere."""
    conversation_id = Delivery.objects.values_list("conversation_id", flat=True).get(pk=delivery_id)
    conversation = lifecycle.lock(conversation_id)
    delivery = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("message")
        .get(pk=delivery_id)
    )
    return conversation, delivery


def _change(
    conversation: Conversation,
    delivery: Delivery,
    state: str,
    *,
    error: str,
    now: datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Write the state, and raise the message's rev so that screens and catching up see it."""
    delivery.state, delivery.error = state, error
    delivery.changed_at, delivery.claimed_at = now, None
    delivery.save()
    conversation.rev += 1
    is_answer = delivery.message.author_kind != AuthorKind.SYSTEM
    if is_answer and state in (State.FAILED, State.UNCERTAIN) and conversation.state != "closed":
        # He was not answered after all: the clock runs again and the list shows it.
        conversation.awaiting_since = conversation.awaiting_since or now
    conversation.save(update_fields=["rev", "awaiting_since"])
    Message.objects.filter(pk=delivery.message_id).update(rev=conversation.rev)
    event = DeliveryChanged(
        conversation=conversation.pk,
        rev=conversation.rev,
        delivery=delivery.pk,
        message=delivery.message_id,
        seq=delivery.message.seq,
        state=state,
    )
    announce(event, actor=actor, now=now)


# --- threads ------------------------------------------------------------------------------------------


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=settings.DELIVERY_THREADS, thread_name_prefix="deliver")


def _for_each(call: Callable[[Claimed], None], claimed: Iterable[Claimed]) -> None:
    """Run ``call`` for each, side by side; one that breaks is logged and found again by ``recover``."""
    if not settings.DELIVERY_THREADS:
        for each in claimed:
            call(each)
        return
    for future in [_pool().submit(_guarded, call, each) for each in claimed]:
        future.result()


def _guarded(call: Callable[[Claimed], None], claimed: Claimed) -> None:
    try:
        call(claimed)
    except (OperationalError, InterfaceError) as error:
        logger.warning("delivery %s: database unavailable: %s", claimed.pk, error)
        connections["default"].close()
    except Exception:
        logger.exception("delivery %s broke", claimed.pk)
