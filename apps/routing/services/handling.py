"""What people do with a conversation: accept, take over, transfer, return, snooze, close, reopen.

Each verb asks for the right, locks the conversation, then the operator, ends the open entry and assignment and
opens what follows, in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.models import CloseReason, Conversation, Identity, Right, State
from apps.conversations.services import lifecycle, outbound, timeline
from apps.conversations.services.inbound import Stored
from apps.conversations.services.splits import hide_split_card
from apps.conversations.services.words import may_hide_card, prepare
from apps.core.actors import SYSTEM, Actor, ActorKind
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.core.models import User
from apps.core.moments import LATEST
from apps.operators.models import Operator, Queue
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    BotStay,
    Decision,
    EntryReason,
    LeavingReason,
)
from apps.routing.services import after_work, capacity, handing, lookups, offers, placement, steps, turns
from apps.routing.services.naming import name_of


class AlreadyTaken(Conflict):
    """A colleague was quicker."""

    code = "already_taken"


class BeingPlaced(Conflict):
    """The bank's system is being asked about the customer; then the rules choose the line."""

    code = "being_placed"


class BeingOffered(Conflict):
    """It is being offered to a colleague at this moment."""

    code = "being_offered"


@transaction.atomic
def accept(sight: Sight, conversation_id: int, *, now: datetime) -> Conversation:
    """Take what is offered, or a waiting conversation.

    Out of turn only with the right to pick. Raises NotFound, Forbidden, AlreadyTaken, BeingPlaced, BeingOffered,
    NotAtWork, AtCapacity.
    """
    offered = _offered_to(sight.user_id, conversation_id)
    if offered is not None:
        return offers.accept(sight.user_id, conversation_id, now=now)
    conversation = _placed(sight, conversation_id, now)
    _require(sight, Right.ANSWER, conversation)
    if conversation.state == State.ASSIGNED and conversation.holder_id == sight.user_id:
        return conversation
    _require_free(conversation)
    if not (_put_aside_by(sight, conversation) or _may_pick(sight, conversation)):
        turns.require(sight, conversation, now=now)
    _give(conversation, sight.user_id, AssignmentReason.ACCEPTED, Decision.Reason.ACCEPT, now)
    return conversation


@transaction.atomic
def answer_from_line(
    sight: Sight,
    conversation_id: int,
    *,
    text: str,
    client_id: str,
    now: datetime,
    reply_to: int | None = None,
    files: Sequence[UUID] = (),
    uploaded_by: str = "",
) -> Stored:
    """Take a waiting conversation and answer it, both or neither; a repeat finds what was stored. Raises as accept."""
    if not outbound.is_stored(sight.user_id, client_id):
        accept(sight, conversation_id, now=now)
    return outbound.answer(
        sight,
        conversation_id=conversation_id,
        text=text,
        client_id=client_id,
        now=now,
        reply_to=reply_to,
        files=files,
        uploaded_by=uploaded_by,
    )


def _put_aside_by(sight: Sight, conversation: Conversation) -> bool:
    """What he snoozed himself is his to take back at any time."""
    return conversation.state == State.SNOOZED and conversation.preferred_id == sight.user_id


def _may_pick(sight: Sight, conversation: Conversation) -> bool:
    return sight.covers(Right.PICK, line_id=conversation.line_id, channel_id=conversation.channel_id)


def _offered_to(operator_id: int, conversation_id: int) -> Assignment | None:
    open_ones = Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=True)
    return open_ones.filter(conversation=conversation_id, operator=operator_id).first()


def _require_free(conversation: Conversation) -> None:
    """Raises unless nobody holds the locked conversation or is being asked to take it."""
    if conversation.state == State.ASSIGNED:
        raise AlreadyTaken(
            _("%(name)s has already taken this conversation.") % {"name": _holder_name(conversation)}
        )
    if conversation.state not in (State.NEW, State.QUEUED, State.OFFLINE, State.SNOOZED):
        raise lifecycle.IllegalMove(_("This conversation is not waiting any more."))
    if offer := offers.open_offer(conversation):
        raise BeingOffered(_("It is being offered to %(name)s now.") % {"name": name_of(offer.operator_id)})


