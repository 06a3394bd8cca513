"""A past day: what came, how long it took, who was at work, and what happened, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from django.conf import settings
from django.db.models import Q

from apps.analytics.history import escalated, notes, promises, shifts, staffing
from apps.analytics.history.episodes import SENT, Episode, episodes
from apps.analytics.history.known import Known
from apps.analytics.history.notes import Note
from apps.analytics.history.patience import Ended, Patience, ended_by_customers
from apps.analytics.history.promises import Kept
from apps.analytics.history.words import Words, words_of
from apps.analytics.whatif.day import Arrival, Day, Escalated, Handling, Pause, Reaction, Staffer, Turn
from apps.analytics.whatif.outcome import Outcome, Work
from apps.operators.calendar import Hours, production_days
from apps.operators.models import DeclineReason, OutOfHours, Queue
from apps.routing.matching.pool import UNIT
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    BotStay,
    Decision,
    EntryReason,
    KeptReason,
    KindWeight,
    LeavingReason,
    QueueEntry,
)
from apps.routing.ruling.frozen import Content
from apps.routing.services import choosing, refusals

# What begins late in the day is followed for so long after its end.
AFTER = timedelta(hours=6)
# More stays than this are no day of one bank, but a mistake of the dates or a flood.
LARGEST = 400_000
NEVER = 7 * 24 * 3600.0


class NothingCame(Exception):
    """No conversation came to a line that day."""


class TooLarge(Exception):
    """More came than one task should work on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A day that can be played again, and what happened in it."""

    day: Day
    happened: list[Outcome]
    works: list[Work]
    notes: list[Note]


def read(begins: datetime, ends: datetime, contents: Sequence[Content]) -> Past:
    """The day between two moments, with the facts that these versions ask; raises NothingCame, TooLarge."""
    found = _episodes(begins, ends)
    words = words_of({each.conversation for each in found}, begins - AFTER, ends + AFTER)
    known = Known((each.conversation for each in found), contents)
    ended = ended_by_customers({each.conversation for each in found}, begins - AFTER, ends + AFTER)
    rises = escalated.of_waiting(found, begins, ends + AFTER)
    maker = _Maker(found, words, known, ended, ends + AFTER, _left_by_bots(begins, ends), rises)
    lines = _closing_lines()
    staff, configured = staffing.staff(begins, ends + AFTER)
    day = Day(
        begins=begins,
        ends=ends,
        house=choosing.house(),
        arrivals=tuple(sorted(maker.arrivals(begins), key=lambda each: (each.at, each.number))),
        staff=staff,
        opening=_opening(lines, begins, ends + AFTER),
        last_minutes={
            row.pk: timedelta(minutes=row.last_minutes) for row in lines if row.last_minutes_closed
        },
        promised=promises.promised(begins),
        shifts=shifts.bounds([each.id for each in staff], begins, ends + AFTER, moment=begins),
        grace=float(settings.OPERATOR_GRACE_SECONDS),
        pulls_after=maker.usual.seconds,
    )
    return Past(
        day=day,
        happened=maker.happened(begins),
        works=_works(found, staff, ends),
        notes=notes.of_day(ends, staff, configured, contents),
    )


def as_set_now(day: Day) -> Day:
    """The same day by the service policies, working rules and shifts of now."""
    people = [each.id for each in day.staff]
    return replace(
        day,
        promised=promises.promised(None),
        shifts=shifts.bounds(people, day.begins, day.ends + AFTER, moment=None),
    )


def _episodes(begins: datetime, ends: datetime) -> list[Episode]:
    """Everything that came within the day, and what was in work or waiting when it began; followed past its end."""
    until = ends + AFTER
    stays = QueueEntry.objects.filter(Q(left_at__isnull=True) | Q(left_at__gte=begins), entered_at__lt=until)
    if stays[LARGEST:].exists():
        raise TooLarge
    work = Assignment.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=begins), started_at__lt=until)
    work = work.select_related("decline_reason")
    by_rules = _sent_by_policies(begins, until) | escalated.sent(begins, until)
    found = [each for each in episodes(stays, work, by_rules) if each.began < ends]
    if not any(each.began >= begins for each in found):
        raise NothingCame
    return found


def _sent_by_policies(begins: datetime, until: datetime) -> set[tuple[int, datetime]]:
    """Conversations and moments at which a policy sent them on: what is played does so by itself."""
    sent = Decision.objects.filter(
        kind=Decision.Kind.PLACEMENT, reason=Decision.Reason.ESCALATED, at__range=(begins, until)
    )
    return set(sent.filter(details__because="clock").values_list("conversation_id", "at"))


def _left_by_bots(begins: datetime, until: datetime) -> set[tuple[int, datetime]]:
    """Conversations and moments at which a bot had them no longer: promises of people run from there."""
    left = BotStay.objects.filter(ended_at__range=(begins, until)).values_list("conversation", "ended_at")
    return {(conversation, ended) for conversation, ended in left if ended is not None}


class _Maker:
    """Arrivals and outcomes of the same episodes."""

    def __init__(
        self,
        found: Sequence[Episode],
        words: dict[int, Words],
        known: Known,
        ended: Collection[Ended],
        horizon: datetime,
        by_bots: Collection[tuple[int, datetime]] = (),
        escalations: Mapping[int, tuple[Escalated, ...]] = MappingProxyType({}),
    ) -> None:
        self._by_bots, self._escalations = by_bots, escalations
        self._found, self._words, self._known, self._horizon = found, words, known, horizon
        self._ended, self._kept = ended, Kept(found)
        self._patience = Patience(self._waits())
        self._weights = dict(KindWeight.objects.values_list("kind", "units"))
        self.usual = Reaction(_middle(reaction.seconds for each in found for reaction in _taken(each)))
        lengths = [self._worked(each) for each in found if each.held and each.ended_at]
        self._lengths = sorted(lengths) or [300.0]

    # --- what came ------------------------------------------------------------------------------------

    def arrivals(self, begins: datetime) -> Iterable[Arrival]:
        for number, each in enumerate(self._found, start=1):
            if each.conversation in self._known.rows:
                yield self._arrival(number, each, begins)

    def _arrival(self, number: int, each: Episode, begins: datetime) -> Arrival:
        row = self._known.rows[each.conversation]
        carried = each.taken_at is not None and each.taken_at < begins
        reason = each.first.reason if each.first else EntryReason.REOPENED
        return Arrival(
            number=number,
            at=max(each.began, begins) if carried else each.began,
            facts=self._known.facts(each.conversation, each.began),
            handling=self._handling(number, each, begins if carried else None),
            kind=row.channel.kind,
            units=round(self._weights.get(row.channel.kind, Decimal(1)) * UNIT),
            manager=row.customer.manager_id,
            last=_last(each),
            before=each.line if carried or (reason != EntryReason.PLACED and reason not in SENT) else None,
            sent_to=each.line if reason in SENT else None,
            held_by=each.held[0].operator_id if carried else None,
            asked=self._asked(each),
            is_first=self._is_first(each),
            begins=each.begins,
            given=self._kept.given(each),
            escalated=self._escalations.get(number - 1, ()),
        )

    def _asked(self, each: Episode) -> timedelta | None:
        """What a person sent on may have been answered already."""
        if not each.is_sent:
            return timedelta()
        asked, _is_first = self._words[each.conversation].owed_before(each.began)
        if (each.conversation, each.began) in self._by_bots:
            return timedelta() if asked else None
        return each.began - asked if asked else None

    def _is_first(self, each: Episode) -> bool:
        if each.is_sent:
            return self._words[each.conversation].owed_before(each.began)[1]
        return each.begins

    def _handling(self, number: int, each: Episode, since: datetime | None) -> Handling:
        """As it went; of what nobody took, as long as another one of that day."""
        if not each.held:
            work = self._lengths[number * 7919 % len(self._lengths)]
            return Handling(
                work=work, reply=min(work, 10.0), reactions=(self.usual,), patience=self._gave_up(each)
            )
        work = self._worked(each, since)
        answered = self._answered(each)
        reply = (answered - each.taken_at).total_seconds() if answered and each.taken_at else None
        return Handling(
            work=work,
            reply=None if reply is None else min(reply, work),
            pauses=() if since else tuple(self._pauses(each)),
            reactions=_reactions(each) or (self.usual,),
            patience=self._longer(number, each),
            turns=() if since else tuple(self._turns(each)),
            closes=each.is_closed,
        )

    def _worked(self, each: Episode, since: datetime | None = None) -> float:
        """Seconds in somebody's hands, from a moment on where one is named."""
        spans = ((row.accepted_at, row.ended_at or self._horizon) for row in each.held)
        return sum(
            max(0.0, (ended - max(began, since or began)).total_seconds()) for began, ended in spans if began
        )

    def _pauses(self, each: Episode) -> Iterable[Pause]:
        """Silences of the customer, in seconds of handling."""
        before = 0.0
        for row in each.held:
            ended = row.ended_at or self._horizon
            assert row.accepted_at is not None
            for at, length, words in self._words[each.conversation].pauses(row.accepted_at, ended):
                yield Pause(before + (at - row.accepted_at).total_seconds(), length, words)
            before += (ended - row.accepted_at).total_seconds()

    def _turns(self, each: Episode) -> Iterator[Turn]:
        """What was asked and answered after the first answer, in seconds of handling."""
        if each.taken_at is None:
            return
        until = each.ended_at or self._horizon
        for asked, answered in self._words[each.conversation].turns(each.taken_at, until):
            yield Turn(self._done(each, asked), self._done(each, answered) if answered else None)

    def _done(self, each: Episode, moment: datetime) -> float:
        """Seconds of handling done by a moment; while nobody had it nothing was done."""
        spans = ((row.accepted_at, row.ended_at or self._horizon) for row in each.held)
        return sum(max(0.0, (min(moment, ended) - began).total_seconds()) for began, ended in spans if began)

    def _waits(self) -> Iterator[tuple[int, float, bool]]:
        """Line, seconds and whether he gave up, of everybody who waited in open hours and came to an end of it."""
        for each in self._found:
            gave_up, taken = self._gave_up(each), each.taken_at
            if gave_up is not None and not _came_offline(each):
                yield each.line, gave_up, True
            elif taken is not None and not _came_offline(each):
                yield each.line, (taken - each.began).total_seconds(), False

    def _gave_up(self, each: Episode) -> float | None:
        """After how many seconds he closed it himself, or left a contact, before anybody took it."""
        last = each.stays[-1] if each.stays else None
        if last is None or last.left_at is None or last.left_reason != LeavingReason.CLOSED:
            return None
        if (each.conversation, last.left_at) not in self._ended:
            return None
        return (last.left_at - each.began).total_seconds()

    def _longer(self, number: int, each: Episode) -> float | None:
        """Of who was served; who came out of hours or came back to his operator did not wait like the others."""
        if each.taken_at is None or each.first is None or _came_offline(each):
            return None
        return self._patience.of_served(number, each.line, (each.taken_at - each.began).total_seconds())

    # --- what happened --------------------------------------------------------------------------------

    def happened(self, begins: datetime) -> list[Outcome]:
        numbered = enumerate(self._found, start=1)
        return [
            self._outcome(number, each, begins)
            for number, each in numbered
            if not (each.taken_at is not None and each.taken_at < begins)
        ]

    def _outcome(self, number: int, each: Episode, begins: datetime) -> Outcome:
        held = each.held[0] if each.held else None
        patience = None if held else self._gave_up(each)
        return Outcome(
            number=number,
            line=each.line,
            arrived=each.began,
            taken=each.taken_at,
            answered=self._answered(each),
            gave_up=each.began + timedelta(seconds=patience) if patience is not None else None,
            closed=each.held[-1].ended_at if held else None,
            operator=held.operator_id if held else None,
            answered_in=held.queue_id if held else None,
            clocks=self._kept.clocks(each),
            offline=_came_offline(each),
            carried=each.began < begins,
            shown=_shown(each),
        )

    def _answered(self, each: Episode) -> datetime | None:
        if each.taken_at is None or each.conversation not in self._words:
            return None
        return self._words[each.conversation].first_answer(each.taken_at, each.ended_at)


