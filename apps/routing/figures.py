"""How often what customers were told came true, and how many conversations ended without them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Extract

from apps.conversations.models import CloseReason, Conversation, State
from apps.routing.models import LeavingReason, QueueEntry


@dataclass(frozen=True, slots=True)
class Closings:
    """Conversations of a line that were closed, and those among them whose customer did not react."""

    all: int
    without_reaction: int

    @property
    def share(self) -> float:
        return self.without_reaction / self.all if self.all else 0.0


def closings_without_reaction(*, since: datetime, until: datetime) -> dict[int, Closings]:
    """Closed between two moments, by line. What nobody reacted to says nothing of an operator's speed."""
    closed = Conversation.objects.filter(state=State.CLOSED, closed_at__gte=since, closed_at__lt=until)
    silent = Count("pk", filter=Q(close_reason=CloseReason.NO_REACTION))
    rows = closed.order_by().values("line").annotate(found=Count("pk"), without=silent)
    return {row["line"]: Closings(row["found"], row["without"]) for row in rows}


@dataclass(frozen=True, slots=True)
class RangesKept:
    """Customers of a line who were shown a range and answered, and those among them who were answered inside it."""

    served: int
    inside: int

    @property
    def share(self) -> float:
        return self.inside / self.served if self.served else 0.0


def ranges_kept(*, since: datetime, until: datetime, lines: Collection[int]) -> dict[int, RangesKept]:
    """Of stays in these lines that ended with an operator between two moments, by line.

    From the moment at which a range was shown first to the operator's first words; where those were said in an
    earlier turn of the conversation, to its acceptance. Who is not answered yet is not served yet.
    """
    answered = F("conversation__first_answer_at")
    served_at = Case(
        When(conversation__first_answer_at__gte=F("shown_at"), then=answered), default=F("left_at")
    )
    stays = QueueEntry.objects.filter(
        queue__in=lines,
        left_reason=LeavingReason.ASSIGNED,
        left_at__gte=since,
        left_at__lt=until,
        shown_high__isnull=False,
        conversation__first_answer_at__isnull=False,
    )
    waited = stays.annotate(waited=Extract(served_at - F("shown_at"), "epoch"))
    inside = Count("pk", filter=Q(waited__gte=F("shown_low"), waited__lte=F("shown_high")))
    rows = waited.order_by().values("queue").annotate(served=Count("pk"), inside=inside)
    return {row["queue"]: RangesKept(row["served"], row["inside"]) for row in rows}