def take_next(sight: Sight, *, now: datetime) -> Conversation | None:
    """Pull the conversation whose turn it is of those that are his to take; None when nothing waits for him.

    Raises NotAtWork, AtCapacity. Each is tried in a transaction of its own: they stand in the order of service, and
    rows locked together are locked by number.
    """
    for number in turns.next_for(sight, now=now):
        if taken := _take_if_his(sight, number, now):
            return taken
    return None


@transaction.atomic
def _take_if_his(sight: Sight, conversation_id: int, now: datetime) -> Conversation | None:
    """The conversation, unless a colleague was quicker or it stands by now where he takes nothing."""
    conversation = lifecycle.lock(conversation_id)
    if conversation.state != State.QUEUED or offers.open_offer(conversation):
        return None
    if not turns.is_pulled_by(sight, conversation, now=now):
        return None
    _give(conversation, sight.user_id, AssignmentReason.ACCEPTED, Decision.Reason.ACCEPT, now)
    return conversation


@transaction.atomic
def take_over(sight: Sight, conversation_id: int, *, now: datetime) -> Conversation:
    """Take a conversation from the colleague who holds it, which needs the right to, or from a bot."""
    conversation = outbound.locked(sight, conversation_id)
    from_bot = conversation.state == State.BOT
    _require(sight, Right.ANSWER if from_bot else Right.TAKE_OVER, conversation)
    if not from_bot and (conversation.state != State.ASSIGNED or conversation.holder_id == sight.user_id):
        raise lifecycle.IllegalMove(_("Nobody else holds this conversation now."))
    told = ("taken_from_bot", _with_bot(conversation)) if from_bot else ("taken_over", _from(conversation))
    steps.end_assignment(conversation, reason=AssignmentEnd.TAKEN_OVER, now=now)
    code, params = told
    timeline.add_system_line(
        conversation,
        code,
        actor=Actor.staff(sight.user_id),
        now=now,
        staff_only=True,
        by=name_of(sight.user_id),
        **params,
    )
    _give(conversation, sight.user_id, AssignmentReason.TAKEN_OVER, Decision.Reason.TAKE_OVER, now)
    return conversation


@transaction.atomic
def transfer_to_line(
    sight: Sight,
    conversation_id: int,
    queue_id: int,
    *,
    comment: str,
    now: datetime,
    shown: bool = False,
    actor: Actor | None = None,
) -> Conversation:
    """Send a conversation to another line; it waits there.

    The comment is a note for colleagues, or, ``shown``, words that the customer reads; they answer nothing.
    """
    conversation = movable(sight, conversation_id, now)
    queue = Queue.objects.select_related("calendar").filter(pk=queue_id, is_active=True).first()
    if queue is None:
        raise NotFound(_("There is no such line."))
    if queue.pk == conversation.line_id and conversation.state in (State.QUEUED, State.OFFLINE):
        raise Conflict(_("The conversation already waits in this line."))
    actor = actor or Actor.staff(sight.user_id)
    say(conversation, sight, comment, actor, now, shown=shown)
    free(conversation, AssignmentEnd.TRANSFERRED, LeavingReason.TRANSFERRED, now)
    names = queue.public_names()
    timeline.add_system_line(
        conversation,
        "transferred_to_line",
        actor=actor,
        now=now,
        line=queue.pk,
        names=names,
        by=author_name(actor),
    )
    steps.stand_in_line(
        conversation,
        queue,
        reason=EntryReason.TRANSFERRED,
        why=Decision.Reason.TRANSFER,
        actor=actor,
        now=now,
    )
    return conversation


