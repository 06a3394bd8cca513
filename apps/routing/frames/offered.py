"""What operators are shown of that which they are asked to take: by a push, and in a welcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from apps.conversations import selectors as conversations
from apps.conversations.access import sight_of
from apps.conversations.models import Conversation
from apps.conversations.payloads import RowView, TurnView
from apps.core.models import User
from apps.operators.models import Operator, QueueMembership
from apps.routing import selectors
from apps.routing.frames.declared import OfferView
from apps.routing.models import Assignment
from apps.routing.services import offers


def offers_of(operator_id: int) -> list[OfferView]:
    """Everything he is asked to take now, for a screen that has just come."""
    return offer_views(offers.offered_to(operator_id))


def offer_views(found: Sequence[Assignment]) -> list[OfferView]:
    """These open offers as those who are asked may see them; the same few queries, however many there are."""
    if not found:
        return []
    numbers = [each.conversation_id for each in found]
    rows = {row.pk: row for row in conversations.rows().filter(pk__in=numbers)}
    turns, names, strangers = selectors.turns(numbers), _senders(found), _strangers(found)
    comments = offers.comments_on(found)
    views = []
    for each in found:
        row = conversations.row_view(rows[each.conversation_id], locked=each.pk in strangers)
        row.turn = _turn_of(each, turns, locked=row.locked)
        views.append(_view(each, row, names, comments.get(each.pk, "")))
    return views


def _turn_of(offer: Assignment, turns: Mapping[int, TurnView], *, locked: bool) -> TurnView | None:
    """Where it stands; of what category its customer is only to who may read it."""
    turn = turns.get(offer.conversation_id)
    return msgspec.structs.replace(turn, category="", colour="") if turn and locked else turn


def _view(offer: Assignment, row: RowView, names: dict[int, str], comment: str) -> OfferView:
    assert offer.offer_until is not None
    return OfferView(
        row=row,
        since=offer.started_at,
        until=offer.offer_until,
        line=offer.queue_id,
        sender_name=names.get(offer.sender_id, "") if offer.sender_id else "",
        comment=comment,
    )


def _strangers(found: Sequence[Assignment]) -> set[int]:
    """Offers to somebody who may not read the conversation: a personal manager, a colleague of another line.

    Members of its line need not be asked: what is offered to them is theirs to take.
    """
    members = set(
        QueueMembership.objects.filter(
            operator__in=[each.operator_id for each in found], queue__in=[each.queue_id for each in found]
        ).values_list("operator", "queue")
    )
    others = [each for each in found if (each.operator_id, each.queue_id) not in members]
    return {each.pk for each in others if not _may_read(each)}


def _may_read(offer: Assignment) -> bool:
    sight = sight_of(User.objects.get(pk=offer.operator_id))
    return Conversation.objects.visible_to(sight).filter(pk=offer.conversation_id).exists()


def _senders(found: Sequence[Assignment]) -> dict[int, str]:
    senders = {each.sender_id for each in found} - {None}
    if not senders:
        return {}
    return dict(Operator.objects.filter(pk__in=senders).values_list("pk", "public_name"))
