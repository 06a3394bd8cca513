"""A customer leaves a contact: out of hours, or instead of waiting. One person makes one open lead of a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.conversations.models import CloseReason, Conversation, Customer, Identity, State
from apps.conversations.services import lifecycle, timeline
from apps.conversations.services.inbound import lock_owner
from apps.conversations.services.people import cleaned
from apps.conversations.services.words import prepare
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid
from apps.core.events import announce
from apps.core.locks import one_after_another
from apps.operators.models import Queue
from apps.routing.events import LeadChanged, LeadCreated
from apps.routing.models import (
    OPEN_LEAD,
    Lead,
    LeadRequest,
    LeadState,
    LeavingReason,
    Occasion,
    QueueEntry,
    Stage,
    Wanted,
)
from apps.routing.services import doors, hours, offers, steps

QUESTION = 4000  # characters
PREFERRED = 80
NAME = 120
EMAIL = 200
DIGITS = (6, 15)  # of a telephone


class NotOffered(Conflict):
    """The chat is open and the line offers no such thing now."""

    code = "not_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach him, in the forms in which it is kept and compared."""

    name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def phone_key(self) -> str:
        """Digits in one form: +7, 8 and nothing before a Russian number are the same."""
        digits = "".join(str(int(each)) for each in self.phone if each.isdecimal())
        if len(digits) == 11 and digits.startswith("8"):
            return "7" + digits[1:]
        return "7" + digits if len(digits) == 10 and digits.startswith("9") else digits

    @property
    def email_key(self) -> str:
        return self.email.lower()


def contact(*, name: str, phone: str, email: str, wanted: str) -> Contact:
    """Cleaned and checked; raises Invalid. Who wants to be called leaves a telephone."""
    found = cleaned({"name": name.strip(), "phone": phone.strip(), "email": email.strip()})
    if len(found["name"]) > NAME:
        raise Invalid(_("The name is too long."), code="too_long")
    made = Contact(**found)
    if made.phone and not (DIGITS[0] <= len(made.phone_key) <= DIGITS[1] and _PHONE.fullmatch(made.phone)):
        raise Invalid(_("Check the number."), code="wrong_phone")
    if made.email:
        _check_email(made.email)
    if wanted == Wanted.CALLBACK and not made.phone:
        raise Invalid(_("Enter a phone number."), code="phone_missing")
    if not (made.phone or made.email):
        raise Invalid(_("Leave a phone number or an e-mail."), code="contact_missing")
    return made


_PHONE = re.compile(r"\+?[\d\s().-]{6,31}")


def _check_email(email: str) -> None:
    try:
        validate_email(email if len(email) <= EMAIL else "")
    except ValidationError as error:
        raise Invalid(_("Check the e-mail."), code="wrong_email") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What he asks for."""

    wanted: str
    contact: Contact
    question: str = ""
    preferred: str = ""
    client_id: str


def request(
    *, wanted: str, name: str, phone: str, email: str, question: str, preferred: str, client_id: str
) -> Request:
    """A request from what was typed; raises Invalid. Card numbers are hidden before anything is written."""
    if wanted not in Wanted.values:
        raise Invalid(_("Choose an answer or a call."))
    return Request(
        wanted=wanted,
        contact=contact(name=name, phone=phone, email=email, wanted=wanted),
        question=prepare(question, limit=QUESTION, may_be_empty=True),
        preferred=prepare(preferred, limit=PREFERRED, may_be_empty=True),
        client_id=client_id,
    )


@transaction.atomic
def leave(
    identity: Identity,
    asked: Request,
    *,
    conversation_id: int | None,
    department: int | None,
    now: datetime,
) -> Lead:
    """Keep the contact; a conversation he waited in ends with it. A repeat finds the first.

    Raises NotOffered when the chat is open and the line offers no such thing, Invalid without a question where
    there is no conversation. The line is known once the conversation is locked: until then it may overflow.
    """
    customer = lock_owner(identity)
    if repeat := LeadRequest.objects.filter(identity=identity, client_id=asked.client_id).first():
        return repeat.lead
    waiting = _waiting(identity, conversation_id)
    queue = waiting.line if waiting else doors.line_of(identity.channel, department)
    one_after_another("lead", str(queue.pk))
    if waiting is not None:
        _end_waiting(waiting, identity, asked, now)
    else:
        _check_out_of_hours(queue, asked, now)
    occasion = Occasion.WAITING if waiting else Occasion.OUT_OF_HOURS
    lead, is_his = _open_lead(queue, asked.contact, customer, now)
    is_new = lead is None
    if lead is None:
        lead = Lead(queue=queue, channel_id=identity.channel_id, customer=customer, created_at=now)
    if is_his:
        _complete(lead, asked.contact, waiting, now)
    _add_request(lead, identity, asked, occasion, now)
    _announce(lead, asked, occasion, is_new=is_new, actor=Actor.customer(identity.pk), now=now)
    return lead


def _waiting(identity: Identity, conversation_id: int | None) -> Conversation | None:
    """The conversation in which he waits, locked, when he named one of his own that is open."""
    if conversation_id is None:
        return None
    mine = Conversation.objects.reached_by(identity).open().filter(pk=conversation_id)
    return lifecycle.lock(conversation_id) if mine.exists() else None


def _check_out_of_hours(queue: Queue, asked: Request, now: datetime) -> None:
    if not hours.asks_contact(queue, now):
        raise NotOffered(_("The chat is open: write to us here."))
    if not asked.question:
        raise Invalid(_("Write your question."), code="question_missing")


def _end_waiting(conversation: Conversation, identity: Identity, asked: Request, now: datetime) -> None:
    """The conversation leaves its line, unless somebody took it a moment ago: then he is answered there."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is None or conversation.state not in (State.QUEUED, State.OFFLINE):
        raise NotOffered(_("A specialist has just joined: he answers you here."), code="already_answered")
    if asked.wanted not in offered(conversation.line, entry, now=now):
        raise NotOffered(_("This is not offered now."))
    actor = Actor.customer(identity.pk)
    offers.withdraw(conversation, actor=SYSTEM, now=now)
    steps.end_entry(conversation, reason=LeavingReason.CLOSED, now=now)
    timeline.add_system_line(conversation, "contact_left", actor=actor, now=now, wanted=asked.wanted)
    lifecycle.move(conversation, to=State.CLOSED, actor=actor, now=now, close_reason=CloseReason.CONTACT_LEFT)