@transaction.atomic
def transfer_to_operator(
    sight: Sight,
    conversation_id: int,
    operator_id: int,
    *,
    comment: str,
    now: datetime,
    shown: bool = False,
    actor: Actor | None = None,
) -> Conversation:
    """Hand a conversation to a colleague at work with room for it; raises NotAtWork, AtCapacity otherwise.

    He is asked for the line's time to accept. At once it is given where the line does not ask, by an integration,
    and to him from whom it came.
    """
    conversation = movable(sight, conversation_id, now)
    if operator_id == conversation.holder_id:
        raise Conflict(_("This operator already holds the conversation."))
    if not Operator.objects.filter(pk=operator_id, is_active=True).exists():
        raise NotFound(_("There is no such operator."))
    actor = actor or Actor.staff(sight.user_id)
    asked = (
        0
        if handing.goes_back(conversation, operator_id)
        else handing.seconds_to_accept(conversation, now=now)
    )
    say(conversation, sight, comment, actor, now, shown=shown)
    free(conversation, AssignmentEnd.TRANSFERRED, LeavingReason.TRANSFERRED, now)
    timeline.add_system_line(
        conversation,
        "transferred_to_operator",
        actor=actor,
        now=now,
        staff_only=True,
        by=author_name(actor),
        name=name_of(operator_id),
    )
    if not asked or actor.kind != ActorKind.STAFF:
        _give(
            conversation,
            operator_id,
            AssignmentReason.TRANSFERRED,
            Decision.Reason.TRANSFER,
            now,
            actor=actor,
            sender_id=sight.user_id,
        )
        return conversation
    offer = handing.ask(
        conversation, operator_id, sender_id=sight.user_id, seconds=asked, actor=actor, now=now
    )
    _decided(conversation, operator_id, Decision.Reason.TRANSFER, now, by=offer.sender_id)
    return conversation


@transaction.atomic
def return_to_line(sight: Sight, conversation_id: int, *, comment: str, now: datetime) -> Conversation:
    """Its holder gives the conversation back to its line."""
    conversation = outbound.locked(sight, conversation_id)
    if conversation.holder_id != sight.user_id:
        raise Forbidden(_("You do not hold this conversation."), code="not_yours")
    actor = Actor.staff(sight.user_id)
    say(conversation, sight, comment, actor, now)
    put_back(conversation, AssignmentEnd.RETURNED, actor=actor, now=now)
    return conversation


def put_back(conversation: Conversation, end: AssignmentEnd, *, actor: Actor, now: datetime) -> None:
    """A held conversation waits in its line again, with a visible line saying why. Row lock needed.

    ``end``: one of the ways that lead back to a line: given back, holder gone or full, repaired.
    """
    holder, name = conversation.holder_id, _holder_name(conversation)
    code = "holder_gone" if end == AssignmentEnd.HOLDER_GONE else "returned"
    steps.end_assignment(conversation, reason=end, now=now)
    timeline.add_system_line(
        conversation, code, actor=actor, now=now, staff_only=True, operator=holder, name=name
    )
    steps.stand_in_line(
        conversation,
        conversation.line,
        reason=EntryReason(end.value),
        why=Decision.Reason(end.value),
        actor=actor,
        now=now,
        held_by=holder,
    )


@transaction.atomic
def snooze(sight: Sight, conversation_id: int, *, until: datetime | None, now: datetime) -> Conversation:
    """Put a held conversation aside until a moment, or until the customer writes when None."""
    conversation = outbound.locked(sight, conversation_id)
    if conversation.holder_id != sight.user_id:
        raise Forbidden(_("You do not hold this conversation."), code="not_yours")
    if until is not None and until <= now:
        raise Invalid(_("Choose a moment in the future."))
    if until is not None and until > LATEST:
        raise Invalid(_("A moment between the years 2000 and 2100."))
    actor = Actor.staff(sight.user_id)
    steps.end_assignment(conversation, reason=AssignmentEnd.SNOOZED, now=now)
    moment = until.isoformat() if until else None
    timeline.add_system_line(conversation, "snoozed", actor=actor, now=now, staff_only=True, until=moment)
    lifecycle.move(conversation, to=State.SNOOZED, snoozed_until=until, actor=actor, now=now)
    return conversation


