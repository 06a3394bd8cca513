"""Where a conversation with such facts would go, with the functions that place and match live ones. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.operators.calendar import is_open
from apps.routing.matching import matching
from apps.routing.matching.pool import UNIT, Waiting
from apps.routing.models import KindWeight
from apps.routing.ruling import frozen
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, Terms
from apps.routing.services import publishing, snapshot
from apps.routing.services.choosing import Choice, choose_by

LOOKED_AT = 10_000  # of a longer line the place is told as "beyond"
_LAST = 2**63  # a number that no stay has yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``candidates``: numbers of operators, the one who would be asked first."""

    content: Content
    choice: Choice
    terms: Terms
    is_open: bool
    place: int
    waiting: int
    candidates: tuple[int, ...]
    excluded: Mapping[str, tuple[int, ...]]


def try_it(facts: Facts, *, draft: bool, now: datetime) -> Trial:
    """By the version that works, or by the pages; the line, its order and its people are those of ``now``."""
    content = frozen.draft() if draft else publishing.current(now=now)
    choice = choose_by(content, facts)
    line = choice.queue.pk
    terms, row = content.terms_of(line), _as_waiting(content, choice, facts, now)
    stands = snapshot.waiting(content, [line], now=now, limit=LOOKED_AT)
    members = [hand for hand in snapshot.hands(now, lines=[line]) if line in hand.lines]
    best = matching.choose(row, members, terms, now=now)
    _willing, excluded = matching.sort_out(row, members, now=now)
    return Trial(
        content=content,
        choice=choice,
        terms=terms,
        is_open=is_open(choice.queue.calendar, facts.now),
        place=1 + sum(each.order() < row.order() for each in stands),
        waiting=len(stands),
        candidates=(best.operator, *best.others) if best else (),
        excluded={reason: tuple(hands) for reason, hands in excluded.items()},
    )


def _as_waiting(content: Content, choice: Choice, facts: Facts, now: datetime) -> Waiting:
    """The conversation as if it came to stand in its line now: behind its equals."""
    line = content.line(choice.queue.pk)
    weight = KindWeight.objects.filter(kind=facts.channel_kind).values_list("units", flat=True).first()
    return Waiting(
        entry=_LAST,
        conversation=0,
        line=choice.queue.pk,
        priority=choice.queue.live_priority,
        since=now,
        rank=choice.category.rank if choice.category else 0,
        kind=facts.channel_kind,
        units=round(weight * UNIT) if weight is not None else UNIT,
        needs=(line.needs if line else ()) + choice.needs,
    )
