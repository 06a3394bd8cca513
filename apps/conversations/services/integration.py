"""What the bank's own systems do: start and write conversations, describe customers, report what they did.

Rights are those of the service account's grants, as for staff; the integration's token is written down as actor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.events import ConversationStarted, CustomerActed
from apps.conversations.models import Customer, Identity, Message, Participant, Right, Role, State
from apps.conversations.services import inbound, people, timeline
from apps.conversations.services.outbound import locked
from apps.conversations.services.splits import hide_split_card
from apps.conversations.services.words import may_hide_card, prepare
from apps.core.actors import Actor
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.core.events import announce
from apps.operators.models import Operator, Queue


class AlreadyOpen(Conflict):
    """The customer already has an open conversation about this; write there or name another thread."""

    code = "already_open"


def known_customer(sight: Sight, customer_id: int) -> Customer:
    """A customer with ``shows_personal``; NotFound when he is nobody or not for this account."""
    found = Customer.objects.known_to(sight).with_personal(sight).filter(pk=customer_id).first()
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found


@transaction.atomic
def start(
    sight: Sight,
    *,
    identity_id: int,
    text: str,
    thread: str,
    line_id: int | None,
    actor: Actor,
    now: datetime,
) -> inbound.Stored:
    """Open a conversation with a customer's first words; raises NotFound, Forbidden, AlreadyOpen, Conflict."""
    identity = Identity.objects.select_related("channel").filter(pk=identity_id).first()
    if identity is None:
        raise NotFound(_("There is no such identity."))
    known_customer(sight, identity.customer_id)
    if not sight.has(Right.ANSWER):
        raise Forbidden(_("The account of this token may not answer customers."))
    _check_doors(identity, line_id)
    customer = people.lock_customers([identity.customer_id])[identity.customer_id]
    if customer.conversations.open().filter(thread=thread).exists():
        raise AlreadyOpen(_("The customer already has an open conversation of this thread."))
    stored = inbound.receive(
        identity,
        text=prepare(text, limit=identity.channel.text_limit),
        client_id=None,
        now=now,
        thread=thread,
        requested_line=line_id,
    )
    event = ConversationStarted(
        conversation=stored.conversation_id, rev=stored.rev, identity=identity.pk, message=stored.message_id
    )
    announce(event, actor=actor, now=now)
    return stored


def _check_doors(identity: Identity, line_id: int | None) -> None:
    if not identity.channel.is_active:
        raise Conflict(_("This channel is switched off."), code="channel_off")
    if line_id is not None and not Queue.objects.filter(pk=line_id, is_active=True).exists():
        raise NotFound(_("There is no such line."))


@transaction.atomic
def write(
    sight: Sight,
    *,
    conversation_id: int,
    text: str,
    note: bool,
    reply_to: int | None,
    files: Sequence[UUID],
    actor: Actor,
    now: datetime,
) -> Message:
    """An answer or a note by the service account; raises NotFound, Forbidden, Conflict, Invalid.

    While a bot has the conversation, what its application writes is the bot's.
    """
    conversation = locked(sight, conversation_id)
    area = {"line_id": conversation.line_id, "channel_id": conversation.channel_id}
    if not sight.covers(Right.ANSWER, **area):
        raise Forbidden(_("You do not have the right to do this in this line."))
    if conversation.state == State.CLOSED and not note:
        raise Conflict(_("The conversation is already closed."), code="closed")
    as_bot = Participant.objects.filter(
        conversation=conversation, user=sight.user_id, role=Role.BOT, until__isnull=True
    ).first()
    text = prepare(text, may_be_empty=bool(files))
    if may_hide_card(text):
        text = hide_split_card(conversation, author={"author_id": sight.user_id}, text=text, now=now)
    return timeline.add_staff_message(
        conversation,
        author_id=sight.user_id,
        text=text,
        client_id=None,
        now=now,
        actor=actor,
        note=note,
        reply_to=reply_to,
        files=timeline.take_files(files, uploaded_by=f"user:{sight.user_id}") if files else (),
        bot=as_bot.called if as_bot else None,
    )


@transaction.atomic
def upsert_customer(
    sight: Sight, *, bank_id: str, values: Mapping[str, Any], actor: Actor, now: datetime
) -> tuple[Customer, bool]:
    """The bank's customer of this number, made when unknown, with these values; whether he is new.

    Only for accounts that see personal data in every line: to others the answer would tell whom the bank knows.
    """
    if sight.lines(Right.PERSONAL) is not None:
        raise Forbidden(_("The account of this token must see personal data in all lines."))
    _check_manager(values)
    people.one_at_a_time(bank_id)
    customer, created = Customer.objects.get_or_create(bank_id=bank_id, defaults={"created_at": now})
    while customer.merged_into is not None:
        customer = customer.merged_into
    return people.describe(customer.pk, actor=actor, now=now, **values), created


def describe(
    sight: Sight, customer_id: int, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> Customer:
    """Change what is known of a customer; raises NotFound, Forbidden."""
    customer = known_customer(sight, customer_id)
    if not customer.shows_personal:  # type: ignore[attr-defined]  # added by with_personal
        raise Forbidden(_("The account of this token does not see this customer's personal data."))
    _check_manager(values)
    people.describe(customer.pk, actor=actor, now=now, **values)
    return known_customer(sight, customer_id)


def _check_manager(values: Mapping[str, Any]) -> None:
    manager = values.get("manager")
    if manager is not None and not Operator.objects.filter(pk=manager, is_active=True).exists():
        raise NotFound(_("There is no such operator."))


@transaction.atomic
def report(
    sight: Sight, customer_id: int, *, code: str, happened_at: datetime, actor: Actor, now: datetime
) -> None:
    """Write down what a customer did in the bank's systems."""
    customer = known_customer(sight, customer_id)
    event = CustomerActed(customer=customer.pk, code=code, happened_at=happened_at.isoformat())
    announce(event, actor=actor, now=now)