@transaction.atomic
def close(sight: Sight, conversation_id: int, *, now: datetime, actor: Actor | None = None) -> Conversation:
    """Close a conversation: its holder, or who may answer in its line when nobody holds it."""
    conversation = movable(sight, conversation_id, now)
    actor = _as_bot(conversation, sight) or actor or Actor.staff(sight.user_id)
    name = name_of(sight.user_id, conversation.customer.language)
    _close(conversation, actor=actor, now=now, name=name)
    return conversation


@transaction.atomic
def close_by_customer(identity: Identity, conversation_id: int, *, now: datetime) -> Conversation:
    """The customer has what he came for."""
    if not Conversation.objects.reached_by(identity).filter(pk=conversation_id).exists():
        raise NotFound(_("There is no such conversation."))
    conversation = lifecycle.lock(conversation_id)
    if conversation.state == State.CLOSED:
        return conversation
    _close(conversation, actor=Actor.customer(identity.pk), now=now, name="")
    return conversation


def close_for_silence(conversation: Conversation, *, now: datetime) -> None:
    """The customer did not react: a locked conversation ends, marked so, and its holder has no work after it."""
    free(conversation, AssignmentEnd.CLOSED, LeavingReason.CLOSED, now)
    timeline.add_system_line(conversation, "no_reaction", actor=SYSTEM, now=now, staff_only=True)
    timeline.add_system_line(conversation, "closed", actor=SYSTEM, now=now, by=SYSTEM.kind, name="")
    reason = CloseReason.NO_REACTION
    lifecycle.move(conversation, to=State.CLOSED, actor=SYSTEM, now=now, close_reason=reason)


def put_aside(conversation: Conversation, *, now: datetime) -> None:
    """The customer says nothing: a locked, held conversation gives its holder free until he writes."""
    steps.end_assignment(conversation, reason=AssignmentEnd.SNOOZED, now=now)
    timeline.add_system_line(conversation, "snoozed", actor=SYSTEM, now=now, staff_only=True, until=None)
    lifecycle.move(conversation, to=State.SNOOZED, actor=SYSTEM, now=now)


def _close(conversation: Conversation, *, actor: Actor, now: datetime, name: str) -> None:
    if conversation.state == State.CLOSED:
        raise lifecycle.IllegalMove(_("The conversation is already closed."))
    if conversation.holder_id is not None:
        after_work.begin(conversation.holder_id, conversation.line_id, now=now)
    free(conversation, AssignmentEnd.CLOSED, LeavingReason.CLOSED, now)
    timeline.add_system_line(conversation, "closed", actor=actor, now=now, by=actor.kind, name=name)
    lifecycle.move(conversation, to=State.CLOSED, actor=actor, now=now)


def _placed(sight: Sight, conversation_id: int, now: datetime) -> Conversation:
    """As ``outbound.locked``; one that just came goes to its line by the rules first, and is looked at there."""
    conversation = outbound.locked(sight, conversation_id)
    if conversation.state != State.NEW:
        return conversation
    if lookups.is_wanted(conversation_id, now=now):
        raise BeingPlaced(_("Its line is being chosen. Try again in a moment."))
    placement.route(conversation_id, now=now)
    return outbound.locked(sight, conversation_id)


def movable(sight: Sight, conversation_id: int, now: datetime) -> Conversation:
    """A visible conversation that this person may send on or close."""
    conversation = _placed(sight, conversation_id, now)
    if conversation.state == State.CLOSED:
        raise lifecycle.IllegalMove(_("The conversation is already closed."))
    if conversation.holder_id == sight.user_id:
        return conversation
    _require(sight, Right.TAKE_OVER if conversation.holder_id else Right.ANSWER, conversation)
    return conversation


