"""Reads for the workspace: sections with keyset pages, counters of lines, colleagues with their load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from apps.channels.models import Channel
from apps.conversations import selectors as conversations
from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Participant, Right, State
from apps.conversations.payloads import RowView, TurnView
from apps.core.bus import Part, added_up, line_meta_topic, line_topic
from apps.operators.models import Operator, Queue, QueueMembership
from apps.routing.keyset import Key, Order, beyond, cursor
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    ChannelLine,
    Department,
    KeptReason,
    Notice,
    QueueEntry,
    Stage,
)
from apps.routing.services import naming
from apps.routing.services.order import WITHIN_A_LINE

PAGE = 50
RECENT = timedelta(days=3)
WAITING_STATES = (State.QUEUED, State.NEW)


# Oldest first where somebody waits, newest first elsewhere.
OLDEST: Order = (Key("state_since", moment=True), Key("pk"))
NEWEST: Order = (Key("last_at", descending=True, moment=True), Key("pk", descending=True))
# The order of service (services.order.ORDER), with the names that ``_standing`` gives its columns.
SERVICE: Order = (
    Key("line__live_priority", descending=True),
    Key("rank", descending=True),
    Key("due_at", moment=True, may_be_empty=True),
    Key("waiting_since", moment=True),
    Key("stay"),
)
# The same for stays themselves.
OF_STAYS: Order = (Key("queue__live_priority", descending=True), *SERVICE[1:4], Key("pk"))


def section(
    sight: Sight, name: str, *, now: datetime, line: int | None = None, after: Sequence[Any] | None = None
) -> tuple[list[Conversation], list[Any] | None]:
    """A page of a section, and where the next one begins."""
    found, order = _section(sight, name, now)
    if line is not None:
        found = found.filter(line_id=line)
    if after is not None:
        found = found.filter(beyond(order, after))
    if order is SERVICE:
        # Asked for by itself: in the statement below, tables without statistics would have it asked for each row.
        found = found.filter(pk__in=list(_in_front(sight, _lines(name, line), after)))
    listed = found.order_by(*(key.order() for key in order))
    places = list(listed.values_list("pk", *(key.name for key in order))[: PAGE + 1])
    page = _rows([number for number, *_keys in places[:PAGE]])
    return page, cursor(places[PAGE - 1][1:]) if len(places) > PAGE else None


def _rows(numbers: Sequence[int]) -> list[Conversation]:
    """These conversations in this order. Asked for apart: what a row shows is not sorted with a whole line."""
    found = conversations.rows().select_related("line").in_bulk(numbers)
    return [found[number] for number in numbers]


def _section(sight: Sight, name: str, now: datetime) -> tuple[QuerySet[Conversation], Order]:
    """The rows of a section and their order. What waits stands in the order in which it is served."""
    if name in ("waiting", "common"):
        waiting = _standing(Conversation.objects.visible_to(sight).filter(state__in=WAITING_STATES))
        return waiting.filter(line__is_default=True) if name == "common" else waiting, SERVICE
    rows = conversations.rows()
    held, put_aside = Q(holder=sight.user_id), Q(state=State.SNOOZED, preferred=sight.user_id)
    mine = held | put_aside
    if name == "mine":
        # Who put it aside holds it no more: it is his to see while its line is.
        readable = Q(pk__in=Conversation.objects.visible_to(sight).values("pk"))
        return rows.filter(held | put_aside & readable), OLDEST
    if name == "recent":
        return _recent(sight, now), NEWEST
    if name == "foreign":
        listed = Conversation.objects.listed_to(sight).exclude(
            pk__in=Conversation.objects.visible_to(sight).values("pk")
        )
        return rows.filter(pk__in=listed.open().values("pk")), OLDEST
    seen = rows.filter(pk__in=Conversation.objects.visible_to(sight).open().values("pk")).exclude(mine)
    if name == "offline":
        return seen.filter(state=State.OFFLINE), OLDEST
    return seen.filter(state__in=(State.ASSIGNED, State.BOT, State.SNOOZED)), NEWEST


def _lines(name: str, line: int | None) -> QuerySet[Queue]:
    """The lines of which a section of what waits tells."""
    lines = Queue.objects.filter(is_default=True) if name == "common" else Queue.objects.all()
    return lines if line is None else lines.filter(pk=line)


def _in_front(sight: Sight, lines: QuerySet[Queue], after: Sequence[Any] | None) -> QuerySet[Any]:
    """Where the next page of what waits in these lines is to be found, however long they are.

    What is seen by grant: of each line the first ones, which its index gives in order. What has no place in a line
    yet, and what is seen because one serves the customer, is little and taken whole.
    """
    new = Conversation.objects.filter(sight.where(Right.TEXT), state=State.NEW)
    taking_part = Participant.objects.filter(user=sight.user_id, until__isnull=True)
    served = Conversation.objects.filter(
        state__in=WAITING_STATES, customer__in=taking_part.values("conversation__customer")
    )
    stays = QueueEntry.objects.filter(stage__in=(Stage.WAITING, Stage.OFFERED))
    if after is not None:
        stays = stays.filter(beyond(OF_STAYS, after))
    first = []
    for channel, readable in sight.lines_by_channel(Right.TEXT).items():
        first.append(
            _first_of_each(
                lines if readable is None else lines.filter(pk__in=readable),
                stays if channel is None else stays.filter(conversation__channel=channel),
            )
        )
    return new.values_list("pk", flat=True).union(served.values_list("pk", flat=True), *first)


def _first_of_each(lines: QuerySet[Queue], stays: QuerySet[QueueEntry]) -> QuerySet[Any]:
    """The conversations of the first stays of each of these lines, as many as a page needs at most."""
    found = stays.filter(queue=OuterRef("pk")).order_by(*WITHIN_A_LINE).values("conversation")[: PAGE + 1]
    return lines.order_by().values(first=Func(ArraySubquery(found), function="unnest"))


def _standing(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """With the keys of the order of service; what has just come has no place in a line yet and stands by its age."""
    stays = FilteredRelation("entries", condition=Q(entries__left_at__isnull=True))
    return found.annotate(
        open_stay=stays,
        rank=Coalesce("open_stay__rank", Value(0)),
        due_at=F("open_stay__due_at"),
        waiting_since=Coalesce("open_stay__waiting_since", "state_since"),
        stay=Coalesce("open_stay__id", "pk"),
    )


def _recent(sight: Sight, now: datetime) -> QuerySet[Conversation]:
    """Closed lately after one took part, or in one's lines; always within what may be read."""
    took_part = conversations.recent_of(sight.user_id, since=now - RECENT, limit=500)
    closed = Conversation.objects.visible_to(sight).closed().filter(closed_at__gte=now - RECENT)
    parted = Conversation.objects.visible_to(sight).filter(pk__in=took_part).exclude(holder=sight.user_id)
    return conversations.rows().filter(Q(pk__in=closed.values("pk")) | Q(pk__in=parted.values("pk")))


