"""Sweeps over promises: what is due by time alone, and what an event should have done and did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db.models import DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.conversations.models import Conversation, Message, State
from apps.core.actors import ActorKind
from apps.core.each import each_alone
from apps.routing.models import (
    Clock,
    ClockKind,
    ClockState,
    Pause,
    Promise,
    QueueEntry,
    ServicePolicy,
    Showing,
)
from apps.routing.services import clocks, promised
from apps.routing.services.promised import Book

BATCH = 500
# How long what was shown is looked for without a clock.
LATELY = timedelta(days=2)
# How long a nudge may take before its work is looked for in the rows.
PATIENCE = timedelta(seconds=5)
ANSWERS = (ClockKind.FIRST, ClockKind.NEXT)
SETTLES = Q(kind=ClockKind.RESOLUTION) | Q(showing__what=Promise.What.RESOLUTION)


def act_on_due(*, now: datetime) -> int:
    """Warnings and breaches whose moment has come; returns how many conversations were looked at."""
    return keep_all(clocks.due(now=now, limit=BATCH), now)


def mend(*, now: datetime) -> int:
    """Clocks that do not say what the rows say: a nudge was lost, or a process died. Returns how many."""
    wrong = {number for found in _disagreeing(now) for number in found}
    return keep_all(sorted(wrong | set(without_clock(now=now))), now)


def recount(queue_id: int, *, now: datetime) -> int:
    """The hours of a line were edited: what runs there is due by those of now."""
    running = Clock.objects.filter(
        Q(line=queue_id) | Q(showing__line=queue_id), state=ClockState.RUNNING, business_hours=True
    )
    return keep_all(
        list(running.order_by("conversation").values_list("conversation", flat=True).distinct()), now
    )


def keep_all(numbers: Iterable[int], now: datetime) -> int:
    """Each by itself: one that fails is logged and does not hold up the others."""
    keep = partial(clocks.keep, now=now, book=Book())
    return len(each_alone("keeping clocks", keep, numbers))


def without_clock(*, now: datetime, limit: int = BATCH) -> list[int]:
    """Unanswered conversations for which a policy promises an answer and no clock runs. There must be none."""
    policies = ServicePolicy.objects.filter(is_active=True)
    policies = policies.filter(Q(first_seconds__isnull=False) | Q(next_seconds__isnull=False))
    answering = Clock.objects.filter(conversation=OuterRef("pk"), kind__in=ANSWERS, ended_at__isnull=True)
    found = _unanswered(now).filter(~Exists(answering), promised.covered(list(policies)))
    book = Book()
    rows = found.order_by("-awaiting_since", "pk")[:limit]
    return [row.pk for row in rows if clocks.lacks_answer_clock(row, book)]


def _unanswered(now: datetime) -> QuerySet[Conversation]:
    return Conversation.objects.filter(awaiting_since__lte=now - PATIENCE, state__in=clocks.OWING)


def _disagreeing(now: datetime) -> Iterator[Iterable[int]]:
    yield from (_numbers(found) for found in (_answered(), _closed(), _elsewhere(), _not_waiting()))
    yield list(_wrong_order().values_list("conversation", flat=True)[:BATCH])
    yield list(_unpromised(now).values_list("conversation", flat=True)[:BATCH])


def _numbers(found: QuerySet[Clock]) -> Iterable[int]:
    return found.filter(ended_at__isnull=True).values_list("conversation", flat=True)[:BATCH]


def _answered() -> QuerySet[Clock]:
    later = Message.objects.filter(
        promised.by_people(), conversation=OuterRef("conversation"), seq__gt=OuterRef("turn")
    )
    return Clock.objects.exclude(SETTLES).filter(Exists(later))


def _closed() -> QuerySet[Clock]:
    """Of what was closed runs only what the house still owes: nobody answered, and its moment is to come."""
    closed = Clock.objects.filter(conversation__state=State.CLOSED)
    over = ~Q(state=ClockState.RUNNING) | Q(conversation__closed_by=ActorKind.CUSTOMER)
    over |= Q(kind=ClockKind.NEXT, policy__last_word_may_stay=True)
    return closed.filter(over | (SETTLES & Q(conversation__first_answer_at__gte=F("started_at"))))


def _elsewhere() -> QuerySet[Clock]:
    running = Clock.objects.filter(state__in=(ClockState.RUNNING, ClockState.PAUSED), policy__isnull=False)
    return running.exclude(line=F("conversation__line"))


def _not_waiting() -> QuerySet[Clock]:
    """Settling that runs while the customer is waited for, or the reverse."""
    asked = Q(conversation__awaiting_since__isnull=False)
    runs = Q(state=ClockState.RUNNING) & ~Q(pause=Pause.NEVER) & Q(conversation__state=State.SNOOZED) & ~asked
    return Clock.objects.filter(SETTLES, runs | (Q(state=ClockState.PAUSED) & asked))


def _wrong_order() -> QuerySet[QueueEntry]:
    """Stays whose deadline is not the nearest one of their clocks."""
    owed = Clock.objects.filter(conversation=OuterRef("conversation"), ended_at__isnull=True).order_by()
    nearest = Subquery(owed.values("conversation").annotate(at=Min("due_at")).values("at"))
    never = datetime(2200, 1, 1, tzinfo=UTC)
    by_clocks = Coalesce(nearest, never, output_field=DateTimeField())
    by_entry = Coalesce("due_at", never, output_field=DateTimeField())
    open_ones = QueueEntry.objects.filter(left_at__isnull=True).annotate(
        by_clocks=by_clocks, by_entry=by_entry
    )
    return open_ones.exclude(by_clocks=F("by_entry"))


def _unpromised(now: datetime) -> QuerySet[Showing]:
    """What was shown and has no clock, answered and closed conversations too."""
    begun = Clock.objects.filter(showing=OuterRef("pk"))
    stood = QueueEntry.objects.filter(conversation=OuterRef("conversation"))
    recent = Showing.objects.filter(begun_at__gte=now - LATELY, begun_at__lte=now - PATIENCE)
    came = Q(conversation__state__in=clocks.OWING) | Q(
        Exists(stood), conversation__state__in=(State.BOT, State.CLOSED)
    )
    return recent.filter(~Exists(begun), came).order_by("-pk")