def _require(sight: Sight, right: str, conversation: Conversation) -> None:
    if not sight.covers(right, line_id=conversation.line_id, channel_id=conversation.channel_id):
        raise Forbidden(_("You do not have the right to do this in this line."))


def _give(
    conversation: Conversation,
    operator_id: int,
    reason: str,
    why: str,
    now: datetime,
    *,
    actor: Actor | None = None,
    sender_id: int | None = None,
) -> None:
    """End the wait, claim for the operator, and say in the thread who joined. ``sender_id``: who handed it on."""
    actor = actor or Actor.staff(operator_id)
    entry = steps.end_entry(conversation, reason=LeavingReason.ASSIGNED, now=now)
    claimed = steps.claim(conversation, operator_id, reason=reason, actor=actor, now=now, entry=entry)
    if sender_id is not None:
        claimed.sender_id = sender_id
        claimed.save(update_fields=["sender"])
    _decided(conversation, operator_id, why, now, by=sender_id)
    tell_joined(conversation, operator_id, actor=actor, now=now)


def tell_joined(conversation: Conversation, operator_id: int, *, actor: Actor, now: datetime) -> None:
    """The customer reads who goes on with it."""
    timeline.add_system_line(
        conversation, "joined", actor=actor, now=now, operator=operator_id, name=name_of(operator_id)
    )


def _decided(
    conversation: Conversation, operator_id: int, why: str, now: datetime, *, by: int | None = None
) -> None:
    """Write down who has it, or is asked to take it, by hand: how full he is with it, and who sent it."""
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        why,
        operator_id=operator_id,
        queue_id=conversation.line_id,
        now=now,
        load=capacity.shown(capacity.load_of(operator_id)),
        by=by,
    )


def free(conversation: Conversation, end: str, left: str, now: datetime) -> None:
    offers.withdraw(conversation, actor=SYSTEM, now=now)
    steps.end_assignment(conversation, reason=end, now=now)
    steps.end_entry(conversation, reason=left, now=now)


def say(
    conversation: Conversation,
    sight: Sight,
    comment: str,
    actor: Actor,
    now: datetime,
    *,
    shown: bool = False,
    bot: str | None = None,
) -> None:
    """Words on the way: a note, or words to the customer, which only its holder writes. ``bot``: as which bot."""
    if not comment.strip():
        return
    if shown and conversation.holder_id != sight.user_id:
        raise Forbidden(_("Only who holds the conversation writes to the customer."), code="not_yours")
    text = prepare(comment, limit=2000)
    if shown and may_hide_card(text):
        text = hide_split_card(conversation, author={"author_id": sight.user_id}, text=text, now=now)
    timeline.add_staff_message(
        conversation,
        author_id=sight.user_id,
        text=text,
        client_id=None,
        now=now,
        actor=actor,
        note=not shown,
        in_passing=shown,
        bot=bot,
    )


def _holder_name(conversation: Conversation) -> str:
    return name_of(conversation.holder_id)


def _from(conversation: Conversation) -> dict[str, Any]:
    return {"from": _holder_name(conversation)}


def _as_bot(conversation: Conversation, sight: Sight) -> Actor | None:
    """What the application of the bot that has it does is the bot's doing."""
    stays = BotStay.objects.filter(conversation=conversation, account=sight.user_id, ended_at__isnull=True)
    bot = stays.values_list("bot", flat=True).first() if conversation.state == State.BOT else None
    return None if bot is None else Actor(ActorKind.BOT, bot)


def _with_bot(conversation: Conversation) -> dict[str, Any]:
    stays = BotStay.objects.select_related("bot").filter(conversation=conversation, ended_at__isnull=True)
    return {"names": stay.bot.names() if (stay := stays.first()) else {}}


def author_name(actor: Actor) -> str:
    """Who of the staff did it, as colleagues know him; empty for whom no person stands."""
    if actor.kind != ActorKind.STAFF or actor.id is None:
        return ""
    return name_of(actor.id) or str(User.objects.get(pk=actor.id))
