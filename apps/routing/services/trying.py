"""What would become of a conversation with such facts and words, by the functions that serve live ones. Writes nothing.

Where it goes and how it arrives there at the typed hour; its place and its people at this moment; which promises
begin, and which rules of escalation and overflow would send it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.channels.models import Channel
from apps.conversations.models import State, Verification
from apps.operators.calendar import is_open
from apps.operators.models import Queue
from apps.routing.matching import matching
from apps.routing.matching.pool import UNIT, Waiting
from apps.routing.models import Clock, EntryReason, KindWeight, Showing
from apps.routing.promising.terms import Place
from apps.routing.ruling import frozen
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, Terms
from apps.routing.services import clocks, doors, escalating, greeting, hours, publishing, snapshot
from apps.routing.services.choosing import Choice, choose_by
from apps.routing.services.escalating import Case
from apps.routing.services.foreseeing import Course, Step
from apps.routing.services.promised import Book
from apps.routing.services.steps import Keeping

LOOKED_AT = 10_000  # of a longer line the place is told as "beyond"
_LAST = 2**63  # a number that no stay has yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """How it would stand in a line now. ``candidates``: numbers of operators who could take it, the best first;
    where the line offers its work, he is asked first.

    ``place`` 0: it waits nowhere, the line being closed; nobody is looked for then.
    """

    line: int
    terms: Terms
    state: str
    place: int
    waiting: int
    candidates: tuple[int, ...] = ()
    excluded: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``asked_at``: the typed hour. ``form``: the chat asks for a contact, so that none of the rest happens there.
    ``is_open``: of the line at that hour; ``is_closing``: its last minutes; ``opens_at``: from when on what stands
    apart waits.

    ``steps``: what rules would do while nobody takes it; ``moved``: how it stands once those that act at once have had
    their effect, None where none has one; ``moved_clocks``: what runs then.
    """

    content: Content
    channel: Channel
    choice: Choice
    asked_at: datetime
    form: bool
    is_open: bool
    is_closing: bool
    opens_at: datetime | None
    spot: Spot
    clocks: Sequence[Clock]
    steps: Sequence[Step]
    moved: Spot | None
    moved_clocks: Sequence[Clock]


def try_it(facts: Facts, *, text: str, draft: bool, now: datetime) -> Trial:
    """By the version that works, or by the pages. The hour is that of the facts; order and people are of ``now``.

    ``text`` as it would be stored. Facts name a channel, as those of everybody who writes do.
    """
    content = frozen.draft() if draft else publishing.current(now=now)
    choice = choose_by(content, facts)
    assert facts.channel is not None
    channel = Channel.objects.get(pk=facts.channel)
    form = doors.shows_form(channel, facts.topic, facts.now)
    case, queue = _arrived(choice, facts, text), choice.queue
    opens_at = hours.next_opening(queue, facts.now) if case.state == State.OFFLINE else None
    stand = _Stand(content, choice, facts, now)
    steps = [] if form else _steps(stand, case, opens_at)
    last = next((each for each in reversed(steps) if not each.after and not each.refusal), None)
    return Trial(
        content=content,
        channel=channel,
        choice=choice,
        asked_at=facts.now,
        form=form,
        is_open=is_open(queue.calendar, facts.now),
        is_closing=hours.is_closing(queue, facts.now),
        opens_at=opens_at,
        spot=stand.spot(case),
        clocks=[] if form else stand.clocks(case, facts.now),
        steps=steps,
        moved=_moved(stand, last) if last else None,
        moved_clocks=[] if form else stand.clocks(last.case if last else case, facts.now),
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


def _steps(stand: _Stand, case: Case, opens_at: datetime | None) -> list[Step]:
    """From its coming on; of what stands apart, from the opening of its line."""
    began = stand.facts.now
    if case.state == State.OFFLINE:
        if opens_at is None:
            return []
        case = replace(case, state=State.QUEUED)
    after = round((opens_at - began).total_seconds()) if opens_at else 0
    course = Course(
        content=stand.content,
        case=case,
        began=began,
        is_now=began == stand.now and opens_at is None,
        place_of=lambda case: stand.spot(case).place,
        after=after,
        entered=after,
    )
    return list(course.steps())


def _moved(stand: _Stand, last: Step) -> Spot:
    """People are those of now, so whoever is asked first is so from now on."""
    kept = last.keeping
    now = kept and replace(kept, until=kept.until - stand.facts.now + stand.now)
    return stand.spot(last.case, now)


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
        stands = snapshot.waiting(self.content, [case.line], now=self.now, limit=LOOKED_AT)
        here = Spot(line=case.line, terms=terms, state=case.state, place=0, waiting=len(stands), excluded={})
        if case.state != State.QUEUED:
            return here
        members = [hand for hand in snapshot.hands(self.now, lines=[case.line]) if case.line in hand.lines]
        best = matching.choose(row, members, terms, now=self.now)
        _willing, excluded = matching.sort_out(row, members, now=self.now)
        return replace(
            here,
            place=1 + sum(each.order() < row.order() for each in stands),
            candidates=(best.operator, *best.others) if best else (),
            excluded={reason: tuple(hands) for reason, hands in excluded.items()},
        )

    def clocks(self, case: Case, at: datetime) -> list[Clock]:
        """What is promised to who wrote at that moment and stands there: what he was shown goes with him."""
        category = self.choice.category.id if self.choice.category else None
        place = Place(case.line, self.facts.channel or 0, category)
        return clocks.foresee(place, at=at, book=Book(), shown=self._shown(category, at))

    def _shown(self, category: int | None, at: datetime) -> Showing | None:
        """The promise that stands before a new customer of the chat as he begins to write at that moment."""
        channel = Channel.objects.get(pk=self.facts.channel or 0)
        if not doors.has_chat(channel):
            return None
        lines = [each.pk for each in doors.lines_of(channel)]
        told = greeting.said_to(
            channel, lines, Book(), category=category, customer_id=None, language=self.facts.language, now=at
        )
        said = told.said_for(self.facts.topic)
        return greeting.showing(said, at=at) if said else None

    def _row(self, case: Case, keeping: Keeping | None) -> Waiting:
        line = self.content.line(case.line)
        weight = (
            KindWeight.objects.filter(kind=self.facts.channel_kind).values_list("units", flat=True).first()
        )
        asked = (line.needs if line else ()) + self.choice.needs
        needs, languages = snapshot.needs_of(asked, snapshot.languages() if asked else {})
        return Waiting(
            entry=_LAST,
            conversation=0,
            line=case.line,
            priority=Queue.objects.values_list("live_priority", flat=True).get(pk=case.line),
            since=self.now,
            rank=case.rank or 0,
            due_at=clocks.nearest_due(self.clocks(case, self.now)),
            kind=self.facts.channel_kind,
            units=round(weight * UNIT) if weight is not None else UNIT,
            needs=needs,
            languages=languages,
            kept_for=keeping.operator_id if keeping else None,
            kept_until=keeping.until if keeping else None,
        )
