"""A conversation's stays and assignments, cut into episodes: each begins when it comes to a line from outside.

It comes from outside when a customer wrote, or when a person sent it somewhere. What the dispatcher did with it then
(overflow, a holder who was gone or full, a line that opened) belongs to the same episode: another version of the
rules would have done something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from apps.routing.models import Assignment, AssignmentEnd, AssignmentReason, EntryReason, QueueEntry

# How an episode begins: by the customer, or (SENT) by a person who chose the line.
SENT = frozenset({EntryReason.TRANSFERRED, EntryReason.RETURNED, EntryReason.ESCALATED})
CAME = frozenset({EntryReason.PLACED, EntryReason.REOPENED, EntryReason.WOKEN})


@dataclass(slots=True)
class Episode:
    """From coming to a line until the next such moment. ``first`` is None where it came back to its operator."""

    conversation: int
    began: datetime
    line: int
    first: QueueEntry | None = None
    stays: list[QueueEntry] = field(default_factory=list)
    work: list[Assignment] = field(default_factory=list)
    # The customer began, or began again after a closing: what is promised is counted from here.
    begins: bool = True

    @property
    def held(self) -> list[Assignment]:
        """Assignments that somebody accepted, in their order."""
        return [each for each in self.work if each.accepted_at is not None]

    @property
    def taken_at(self) -> datetime | None:
        return self.held[0].accepted_at if self.held else None

    @property
    def ended_at(self) -> datetime | None:
        """When the last who held it did so no more; None while somebody does."""
        return self.held[-1].ended_at if self.held else None

    @property
    def is_closed(self) -> bool:
        """Whether it ended by closing, and was neither put aside nor sent elsewhere."""
        return bool(self.held) and self.held[-1].end_reason == AssignmentEnd.CLOSED

    @property
    def is_sent(self) -> bool:
        """Whether a person sent it there."""
        return self.first is not None and self.first.reason in SENT


def episodes(
    stays: Iterable[QueueEntry],
    work: Iterable[Assignment],
    by_policies: Collection[tuple[int, datetime]] = (),
) -> list[Episode]:
    """All episodes of these rows, in the order in which they began.

    ``by_policies``: conversations and moments at which a policy sent them on, as the dispatcher does.
    """
    rows: list[QueueEntry | Assignment] = [*stays, *work]
    rows.sort(key=lambda row: (row.conversation_id, _moment(row), isinstance(row, Assignment), row.pk))
    found: list[Episode] = []
    for _conversation, own in groupby(rows, key=attrgetter("conversation_id")):
        found += _of_conversation(list(own), by_policies)
    return sorted(found, key=lambda each: (each.began, each.conversation))


def _moment(row: QueueEntry | Assignment) -> datetime:
    return row.started_at if isinstance(row, Assignment) else row.entered_at


def _of_conversation(
    rows: Sequence[QueueEntry | Assignment], by_policies: Collection[tuple[int, datetime]]
) -> list[Episode]:
    found: list[Episode] = []
    for row in rows:
        is_sent = (row.conversation_id, _moment(row)) not in by_policies
        if (_begins(row) and is_sent) or not found:
            first = row if isinstance(row, QueueEntry) else None
            begins = _begins_anew(row, found[-1] if found else None)
            found.append(Episode(row.conversation_id, _moment(row), row.queue_id, first, begins=begins))
        if isinstance(row, Assignment):
            found[-1].work.append(row)
        else:
            found[-1].stays.append(row)
    return found


def _begins(row: QueueEntry | Assignment) -> bool:
    if isinstance(row, Assignment):
        return row.entry_id is None and row.reason == AssignmentReason.RETURNED
    return row.reason in CAME or row.reason in SENT


def _begins_anew(row: QueueEntry | Assignment, before: Episode | None) -> bool:
    """What came straight back to its operator was closed before, or only put aside."""
    if isinstance(row, Assignment):
        return before is None or before.is_closed
    return row.reason in (EntryReason.PLACED, EntryReason.REOPENED)