def _taken(each: Episode) -> list[Reaction]:
    return [reaction for reaction in _reactions(each) if reaction.takes and reaction.seconds < NEVER]


def _reactions(each: Episode) -> tuple[Reaction, ...]:
    """How operators reacted to its offers; one that was missed is missed however long one asks."""
    found = []
    for row in each.work:
        if row.offer_until is None:
            continue
        if row.accepted_at is not None:
            found.append(Reaction((row.accepted_at - row.started_at).total_seconds()))
        elif row.ended_at is not None and row.end_reason == AssignmentEnd.DECLINED:
            after = (row.ended_at - row.started_at).total_seconds()
            found.append(Reaction(after, takes=False, rests=_rests(row.decline_reason)))
        elif row.end_reason == AssignmentEnd.TIMED_OUT:
            found.append(Reaction(NEVER, takes=False))
    return tuple(found)


def _rests(reason: DeclineReason | None) -> float:
    """For how long who declines so is not asked again; whether the customer writes meanwhile nobody knows."""
    minutes = timedelta(minutes=reason.again_minutes) if reason else refusals.DECLINED
    return NEVER if reason and reason.until_written else minutes.total_seconds()


def _last(each: Episode) -> int | None:
    """Who had it before, as far as the stay says."""
    if each.first is None:
        return each.work[0].operator_id if each.work else None
    return each.first.kept_for_id if each.first.kept_reason == KeptReason.LAST_OPERATOR else None


