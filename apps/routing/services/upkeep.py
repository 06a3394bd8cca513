"""Sweeps over promises: what is due by time alone, and what an event should have done and did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db.models import DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.conversations.models import Conversation, Message, State
from apps.core.each import each_alone
from apps.routing.models import Clock, ClockKind, ClockState, Pause, Promise, QueueEntry, ServicePolicy
from apps.routing.services import clocks, promised
from apps.routing.services.promised import Book

BATCH = 500
# Of conversations without a public promise, which is nothing wrong for most of them.
LATEST = 100
# How long a nudge may take before its work is looked for in the rows.
PATIENCE = timedelta(seconds=5)
ANSWERS = (ClockKind.FIRST, ClockKind.NEXT)


def act_on_due(*, now: datetime) -> int:
    """Warnings and breaches whose moment has come; returns how many conversations were looked at."""
    return keep_all(clocks.due(now=now, limit=BATCH), now)


def mend(*, now: datetime) -> int:
    """Clocks that do not say what the rows say: a nudge was lost, or a process died. Returns how many."""
    wrong = {number for found in _disagreeing(now) for number in found}
    return keep_all(sorted(wrong | set(without_clock(now=now))), now)


def recount(queue_id: int, *, now: datetime) -> int:
    """The hours of a line were edited: what runs there is due by those of now."""
    running = Clock.objects.filter(line=queue_id, state=ClockState.RUNNING, business_hours=True)
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
    if Promise.objects.filter(is_active=True).exists():
        yield list(_unpromised(now).values_list("pk", flat=True)[:LATEST])


def _numbers(found: QuerySet[Clock]) -> Iterable[int]:
    return found.filter(ended_at__isnull=True).values_list("conversation", flat=True)[:BATCH]


def _answered() -> QuerySet[Clock]:
    later = Message.objects.filter(
        promised.by_people(), conversation=OuterRef("conversation"), seq__gt=OuterRef("turn")
    )
    settles = Q(kind=ClockKind.RESOLUTION) | Q(promise__what=Promise.What.RESOLUTION)
    return Clock.objects.exclude(settles).filter(Exists(later))


def _closed() -> QuerySet[Clock]:
    return Clock.objects.filter(conversation__state=State.CLOSED)


def _elsewhere() -> QuerySet[Clock]:
    running = Clock.objects.filter(state__in=(ClockState.RUNNING, ClockState.PAUSED), policy__isnull=False)
    return running.exclude(line=F("conversation__line"))


def _not_waiting() -> QuerySet[Clock]:
    """Settling that runs while the customer is waited for, or the reverse."""
    snoozed = Q(conversation__state=State.SNOOZED)
    settles = Clock.objects.filter(Q(kind=ClockKind.RESOLUTION) | Q(promise__what=Promise.What.RESOLUTION))
    runs = Q(state=ClockState.RUNNING) & ~Q(pause=Pause.NEVER) & snoozed
    stands = Q(state=ClockState.PAUSED, conversation__awaiting_since__isnull=False) & ~snoozed
    return settles.filter(runs | stands)


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


def _unpromised(now: datetime) -> QuerySet[Conversation]:
    """The latest unanswered first words that no public promise was noted for; most of them got none."""
    noted = Clock.objects.filter(conversation=OuterRef("pk"), kind=ClockKind.PROMISE)
    recent = _unanswered(now).filter(awaiting_since__gte=now - timedelta(minutes=10))
    return recent.filter(~Exists(noted), first_answer_at__isnull=True).order_by("-awaiting_since")
