"""Who may see and do what: the one place below everybody who asks.

A ``Sight`` is a user's grants and lines read once (two queries) and then asked without the database: for
querysets as a condition, for a frame about to be shown as a yes or no.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q

from apps.conversations.models.rights import Grant, Right, Scope
from apps.core.models import User
from apps.operators.models import QueueMembership


@dataclass(frozen=True, slots=True)
class Area:
    """Conversations of one line (None: every line) in one channel (None: every channel)."""

    line_id: int | None
    channel_id: int | None

    def covers(self, line_id: int, channel_id: int) -> bool:
        return self.line_id in (None, line_id) and self.channel_id in (None, channel_id)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one member of staff may do, where. Nothing is allowed that is not listed."""

    user_id: int
    areas: dict[str, frozenset[Area]] = field(default_factory=dict)
    own_lines: frozenset[int] = frozenset()

    def where(self, right: str) -> Q:
        """The condition on conversations over which he has the right by grant; matches nothing without one."""
        condition = Q(pk__in=[])
        for channel, lines in self.lines_by_channel(right).items():
            within = Q(pk__isnull=False) if lines is None else Q(line_id__in=lines)
            condition |= within if channel is None else within & Q(channel_id=channel)
        return condition

    def lines_by_channel(self, right: str) -> dict[int | None, frozenset[int] | None]:
        """Lines over which he has the right, None for all; by channel, under None those he has it in every channel."""
        found: dict[int | None, set[int | None]] = defaultdict(set)
        for area in self.areas.get(right, ()):
            found[area.channel_id].add(area.line_id)
        return {
            channel: None if None in lines else frozenset(line for line in lines if line is not None)
            for channel, lines in found.items()
        }

    def covers(self, right: str, *, line_id: int, channel_id: int) -> bool:
        """Whether he has the right by grant over a conversation of this line and channel."""
        return any(area.covers(line_id, channel_id) for area in self.areas.get(right, ()))

    def rights_over(self, *, line_id: int, channel_id: int) -> list[str]:
        """The rights he has by grant over a conversation of this line and channel."""
        return [right for right in self.areas if self.covers(right, line_id=line_id, channel_id=channel_id)]

    def lines(self, right: str) -> frozenset[int] | None:
        """Lines over which he has the right in every channel; None means all lines."""
        return self.lines_by_channel(right).get(None, frozenset())

    def channels(self, right: str, line_id: int) -> frozenset[int] | None:
        """Channels in which he has the right over conversations of a line; None means all channels."""
        found = {area.channel_id for area in self.areas.get(right, ()) if area.line_id in (None, line_id)}
        return None if None in found else frozenset(each for each in found if each is not None)

    def has(self, right: str) -> bool:
        """Whether he has the right anywhere."""
        return bool(self.areas.get(right))


def sight_of(user: User) -> Sight:
    """Read a user's grants and lines. A deactivated user sees nothing."""
    if not user.is_active:
        return Sight(user_id=user.pk)
    own_lines = frozenset(
        QueueMembership.objects.filter(operator_id=user.pk, operator__is_active=True).values_list(
            "queue_id", flat=True
        )
    )
    areas: dict[str, set[Area]] = defaultdict(set)
    grants = Grant.objects.filter(group__user=user.pk).values_list("right", "scope", "queue_id", "channel_id")
    for right, scope, queue_id, channel_id in grants:
        areas[right].update(_areas(scope, queue_id, channel_id, own_lines))
    areas[Right.METADATA] |= areas[Right.TEXT]
    return Sight(
        user_id=user.pk,
        areas={right: frozenset(found) for right, found in areas.items()},
        own_lines=own_lines,
    )


def _areas(scope: str, queue_id: int | None, channel_id: int | None, own_lines: frozenset[int]) -> list[Area]:
    if scope == Scope.ALL:
        return [Area(None, channel_id)]
    lines = own_lines if scope == Scope.OWN else [queue_id]
    return [Area(line, channel_id) for line in lines]
