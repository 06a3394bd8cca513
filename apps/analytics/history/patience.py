"""How long customers wait at most: of those who gave up as it was, of those who were served as it may have been."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from datetime import datetime

from apps.conversations.events import ConversationMoved
from apps.conversations.models import State
from apps.core.actors import ActorKind
from apps.core.models import Event

BATCH = 2000
Ended = tuple[int, datetime]


def ended_by_customers(conversations: Collection[int], since: datetime, until: datetime) -> set[Ended]:
    """Conversations and the moments at which their customers closed them, or left a contact instead of waiting."""
    numbers = sorted(conversations)
    found: set[Ended] = set()
    for start in range(0, len(numbers), BATCH):
        rows = Event.objects.filter(
            subject_kind=ConversationMoved.subject_kind,
            subject_id__in=numbers[start : start + BATCH],
            kind=ConversationMoved.kind,
            actor_kind=ActorKind.CUSTOMER,
            at__range=(since, until),
            details__state=State.CLOSED,
        )
        found.update(rows.values_list("subject_id", "at"))
    return found


class Patience:
    """Exponential by line, as ``staffing.history`` measures it: all waiting by the number of those who gave up."""

    def __init__(self, waits: Iterable[tuple[int, float, bool]]) -> None:
        """``waits``: of each customer his line, seconds of waiting, and whether he gave up."""
        waited: dict[int, float] = {}
        gave_up: dict[int, int] = {}
        for line, seconds, left in waits:
            waited[line] = waited.get(line, 0.0) + seconds
            gave_up[line] = gave_up.get(line, 0) + left
        self._means = {line: waited[line] / number for line, number in gave_up.items() if number}

    def of_served(self, number: int, line: int, waited: float) -> float | None:
        """He waited so long; how much longer he would have is drawn, for the same number always the same.

        None where nobody of the line gave up.
        """
        mean = self._means.get(line)
        if not mean:
            return None
        return waited + random.Random(number).expovariate(1 / mean)  # noqa: S311 - a day that can be had again
