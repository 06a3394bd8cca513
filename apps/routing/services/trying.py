"""What would become of a conversation with such facts and words, by the functions that serve live ones. Writes nothing.

Where it goes and how it arrives there at the typed hour; its place and its people at this moment; which promises
begin, and which rules of escalation would send it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.conversations.models import State, Verification
from apps.operators.models import Queue
from apps.routing.matching import matching
from apps.routing.matching.pool import UNIT, Waiting
from apps.routing.models import Clock, EntryReason, KindWeight
from apps.routing.promising.terms import Place
from apps.routing.ruling import frozen
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, Terms
from apps.routing.services import clocks, escalating, hours, publishing, snapshot
from apps.routing.services.choosing import Choice, choose_by
from apps.routing.services.escalating import Case, Foreseen
from apps.routing.services.promised import Book
from apps.routing.services.steps import Keeping

LOOKED_AT = 10_000  # of a longer line the place is told as "beyond"
_LAST = 2**63  # a number that no stay has yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """How it would stand in a line now. ``candidates``: numbers of operators, the one asked first before the others.

    ``place`` 0: it waits nowhere, the line being closed.
    """

    line: int
    terms: Terms
    state: str
    place: int
    waiting: int
    candidates: tuple[int, ...]
    excluded: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``moved``: how it stands once the rules that act at once have had their effect, None where none has one."""

    content: Content
    choice: Choice
    spot: Spot
    clocks: Sequence[Clock]
    escalations: Sequence[Foreseen]
    moved: Spot | None


def try_it(facts: Facts, *, text: str, draft: bool, now: datetime) -> Trial:
    """By the version that works, or by the pages. The hour is that of the facts; order and people are of ``now``.

    ``text`` as it would be stored.
    """
    content = frozen.draft() if draft else publishing.current(now=now)
    choice = choose_by(content, facts)
    case = _arrived(choice, facts, text)
    found = escalating.foresee(case, now=facts.now)
    place = Place(case.line, case.channel, case.category)
    stand = _Stand(content, choice, facts, now)
    return Trial(
        content=content,
        choice=choice,
        spot=stand.spot(case),
        clocks=clocks.foresee(place, at=facts.now, book=Book()),
        escalations=found,
        moved=_moved(stand, found, now),
    )


def _arrived(choice: Choice, facts: Facts, text: str) -> Case:
    """The conversation as it begins to stand in its line."""
    return Case(
        state=hours.state_on_arrival(choice.queue, reason=EntryReason.PLACED, now=facts.now),
        line=choice.queue.pk,
        channel=facts.channel or 0,
        awaiting_since=facts.now,
        is_trusted=facts.verification in Verification.trusted(),
        category=choice.category.id if choice.category else None,
        rank=choice.category.rank if choice.category else 0,
        said=escalating.knowing(text, at=facts.now),
    )


def _moved(stand: _Stand, found: Sequence[Foreseen], now: datetime) -> Spot | None:
    last = next((each for each in reversed(found) if not each.after and not each.refusal), None)
    if last is None:
        return None
    return stand.spot(last.case, escalating.keeping_of(last.rule, now=now))


@dataclass(frozen=True, slots=True)
class _Stand:
    """A conversation that was placed, to be looked at in one line or another."""

    content: Content
    choice: Choice
    facts: Facts
    now: datetime

    def spot(self, case: Case, keeping: Keeping | None = None) -> Spot:
        """As if it came to stand in the line of the case now: behind its equals."""
        terms, row = self.content.terms_of(case.line), self._row(case, keeping)
        waits = case.state == State.QUEUED
        stands = snapshot.waiting(self.content, [case.line], now=self.now, limit=LOOKED_AT)
        members = [hand for hand in snapshot.hands(self.now, lines=[case.line]) if case.line in hand.lines]
        best = matching.choose(row, members, terms, now=self.now)
        _willing, excluded = matching.sort_out(row, members, now=self.now)
        return Spot(
            line=case.line,
            terms=terms,
            state=case.state,
            place=1 + sum(each.order() < row.order() for each in stands) if waits else 0,
            waiting=len(stands),
            candidates=(best.operator, *best.others) if best and waits else (),
            excluded={reason: tuple(hands) for reason, hands in excluded.items()},
        )

    def _row(self, case: Case, keeping: Keeping | None) -> Waiting:
        line = self.content.line(case.line)
        weight = (
            KindWeight.objects.filter(kind=self.facts.channel_kind).values_list("units", flat=True).first()
        )
        place = Place(case.line, case.channel, case.category)
        return Waiting(
            entry=_LAST,
            conversation=0,
            line=case.line,
            priority=Queue.objects.values_list("live_priority", flat=True).get(pk=case.line),
            since=self.now,
            rank=case.rank or 0,
            due_at=clocks.nearest_due(clocks.foresee(place, at=self.now, book=Book())),
            kind=self.facts.channel_kind,
            units=round(weight * UNIT) if weight is not None else UNIT,
            needs=(line.needs if line else ()) + self.choice.needs,
            kept_for=keeping.operator_id if keeping else None,
            kept_until=keeping.until if keeping else None,
        )