def readable(sight: Sight, ids: Sequence[int]) -> tuple[list[Conversation], list[Conversation]]:
    """Of these conversations, those whose text may be read and those that may only be listed."""
    listed = conversations.rows().filter(
        pk__in=Conversation.objects.listed_to(sight).filter(pk__in=ids).values("pk")
    ) | conversations.rows().filter(
        pk__in=Conversation.objects.visible_to(sight).filter(pk__in=ids).values("pk")
    )
    seen = set(Conversation.objects.visible_to(sight).filter(pk__in=ids).values_list("pk", flat=True))
    found = list(listed.distinct())
    return [row for row in found if row.pk in seen], [row for row in found if row.pk not in seen]


def turns(numbers: Sequence[int]) -> dict[int, TurnView]:
    """Where these conversations stand in their lines and who is asked to take them; one query for the open stays."""
    entries = QueueEntry.objects.filter(conversation__in=numbers, left_at__isnull=True)
    entries = entries.select_related("category", "kept_for__operator").annotate(is_kept=_IS_KEPT)
    open_offers = Assignment.objects.filter(
        conversation__in=numbers, ended_at__isnull=True, accepted_at__isnull=True
    ).select_related("operator__operator", "operator__api_token")
    offers = {each.conversation_id: each for each in open_offers}
    return {entry.conversation_id: _turn(entry, offers.get(entry.conversation_id)) for entry in entries}


# Whether whom the stay names is waited for: nobody waits for who has refused it, nor, as the one who answered last, for
# who has left the line (``matching``).
_MEMBER = QueueMembership.objects.filter(operator=OuterRef("kept_for"), queue=OuterRef("queue"))
_REFUSED = Assignment.objects.filter(
    entry=OuterRef("pk"),
    operator=OuterRef("kept_for"),
    end_reason__in=[AssignmentEnd.DECLINED, AssignmentEnd.TIMED_OUT],
)
_IS_KEPT = ~Exists(_REFUSED) & (~Q(kept_reason=KeptReason.LAST_OPERATOR) | Exists(_MEMBER))


