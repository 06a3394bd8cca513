"""Whose turn it is: for those who take work themselves, and may not pick it out of turn."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Right
from apps.core.errors import Forbidden
from apps.routing.matching import matching
from apps.routing.services import publishing, snapshot

NEXT = 20  # how many are tried when the first ones are taken meanwhile
LOOKED_AT = 1_000


def next_for(sight: Sight, *, now: datetime, wanted: int | None = None) -> list[int]:
    """Conversations that this operator may take now, the one whose turn it is first.

    Of lines that let their members pull, in the order of service, within his rights and skills; what he refused
    only once he may be asked again, or where it is the ``wanted`` one.
    """
    content = publishing.current(now=now)
    hands = snapshot.hands(now, only=[sight.user_id])
    if not hands:
        return []
    lines = {line.id for line in content.lines if line.terms.pulls and line.id in hands[0].lines}
    found = snapshot.waiting(content, lines, now=now, limit=LOOKED_AT)
    fitting = [
        each.conversation
        for each in found
        if matching.knows(hands[0], each, now)
        and each.kept_now(now) in (None, sight.user_id)
        and (each.conversation == wanted or each.asks_again(sight.user_id, now))
    ]
    return _permitted(sight, fitting)[:NEXT]


def pulled_from(sight: Sight, *, now: datetime) -> list[int]:
    """Of his own lines those from which he takes work himself, by the version in force."""
    lines = publishing.current(now=now).lines
    return [line.id for line in lines if line.id in sight.own_lines and line.terms.pulls]


def is_pulled_by(sight: Sight, conversation: Conversation, *, now: datetime) -> bool:
    """Whether he may take it himself where it stands at this moment; its row is locked."""
    may = sight.covers(Right.ANSWER, line_id=conversation.line_id, channel_id=conversation.channel_id)
    return may and conversation.line_id in pulled_from(sight, now=now)


def _permitted(sight: Sight, numbers: list[int]) -> list[int]:
    rows = Conversation.objects.filter(sight.where(Right.ANSWER), pk__in=numbers)
    permitted = set(rows.values_list("pk", flat=True))
    return [number for number in numbers if number in permitted]


def require(sight: Sight, conversation: Conversation, *, now: datetime) -> None:
    """Raises Forbidden unless it is this conversation's turn for him."""
    if not publishing.current(now=now).terms_of(conversation.line_id).pulls:
        raise Forbidden(_("In this line work is offered; it is not taken by oneself."), code="offered_only")
    if conversation.pk not in next_for(sight, now=now, wanted=conversation.pk)[:1]:
        raise Forbidden(_("Others wait longer or are more important. Take the next one."), code="out_of_turn")