def _shown(each: Episode) -> tuple[int, int] | None:
    """The range told first, reckoned from coming to the line and not from when it was told."""
    first = each.first
    if first is None or first.shown_at is None or first.shown_low is None or first.shown_high is None:
        return None
    later = round((first.shown_at - each.began).total_seconds())
    return (first.shown_low + later, first.shown_high + later)


def _came_offline(each: Episode) -> bool:
    return any(stay.reason == EntryReason.OPENED for stay in each.stays) or any(
        stay.left_reason == LeavingReason.OPENED for stay in each.stays
    )


def _middle(seconds: Iterable[float]) -> float:
    found = list(seconds)
    return median(found) if found else 3.0


# --- operators and hours ------------------------------------------------------------------------------------

Span = tuple[datetime, datetime]


def _works(found: Sequence[Episode], staff: Sequence[Staffer], ends: datetime) -> list[Work]:
    """Each operator's day: what he reserved while he was at work, of what he might hold then."""
    held: dict[int, list[tuple[datetime, datetime, int]]] = {each.id: [] for each in staff}
    works = {each.id: Work(operator=each.id) for each in staff}
    for row in (row for each in found for row in each.work if row.operator_id in held):
        works[row.operator_id].taken += row.accepted_at is not None
        until = min(row.freed_at or row.ended_at or ends, ends)
        held[row.operator_id].append((row.started_at, until, round(row.units * UNIT)))
    for each in staff:
        for began, ended in staffing.spans_at_work(each.presence, ends):
            _account(works[each.id], held[each.id], began, ended)
            works[each.id].offered_units += _offered(each, began, ended)
    return list(works.values())


