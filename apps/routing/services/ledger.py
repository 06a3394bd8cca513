"""The promise ledger: what the bank owes for public promises it broke, and what supervisors decided about it.

One obligation for a promise and a conversation, by a constraint of the database. It is written in the transaction
of the breach, with its proof; the answer that came late completes the proof.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import State
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import announce
from apps.core.locks import one_after_another
from apps.core.models import Event
from apps.routing.events import (
    ObligationConfirmed,
    ObligationCreated,
    ObligationDecided,
    ObligationWaived,
    ObligationWaiverAsked,
)
from apps.routing.models import Clock, Obligation, ObligationState

REASON_LIMIT = 300
DAY = timedelta(hours=24)


def owe(clock: Clock, *, now: datetime) -> Obligation | None:
    """Write what a broken public promise owes; None when this conversation has been promised for already."""
    assert clock.promise is not None
    assert clock.due_at is not None
    found, is_new = Obligation.objects.get_or_create(
        promise=clock.promise,
        conversation_id=clock.conversation_id,
        defaults={
            "clock": clock,
            "line_id": clock.line_id,
            "compensation_code": (clock.showing or clock.promise).compensation_code,
            "turn": clock.turn,
            "promised_seconds": clock.seconds,
            "started_at": clock.started_at,
            "due_at": clock.due_at,
            "asked_event": _event_of(clock.conversation_id, "message.received", clock.turn),
            "created_at": now,
        },
    )
    if not is_new:
        return None
    event = ObligationCreated(
        conversation=clock.conversation_id,
        obligation=found.pk,
        promise=clock.promise.pk,
        compensation=found.compensation_code,
        promised_seconds=clock.seconds,
        started_at=found.started_at,
        due_at=found.due_at,
        shown_at=clock.showing.shown_at if clock.showing else None,
    )
    announce(event, actor=SYSTEM, now=now)
    return found


def complete(clock: Clock) -> None:
    """The answer to a broken promise came after all: the proof says when."""
    if clock.promise_id is None or clock.met_at is None:
        return
    after = _answers(clock).filter(at=clock.met_at)
    Obligation.objects.filter(clock=clock, answered_at__isnull=True).update(
        answered_at=clock.met_at,
        taken_seconds=clock.taken,
        answered_event=after.values_list("pk", flat=True).first(),
    )


def note_closing(clock: Clock, closed_at: datetime) -> None:
    """The house closed it without an answer: the proof names the closing."""
    if clock.promise_id is None:
        return
    moves = Event.objects.filter(
        subject_kind="conversation",
        subject_id=clock.conversation_id,
        kind="conversation.moved",
        details__state=State.CLOSED,
        at=closed_at,
    )
    Obligation.objects.filter(clock=clock, answered_at__isnull=True, closed_at__isnull=True).update(
        closed_at=closed_at, closed_event=moves.values_list("pk", flat=True).first()
    )


def _answers(clock: Clock) -> QuerySet[Event]:
    story = Event.objects.filter(subject_kind="conversation", subject_id=clock.conversation_id)
    return story.filter(kind__in=["message.sent", "conversation.moved"]).order_by("pk")


def _event_of(conversation_id: int, kind: str, seq: int) -> int | None:
    story = Event.objects.filter(subject_kind="conversation", subject_id=conversation_id, kind=kind)
    return story.filter(details__seq=seq).order_by("pk").values_list("pk", flat=True).first()


@transaction.atomic
def confirm(obligation_id: int, *, actor: Actor, now: datetime, reason: str = "") -> Obligation:
    """The bank pays. Raises NotFound, Conflict when it was decided already."""
    found = _locked(obligation_id)
    _decide(found, ObligationState.CONFIRMED, actor=actor, now=now, reason=reason)
    announce(_told(ObligationConfirmed, found), actor=actor, now=now)
    return found


@transaction.atomic
def waive(obligation_id: int, *, actor: Actor, now: datetime, reason: str) -> Obligation:
    """The bank does not pay, for a reason that is kept. Raises Invalid without one, NotFound, Conflict.

    Where he has waived as many of its promise as one person may, it stays open and a second person is asked for:
    he who asked cannot decide so himself.
    """
    if not reason.strip():
        raise Invalid(_("Say why nothing is owed."))
    found = _locked(obligation_id)
    if found.asked_by_id is not None and found.asked_by_id == actor.id:
        raise Conflict(_("You asked for this waiver: a second person decides."), code="second_person_needed")
    if found.asked_by_id is None and _takes_two(found, actor, now):
        _ask_second(found, actor=actor, now=now, reason=reason)
        return found
    _decide(found, ObligationState.WAIVED, actor=actor, now=now, reason=reason)
    announce(_told(ObligationWaived, found), actor=actor, now=now)
    return found


def _locked(obligation_id: int) -> Obligation:
    """The open obligation with its row locked; raises NotFound, Conflict."""
    rows = Obligation.objects.select_for_update(no_key=True, of=("self",)).select_related("promise")
    found = rows.filter(pk=obligation_id).first()
    if found is None:
        raise NotFound(_("There is no such obligation."))
    if found.state != ObligationState.OPEN:
        raise Conflict(_("It has been decided already: %(state)s.") % {"state": found.get_state_display()})
    return found


def _takes_two(found: Obligation, actor: Actor, now: datetime) -> bool:
    """Whether he has waived alone what one person may. One waiver after another, so that two do not pass as one."""
    if found.promise.waived_alone is None:
        return False
    one_after_another("waiver", f"{found.promise_id}:{actor.id}")
    waived = Obligation.objects.filter(promise=found.promise_id, state=ObligationState.WAIVED)
    alone = waived.filter(decided_by=actor.id, asked_by__isnull=True, decided_at__gt=now - DAY)
    return alone.count() >= found.promise.waived_alone


def _ask_second(found: Obligation, *, actor: Actor, now: datetime, reason: str) -> None:
    found.asked_by_id, found.asked_at = actor.id, now
    found.asked_reason = reason.strip()[:REASON_LIMIT]
    found.save(update_fields=["asked_by", "asked_at", "asked_reason"])
    announce(_told(ObligationWaiverAsked, found), actor=actor, now=now)


def _decide(found: Obligation, state: str, *, actor: Actor, now: datetime, reason: str) -> None:
    found.state, found.decided_by_id, found.decided_at = state, actor.id, now
    found.reason = reason.strip()[:REASON_LIMIT]
    found.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def _told(event: type[ObligationDecided], found: Obligation) -> ObligationDecided:
    return event(
        conversation=found.conversation_id,
        obligation=found.pk,
        promise=found.promise_id,
        compensation=found.compensation_code,
    )
