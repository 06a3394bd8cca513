"""The dispatcher: everything that can be given is given, in the order of service.

One pass at a time in the whole installation (an advisory lock that falls with its process), so the order between
lines holds however many dispatchers run; whoever waited for the lock while another pass began and ended after his
nudge has nothing left to do. A pass reads a snapshot, matches it without the database, then locks conversations and
operators and checks again: people accept and transfer by hand meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from apps.conversations.models import Conversation, State
from apps.core.locks import one_after_another
from apps.routing.matching import matching
from apps.routing.matching.matching import Match
from apps.routing.matching.pool import UNIT, Hand, Waiting
from apps.routing.models import QueueEntry, Stage
from apps.routing.ruling.frozen import Content
from apps.routing.services import capacity, offers, publishing, snapshot

# Conversations given in one transaction; what is left is given by the next pass.
BATCH = 50
# How many are looked at for them: more only while nothing was found.
LOOKED_AT = (400, 4_000, 40_000)
# A dispatcher that hangs with the lock is cut off by the database.
_PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '5s'"


@dataclass(slots=True)
class Pass:
    """What one pass did: for its caller, who goes on while there is more, and for measurement."""

    given: list[int] = field(default_factory=list)
    more: bool = False
    looked_at: int = 0


def dispatch(*, now: datetime) -> int:
    """Give everything that can be given now; returns how many conversations. Safe to run anywhere, any time."""
    ticket: int | None = _ticket()
    total = 0
    while True:
        done = _one_pass(ticket, now=now)
        if done is None:
            return total
        total += len(done.given)
        if not done.more:
            return total
        ticket = None


@transaction.atomic
def _one_pass(ticket: int | None, *, now: datetime) -> Pass | None:
    """One batch; None when a pass that began after the ticket was drawn has done this one's work."""
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
    one_after_another("routing", "dispatch")
    if ticket is not None and _ticket() > ticket:
        return None
    _begin()
    rule_set = publishing.in_force(now=now)
    content = publishing.current(now=now)
    matches, looked_at, more = plan(content, now=now)
    given = _carry_out(matches, content, rule_set.pk if rule_set else None, now=now)
    # What was refused by a lock or taken by hand meanwhile is looked at again, but never for ever.
    return Pass(given=given, more=bool(given) and (more or len(given) < len(matches)), looked_at=looked_at)


def plan(content: Content, *, now: datetime) -> tuple[list[Match], int, bool]:
    """Pairs that could be made now, how many were looked at, and whether more might follow."""
    offering = {line.id for line in content.lines if line.terms.offers}
    if not offering or not QueueEntry.objects.filter(stage=Stage.WAITING, queue__in=offering).exists():
        return [], 0, False
    hands = snapshot.hands(now)
    lines = _lines_with_room(hands, offering) | _lines_kept(hands, offering)
    terms = {line.id: line.terms for line in content.lines}
    for limit in LOOKED_AT:
        waiting = snapshot.waiting(content, lines, now=now, limit=limit)
        found = matching.match(waiting, hands, terms, now=now)
        # Nobody free knows what the first ones ask for: those behind them must not wait for that.
        if found or len(waiting) < limit:
            break
    return found[:BATCH], len(waiting), len(found) > BATCH


def _lines_with_room(hands: Sequence[Hand], offering: set[int]) -> set[int]:
    """Lines that have somebody who could take something."""
    free = (hand for hand in hands if not hand.absent and hand.load < hand.capacity)
    return {line for hand in free for line in hand.lines} & offering


def _lines_kept(hands: Sequence[Hand], offering: set[int]) -> set[int]:
    """Lines in which something waits for a free operator who is no member there: a personal manager."""
    free = [hand.id for hand in hands if not hand.absent and hand.load < hand.capacity]
    kept = QueueEntry.objects.filter(stage=Stage.WAITING, queue__in=offering, kept_for__in=free)
    return set(kept.values_list("queue_id", flat=True).distinct())


def _carry_out(
    matches: Sequence[Match], content: Content, rule_set_id: int | None, *, now: datetime
) -> list[int]:
    conversations = _locked([each.waiting for each in matches])
    rooms = capacity.rooms({each.operator for each in matches if each.waiting.entry in conversations})
    given = []
    for each in matches:
        conversation = conversations.get(each.waiting.entry)
        room = rooms.get(each.operator)
        units = Decimal(each.waiting.units) / UNIT
        if conversation is None or room is None or not room.take(each.waiting.kind, units):
            continue
        terms = content.terms_of(each.waiting.line)
        offers.make(conversation, each, terms, rule_set_id=rule_set_id, now=now)
        given.append(each.waiting.conversation)
    return given


def _locked(waiting: Sequence[Waiting]) -> dict[int, Conversation]:
    """Conversations by their stay, those that still wait in it and that nobody else is writing to."""
    rows = Conversation.objects.filter(pk__in=[each.conversation for each in waiting], state=State.QUEUED)
    rows = rows.select_related("channel", "line").order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(of=("self",), skip_locked=True)}
    still = QueueEntry.objects.filter(pk__in=[each.entry for each in waiting], stage=Stage.WAITING)
    return {
        pk: found[conversation]
        for pk, conversation in still.values_list("pk", "conversation")
        if conversation in found
    }


def _ticket() -> int:
    """The number of the last pass that began, anywhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM routing_dispatch_pass")
        return int(cursor.fetchone()[0])


def _begin() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('routing_dispatch_pass')")
