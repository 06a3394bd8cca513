"""The states of a conversation and the only function that changes them.

Ingest calls ``move`` for a reopened conversation; every other change of state, line or holder is called by
routing, in the transaction that opens or ends the queue entry and the assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.conversations.events import ConversationIdle, ConversationMoved
from apps.conversations.models import Conversation, State
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, NotFound
from apps.core.events import announce, announce_all

LEGAL: dict[str, frozenset[str]] = {
    State.NEW: frozenset({State.BOT, State.QUEUED, State.OFFLINE, State.ASSIGNED, State.CLOSED}),
    State.BOT: frozenset({State.BOT, State.QUEUED, State.OFFLINE, State.ASSIGNED, State.CLOSED}),
    State.QUEUED: frozenset(
        {State.BOT, State.QUEUED, State.ASSIGNED, State.OFFLINE, State.SNOOZED, State.CLOSED}
    ),
    State.OFFLINE: frozenset({State.BOT, State.OFFLINE, State.QUEUED, State.ASSIGNED, State.CLOSED}),
    State.ASSIGNED: frozenset(
        {State.BOT, State.ASSIGNED, State.QUEUED, State.OFFLINE, State.SNOOZED, State.CLOSED}
    ),
    State.SNOOZED: frozenset({State.BOT, State.QUEUED, State.OFFLINE, State.ASSIGNED, State.CLOSED}),
    State.CLOSED: frozenset({State.NEW}),
}


class IllegalMove(Conflict):
    """The conversation is in a state from which this is not possible; a colleague may have been quicker."""

    code = "illegal_move"


def lock(conversation_id: int) -> Conversation:
    """The conversation with its row locked until the transaction ends; raises NotFound.

    Rows are locked in one order everywhere: customer, conversation, operator (by number).
    """
    found = (
        Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(pk=conversation_id).first()
    )
    if found is None:
        raise NotFound(_("There is no such conversation."))
    return found


def move(
    conversation: Conversation,
    *,
    to: str,
    actor: Actor,
    now: datetime,
    line_id: int | None = None,
    holder_id: int | None = None,
    snoozed_until: datetime | None = None,
    close_reason: str = "",
) -> None:
    """Bring a locked conversation to state ``to``, with its line and holder; raises IllegalMove.

    ``close_reason`` says more than who closed it. ``line_id`` None keeps the line.
    The holder is exactly who holds it afterwards: only *assigned* has one.
    """
    if to not in LEGAL[conversation.state]:
        raise IllegalMove(
            _("The conversation has changed meanwhile: %(state)s.")
            % {"state": conversation.get_state_display()}
        )
    before = (conversation.state, conversation.line_id, conversation.holder_id)
    if conversation.state != to or conversation.holder_id != holder_id:
        conversation.state_since = now
    if conversation.holder_id is not None and conversation.holder_id != holder_id:
        conversation.preferred_id = conversation.holder_id
    conversation.state = to
    conversation.line_id = line_id or conversation.line_id
    conversation.holder_id = holder_id
    conversation.idle = False
    conversation.snoozed_until = snoozed_until
    conversation.closed_at = now if to == State.CLOSED else None
    conversation.closed_by = actor.kind if to == State.CLOSED else ""
    conversation.close_reason = close_reason if to == State.CLOSED else ""
    if to == State.CLOSED:
        conversation.awaiting_since = None
        conversation.unread = 0
    conversation.rev += 1
    conversation.save(update_fields=_WRITTEN)
    announce(
        ConversationMoved(
            conversation=conversation.pk,
            rev=conversation.rev,
            state_from=before[0],
            state=conversation.state,
            line_from=before[1],
            line=conversation.line_id,
            holder_from=before[2],
            holder=conversation.holder_id,
        ),
        actor=actor,
        now=now,
    )


def give_all(holders: Sequence[tuple[Conversation, int]], *, actor: Actor, now: datetime) -> None:
    """What ``move`` does for each of these locked conversations, given to its holder, in one statement.

    Raises IllegalMove, and then none of them has changed.
    """
    for conversation, _holder in holders:
        if State.ASSIGNED not in LEGAL[conversation.state] or conversation.holder_id is not None:
            raise IllegalMove(_("Somebody holds this conversation already."))
    numbers = [conversation.pk for conversation, _holder in holders]
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, [now, State.ASSIGNED, numbers, [holder for _conversation, holder in holders]])
    moved = []
    for conversation, holder in holders:
        state_from, conversation.state, conversation.state_since = conversation.state, State.ASSIGNED, now
        conversation.holder_id, conversation.snoozed_until, conversation.idle = holder, None, False
        conversation.rev += 1
        moved.append(
            ConversationMoved(
                conversation=conversation.pk,
                rev=conversation.rev,
                state_from=state_from,
                state=State.ASSIGNED,
                line_from=conversation.line_id,
                line=conversation.line_id,
                holder_from=None,
                holder=holder,
            )
        )
    announce_all(moved, actor=actor, now=now)


_GIVE = """
UPDATE conversations_conversation SET state_since = %s, state = %s, holder_id = given.holder,
    idle = false, snoozed_until = NULL, rev = rev + 1
FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, holder)
WHERE conversations_conversation.id = given.id
"""


def fall_silent(conversation: Conversation, *, silent: bool, now: datetime) -> None:
    """The customer of a locked, held conversation has gone silent, or speaks again; raises IllegalMove."""
    if conversation.state != State.ASSIGNED:
        raise IllegalMove(_("Nobody holds this conversation now."))
    conversation.idle = silent
    conversation.rev += 1
    conversation.save(update_fields=["idle", "rev"])
    event = ConversationIdle(conversation=conversation.pk, rev=conversation.rev, idle=silent)
    announce(event, actor=SYSTEM, now=now)


def await_answer(conversation: Conversation) -> None:
    """A locked conversation whose last words are the customer's has been unanswered since them."""
    if conversation.awaiting_since is None and conversation.state != State.CLOSED:
        conversation.awaiting_since = conversation.last_at
        conversation.save(update_fields=["awaiting_since"])


_WRITTEN = [
    "state",
    "state_since",
    "line",
    "holder",
    "preferred",
    "idle",
    "snoozed_until",
    "closed_at",
    "closed_by",
    "close_reason",
    "awaiting_since",
    "unread",
    "rev",
]
