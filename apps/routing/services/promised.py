"""What is promised for a conversation: by the policy of its place, and aloud to its customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from apps.conversations.models import IN_PASSING, AuthorKind, Conversation, Message, Participant, Role
from apps.operators.calendar import Hours
from apps.operators.models import Queue
from apps.routing.models import ClockKind, ForceMajeure, Promise, QueueEntry, ServicePolicy, Showing
from apps.routing.promising.terms import Place, Terms, most_specific

DAY = timedelta(days=1)


@dataclass
class Book:
    """Policies, promises and hours of lines, each read once for as long as one piece of work lasts."""

    _hours: dict[int, Hours | None] = field(default_factory=dict)

    @cached_property
    def policies(self) -> list[ServicePolicy]:
        return list(ServicePolicy.objects.filter(is_active=True))

    @cached_property
    def promises(self) -> list[Promise]:
        found = Promise.objects.filter(is_active=True)
        return list(found.prefetch_related("channels", "exclusions"))

    @cached_property
    def force_majeure(self) -> list[ForceMajeure]:
        return list(ForceMajeure.objects.all())

    def hours(self, line_id: int) -> Hours | None:
        """The hours of a line; None: always open."""
        if line_id not in self._hours:
            queue = Queue.objects.select_related("calendar").get(pk=line_id)
            self._hours[line_id] = Hours(queue.calendar) if queue.calendar else None
        return self._hours[line_id]

    def is_open(self, line_id: int, at: datetime) -> bool:
        hours = self.hours(line_id)
        return hours is None or hours.is_open(at)

    def is_suspended(self, promise_id: int, since: datetime, until: datetime) -> bool:
        """Whether force majeure touched the promise between two moments, both included."""
        return any(
            each.promise_id in (None, promise_id)
            and each.begins_at <= until
            and (each.ends_at is None or each.ends_at > since)
            for each in self.force_majeure
        )


def promises_anything() -> bool:
    return (
        # A promise that was switched off since is still owed to whom it was shown.
        ServicePolicy.objects.filter(is_active=True).exists() or Promise.objects.exists()
    )


def place_of(conversation: Conversation) -> Place:
    """Where it stands; the category is that of its last stay in a line."""
    entries = QueueEntry.objects.filter(conversation=conversation).order_by("-pk")
    category = entries.values_list("category", flat=True).first()
    return Place(conversation.line_id, conversation.channel_id, category)


def policy_terms(kind: str, place: Place, book: Book) -> Terms | None:
    """What the policy of the place promises of this kind; None: nothing."""
    policy = most_specific(book.policies, place)
    seconds = policy.seconds_for(kind) if policy else None
    if policy is None or seconds is None:
        return None
    return Terms(
        policy=policy.pk,
        seconds=seconds,
        business_hours=policy.business_hours,
        pause=policy.pause,
        warn_percent=policy.warn_percent,
        since=policy.since,
        settles=kind == ClockKind.RESOLUTION,
    )


def shown_terms(showing: Showing) -> Terms:
    """The terms as they were shown."""
    return Terms(
        promise=showing.promise_id,
        seconds=showing.seconds,
        business_hours=showing.business_hours,
        pause=showing.pause,
        since=showing.shown_at,
        settles=showing.what == Promise.What.RESOLUTION,
    )


def given_at(place: Place, at: datetime, book: Book, *, customer_id: int | None) -> Promise | None:
    """The promise that a chat says there at that moment; it is owed to whom it was shown (``Showing``)."""
    in_force = [each for each in book.promises if _holds(each, place, at, book)]
    promise = most_specific(in_force, place)
    if promise is None or customer_id is None or promise.requests_a_day is None:
        return promise
    return promise if requests_before(customer_id, at) < promise.requests_a_day else None


def _holds(promise: Promise, place: Place, at: datetime, book: Book) -> bool:
    if promise.since > at or book.is_suspended(promise.pk, at, at):
        return False
    return not promise.business_hours or book.is_open(place.line, at)


def requests_before(customer_id: int, at: datetime, *, but: int = 0) -> int:
    """How many requests the customer has begun in the 24 hours before ``at``, ``but`` this one."""
    begun = Conversation.objects.filter(customer=customer_id, opened_at__gt=at - DAY, opened_at__lt=at)
    return begun.exclude(pk=but).count()


def by_people() -> Q:
    """The condition on answers to customers that count: of people, and of an application that holds the conversation.

    No bot and no other integration keeps a promise, and no words with which somebody sends the customer on.
    """
    holding = Participant.objects.filter(
        conversation=OuterRef("conversation"), user=OuterRef("author"), role=Role.HOLDER
    )
    counted = Q(author__is_service=False) | Q(Exists(holding))
    answers = Q(author_kind=AuthorKind.OPERATOR, staff_only=False) & ~Q(code=IN_PASSING)
    return answers & counted


def owes_answer(conversation_id: int) -> bool:
    """Whether no person has answered the customer's last words."""
    said = Message.objects.filter(
        by_people() | Q(author_kind=AuthorKind.CUSTOMER), conversation=conversation_id
    )
    last = said.order_by("-seq").values_list("author_kind", flat=True).first()
    return last == AuthorKind.CUSTOMER


def covered(policies: Sequence[ServicePolicy]) -> Q:
    """The condition on conversations in whose line and channel one of these policies may count."""
    found = Q(pk__in=[])
    for each in policies:
        where = Q(pk__isnull=False)
        if each.queue_id is not None:
            where &= Q(line=each.queue_id)
        if each.channel_id is not None:
            where &= Q(channel=each.channel_id)
        found |= where
    return found
