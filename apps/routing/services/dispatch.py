"""The dispatcher: everything that can be given is given, in the order of service.

One pass at a time in the whole installation (an advisory lock that falls with its process), so the order between
lines holds however many dispatchers run; whoever waited for the lock while another pass began after his nudge and was
committed has nothing left to do. A pass reads a snapshot, matches it without the database, then locks conversations
and operators and checks again: people accept and transfer by hand meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from apps.conversations.models import Conversation, State
from apps.core.locks import one_after_another
from apps.routing.matching import matching
from apps.routing.matching.matching import Match
from apps.routing.matching.pool import UNIT, Waiting
from apps.routing.models import QueueEntry, Stage
from apps.routing.ruling.frozen import Content
from apps.routing.services import capacity, offers, publishing, snapshot

# Conversations given in one transaction; what is left is given by the next pass. Reading who is there costs as much
# for one as for all; their rows stay locked for as long as writing all of them takes.
BATCH = 100
# How many are looked at for them: more only while nothing was found.
LOOKED_AT = (400, 4_000, 40_000)
# Somebody writes to the very conversation whose turn it is, for milliseconds: how often and after what pause it is
# tried again. What is locked for longer is given by the next sweep.
TRIES, PAUSE_SECONDS = 5, 0.02
# A dispatcher that hangs with the lock is cut off by the database.
_PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '5s'"


@dataclass(slots=True)
class Pass:
    """What one pass did: for its caller, who goes on while there is more, and for measurement."""

    given: list[int] = field(default_factory=list)
    more: bool = False
    # Matched, and then neither given nor taken by others: a lock was in the way.
    held_up: int = 0
    looked_at: int = 0


def dispatch(*, now: datetime) -> int:
    """Give everything that can be given now; returns how many conversations. Safe to run anywhere, any time."""
    ticket: int | None = _ticket()
    total, tries = 0, TRIES
    while tries:
        done = _one_pass(ticket, now=now)
        if done is None:
            break
        total += len(done.given)
        if not done.more:
            if not done.held_up:
                break
            tries -= 1
            time.sleep(PAUSE_SECONDS)
        ticket = None
    return total


@transaction.atomic
def _one_pass(ticket: int | None, *, now: datetime) -> Pass | None:
    """One batch; None when a pass that began after the ticket was drawn has done this one's work already."""
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
    one_after_another("routing", "dispatch")
    began = time.monotonic()
    if ticket is not None and _done() > ticket:
        return None
    number = _begin()
    rule_set, content = publishing.working(now=now)
    matches, looked_at, more = plan(content, now=now)
    version = rule_set.pk if rule_set else None
    given = _carry_out(matches, content, version, began=began, now=now)
    _finish(number)
    held_up = len(matches) - len(given)
    # What was refused by a lock or taken by hand meanwhile is looked at again, but never for ever.
    return Pass(given=given, more=bool(given) and (more or held_up > 0), held_up=held_up, looked_at=looked_at)


def plan(content: Content, *, now: datetime) -> tuple[list[Match], int, bool]:
    """Pairs that could be made now, how many were looked at, and whether more might follow."""
    lines = snapshot.served(line.id for line in content.lines if line.terms.offers)
    if not lines:
        return [], 0, False
    terms = {line.id: line.terms for line in content.lines}
    for limit in LOOKED_AT:
        waiting = snapshot.waiting(content, lines, now=now, limit=limit)
        kept = {each.kept_for for each in waiting if each.kept_for is not None}
        hands = snapshot.hands(now, lines=lines, only=kept)
        found = matching.match(waiting, hands, terms, now=now, most=BATCH)
        # Nobody free knows what the first ones ask for: those behind them must not wait for that.
        if found or len(waiting) < limit:
            break
    return found, len(waiting), bool(found) and (len(found) == BATCH or len(waiting) == limit)


def _carry_out(
    matches: Sequence[Match], content: Content, rule_set_id: int | None, *, began: float, now: datetime
) -> list[int]:
    conversations = _locked([each.waiting for each in matches])
    rooms = capacity.rooms({each.operator for each in matches if each.waiting.entry in conversations})
    made = []
    for each in matches:
        conversation = conversations.get(each.waiting.entry)
        room = rooms.get(each.operator)
        units = Decimal(each.waiting.units) / UNIT
        if conversation is None or room is None or not room.take(each.waiting.kind, units):
            continue
        made.append(offers.Offered(conversation, each, content.terms_of(each.waiting.line), room.name))
    took = round((time.monotonic() - began) * 1000)
    offers.make(made, rule_set_id=rule_set_id, took_ms=took, now=now)
    return [each.conversation.pk for each in made]


def _locked(waiting: Sequence[Waiting]) -> dict[int, Conversation]:
    """Conversations by their stay, those that still wait in it and that nobody else is writing to."""
    rows = Conversation.objects.filter(pk__in=[each.conversation for each in waiting], state=State.QUEUED)
    rows = rows.order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",), skip_locked=True)}
    still = QueueEntry.objects.filter(pk__in=[each.entry for each in waiting], stage=Stage.WAITING)
    return {
        pk: found[conversation]
        for pk, conversation in still.values_list("pk", "conversation")
        if conversation in found
    }


def _ticket() -> int:
    """The number of the last pass that began, anywhere: a sequence, which is seen before its transaction ends."""
    return _number("SELECT last_value FROM routing_dispatch_pass")


def _done() -> int:
    """The number of the last pass whose work is committed: one that was killed has done nobody's.

    A row, which is seen neither before its transaction ends nor after the lock falls; a sequence is seen earlier.
    """
    return _number("SELECT number FROM routing_dispatch_end")


def _begin() -> int:
    return _number("SELECT nextval('routing_dispatch_pass')")


def _finish(number: int) -> None:
    _number("UPDATE routing_dispatch_end SET number = %s RETURNING number", number)


def _number(statement: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.fetchone()[0])