def _offered(each: Staffer, began: datetime, ended: datetime) -> float:
    """Unit-seconds that he might have held between two moments."""
    moments = [began, *(at for at, _abilities in each.changes), ended]
    capacities = [each.abilities.capacity, *(abilities.capacity for _at, abilities in each.changes)]
    clipped = [min(max(at, began), ended) for at in moments]
    return sum(
        (until - since).total_seconds() * capacity
        for (since, until), capacity in zip(pairwise(clipped), capacities, strict=True)
    )


def _account(
    work: Work, held: Sequence[tuple[datetime, datetime, int]], began: datetime, ended: datetime
) -> None:
    """One span at work: units held, and how long there were any."""
    work.at_work += (ended - began).total_seconds()
    inside = sorted((max(since, began), min(until, ended), units) for since, until, units in held)
    busy_until = began
    for since, until, units in inside:
        if until <= since:
            continue
        work.units += (until - since).total_seconds() * units
        work.with_work += max(0.0, (until - max(since, busy_until)).total_seconds())
        busy_until = max(busy_until, until)


def _closing_lines() -> list[Queue]:
    """Lines that keep hours and let nobody wait out of them."""
    rows = Queue.objects.exclude(calendar=None).exclude(out_of_hours=OutOfHours.WAITS)
    return list(
        rows.select_related("calendar").prefetch_related("calendar__intervals", "calendar__exceptions")
    )


def _opening(lines: Iterable[Queue], begins: datetime, ends: datetime) -> dict[int, tuple[Span, ...]]:
    produced = production_days()
    return {row.pk: _spans(Hours(row.calendar, produced), begins, ends) for row in lines if row.calendar}


def _spans(hours: Hours, begins: datetime, ends: datetime) -> tuple[Span, ...]:
    found: list[Span] = []
    at: datetime | None = begins if hours.is_open(begins) else hours.next_opening(begins)
    while at is not None and at < ends:
        closes = hours.closing(at) or ends
        found.append((at, closes))
        at = hours.next_opening(closes - timedelta(microseconds=1))
    return tuple(found)