def offered(queue: Queue, entry: QueueEntry, *, now: datetime) -> list[str]:
    """What is offered instead of waiting by now; nothing to whom the line does not make wait."""
    if entry.stage == Stage.OFFLINE:
        return []
    waited = (now - entry.waiting_since).total_seconds()
    after = {Wanted.ANSWER: queue.offer_contact_seconds, Wanted.CALLBACK: queue.offer_callback_seconds}
    return [wanted.value for wanted, seconds in after.items() if seconds is not None and waited >= seconds]


def _open_lead(queue: Queue, given: Contact, customer: Customer, now: datetime) -> tuple[Lead | None, bool]:
    """The open lead of this telephone or e-mail, and whether it is his to complete.

    When they name two, the later is joined to the earlier. Anybody can type anybody's number: a lead of somebody whom
    the bank knows gets the request, and keeps its contact and its place, unless he himself asks.
    """
    same = Q(pk__in=[])
    for name in ("phone_key", "email_key"):
        if key := getattr(given, name):
            same |= Q(**{name: key})
    rows = Lead.objects.filter(OPEN_LEAD, same, queue=queue).select_related("customer").order_by("pk")
    found = list(rows.select_for_update(no_key=True, of=("self",)))
    if any(each.customer_id != customer.pk and each.customer.bank_id is not None for each in found):
        return found[0], False
    for other in found[1:]:
        _join(other, found[0], now)
    return (found[0] if found else None), True


def _join(other: Lead, kept: Lead, now: datetime) -> None:
    other.requests.update(lead=kept)
    other.state, other.joined_into, other.closed_at, other.changed_at = LeadState.JOINED, kept, now, now
    other.customer_id = kept.customer_id
    other.save(update_fields=["state", "joined_into", "closed_at", "changed_at", "customer"])
    for lead, change in ((other, "state"), (kept, "joined")):
        event = LeadChanged(
            lead=lead.pk,
            change=change,
            line=lead.queue_id,
            state=lead.state,
            owner=lead.owner_id,
            other=kept.pk if lead is other else other.pk,
        )
        announce(event, actor=SYSTEM, now=now)


def _complete(lead: Lead, given: Contact, conversation: Conversation | None, now: datetime) -> None:
    """What the lead does not know yet; what it knows stays, the request keeps what was typed."""
    for name in ("name", "phone", "email"):
        if value := getattr(given, name):
            setattr(lead, name, getattr(lead, name) or value)
    known = Contact(name=lead.name, phone=lead.phone, email=lead.email)
    lead.phone_key, lead.email_key = known.phone_key, known.email_key
    lead.conversation = conversation or lead.conversation
    lead.changed_at = now
    lead.save()


def _add_request(lead: Lead, identity: Identity, asked: Request, occasion: str, now: datetime) -> None:
    LeadRequest.objects.create(
        lead=lead,
        identity=identity,
        client_id=asked.client_id,
        wanted=asked.wanted,
        occasion=occasion,
        name=asked.contact.name,
        phone=asked.contact.phone,
        email=asked.contact.email,
        question=asked.question,
        preferred=asked.preferred,
        at=now,
    )


def _announce(
    lead: Lead, asked: Request, occasion: str, *, is_new: bool, actor: Actor, now: datetime
) -> None:
    where = {"lead": lead.pk, "line": lead.queue_id}
    event: LeadCreated | LeadChanged
    if is_new:
        event = LeadCreated(
            **where,
            channel=lead.channel_id,
            customer=lead.customer_id,
            conversation=lead.conversation_id,
            wanted=asked.wanted,
            occasion=occasion,
        )
    else:
        event = LeadChanged(**where, change="request", state=lead.state, owner=lead.owner_id)
    announce(event, actor=actor, now=now)
