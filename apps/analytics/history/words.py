"""When each side wrote in conversations: moments only, of messages that reached the customer.

What sends the customer on (``IN_PASSING``) is no answer, and left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from apps.conversations.models import IN_PASSING, AuthorKind, Message

BATCH = 2000
# The customer's pauses that matter: no line gives a place away sooner than after a minute.
PAUSE = 60.0


@dataclass(slots=True)
class Words:
    """Moments of one conversation, in their order; ``True`` with those of an operator."""

    said: list[tuple[datetime, bool]] = field(default_factory=list)

    def first_answer(self, since: datetime, until: datetime | None) -> datetime | None:
        """The operator's first words from a moment on."""
        start = bisect_left(self.said, (since, False))
        found = next((at for at, by_operator in self.said[start:] if by_operator), None)
        return None if found is None or (until is not None and found > until) else found

    def owed_before(self, moment: datetime) -> tuple[datetime | None, bool]:
        """Since when the customer waits for an answer at that moment, and whether he had none before."""
        asked, is_first = None, True
        for at, by_operator in self.said:
            if at >= moment:
                break
            if by_operator:
                asked, is_first = None, False
            else:
                asked = asked or at
        return asked, is_first

    def turns(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime | None]]:
        """What the customer asked after the first answer between two moments, and when each was answered."""
        inside = [each for each in self.said if since <= each[0] <= until]
        first = next((place for place, (_at, by_operator) in enumerate(inside) if by_operator), len(inside))
        found: list[tuple[datetime, datetime | None]] = []
        for at, by_operator in inside[first + 1 :]:
            is_open = bool(found) and found[-1][1] is None
            if by_operator and is_open:
                found[-1] = (found[-1][0], at)
            elif not by_operator and not is_open:
                found.append((at, None))
        return found

    def pauses(self, since: datetime, until: datetime) -> list[tuple[datetime, float, tuple[float, ...]]]:
        """From where, and for how many seconds, the customer said nothing after an answer.

        With each the seconds at which the operator wrote again meanwhile.
        """
        found: list[tuple[datetime, float, tuple[float, ...]]] = []
        inside = [each for each in self.said if since <= each[0] <= until]
        for by_operator, run in groupby([*inside, (until, False)], key=itemgetter(1)):
            moments = [at for at, _by_operator in run]
            if not by_operator and found:
                began, _length, words = found[-1]
                found[-1] = (began, (moments[0] - began).total_seconds(), words)
            elif by_operator:
                words = tuple((at - moments[0]).total_seconds() for at in moments[1:])
                found.append((moments[0], 0.0, words))
        return [each for each in found if each[1] >= PAUSE]


def words_of(conversations: Collection[int], since: datetime, until: datetime) -> dict[int, Words]:
    """One query for each two thousand conversations."""
    numbers = sorted(conversations)
    found = {number: Words() for number in numbers}
    for start in range(0, len(numbers), BATCH):
        rows = Message.objects.filter(
            conversation__in=numbers[start : start + BATCH],
            author_kind__in=[AuthorKind.CUSTOMER, AuthorKind.OPERATOR],
            staff_only=False,
            at__range=(since, until),
        ).exclude(code=IN_PASSING)
        for number, at, author in rows.order_by("conversation", "seq").values_list(
            "conversation_id", "at", "author_kind"
        ):
            found[number].said.append((at, author == AuthorKind.OPERATOR))
    return found