def _turn(entry: Any, offer: Assignment | None) -> TurnView:
    kept_for = entry.kept_for if entry.is_kept else None
    return TurnView(
        entry=entry.pk,
        rank=entry.rank,
        reason=entry.reason,
        waiting_since=entry.waiting_since,
        category=entry.category.name if entry.category else "",
        colour=entry.category.colour if entry.category else "",
        raised=entry.rank_reason,
        due_at=entry.due_at,
        kept_for=kept_for.pk if kept_for else None,
        kept_for_name=kept_for.operator.public_name if kept_for else "",
        kept_reason=entry.kept_reason if kept_for else "",
        kept_until=entry.kept_until if kept_for else None,
        offered_to=offer.operator_id if offer else None,
        offered_to_name=naming.called(offer.operator) if offer else "",
        offered_until=offer.offer_until if offer else None,
    )


def row_views(found: Sequence[Conversation], *, locked: bool = False) -> list[RowView]:
    """Rows of the list, with where they stand in their lines; locked ones tell neither."""
    views = [conversations.row_view(row, locked=locked) for row in found]
    if not locked:
        standing = turns([view.id for view in views])
        for view in views:
            view.turn = standing.get(view.id)
    return views


# Open conversations by line, channel and state.
Counts = dict[int, dict[int, dict[str, int]]]


def counts(sight: Sight) -> Counts:
    """Open conversations of the lines and channels whose existence one may know; one query."""
    return _counted(Conversation.objects.open().filter(sight.where(Right.METADATA)))


def counts_of(lines: Iterable[int]) -> Counts:
    """Open conversations of these lines, counted once for all who watch them."""
    return _counted(Conversation.objects.open().filter(line_id__in=lines))


def _counted(found: QuerySet[Conversation]) -> Counts:
    result: Counts = {}
    rows = found.order_by().values_list("line_id", "channel_id", "state").annotate(number=Count("pk"))
    for line_id, channel_id, state, number in rows:
        result.setdefault(line_id, {}).setdefault(channel_id, {})[state] = number
    return result


@dataclass(frozen=True, slots=True)
class Watch:
    """A line, or the part of one, that a workspace is told of; ``readable``: with names and words."""

    line: int
    readable: bool
    part: Part | None = None

    @property
    def topic(self) -> str:
        return line_topic(self.line) if self.readable else line_meta_topic(self.line)

    def counted(self, counts: Counts) -> dict[str, int]:
        """This part's share of the counters."""
        found = counts.get(self.line, {})
        part = self.part
        return added_up(each for channel, each in found.items() if part is None or part.has(channel))


def watches(sight: Sight) -> list[Watch]:
    """What of every line one may read, and of the rest what one may know of; the most important line first."""
    found = []
    for line in Queue.objects.order_by("-live_priority", "pk").values_list("pk", flat=True):
        read, known = sight.channels(Right.TEXT, line), sight.channels(Right.METADATA, line)
        if read is None or read:
            found.append(Watch(line, readable=True, part=None if read is None else Part(read)))
        if read is not None and known is None:
            found.append(Watch(line, readable=False, part=Part(read, all_but=True) if read else None))
        elif read is not None and known is not None and known - read:
            found.append(Watch(line, readable=False, part=Part(known - read)))
    return found


def operators_with_load() -> list[Operator]:
    """Operators who work here with presence, load, skills and lines: three queries."""
    load = (
        Assignment.objects.filter(operator=OuterRef("user"), ended_at__isnull=True, freed_at__isnull=True)
        .order_by()
        .values("operator")
        .annotate(units=Sum("units"))
        .values("units")
    )
    found = Operator.objects.filter(is_active=True, user__is_active=True).select_related("presence__reason")
    found = found.prefetch_related("skills", "memberships").annotate(
        load=Coalesce(Subquery(load), Decimal(0))
    )
    return list(found.order_by(F("presence__state").desc(nulls_last=True), "public_name"))


def every_channel() -> set[int]:
    """Channels in which somebody may have a chat open."""
    return set(Channel.objects.filter(is_active=True).values_list("pk", flat=True))


def channels_telling_of(queue_id: int) -> set[int]:
    """Channels whose chats tell of a line: they offer it, lead to it, or an open conversation stands in it."""
    queue = Queue.objects.filter(pk=queue_id).first()
    if queue is None:
        # What a removed line was offered by went with it.
        return every_channel()
    tellers: list[QuerySet[Any]] = [
        Department.objects.filter(queue=queue),
        ChannelLine.objects.filter(queue=queue),
        Conversation.objects.open().filter(line=queue).distinct(),
    ]
    found = {each for rows in tellers for each in rows.values_list("channel_id", flat=True)}
    if queue.is_default:
        found |= every_channel() - set(ChannelLine.objects.values_list("channel_id", flat=True))
    return found


def noticed(clock_id: int, moment: str) -> list[int]:
    """Who is told of a clock's warning or breach."""
    found = Notice.objects.filter(clock=clock_id, moment=moment)
    return list(found.order_by("user").values_list("user", flat=True))
