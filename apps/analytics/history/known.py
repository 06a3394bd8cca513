"""What rules may know of a day's conversations, read in a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from apps.channels.models import Visitor
from apps.conversations.events import CustomerActed
from apps.conversations.models import Conversation
from apps.core.models import Event
from apps.operators.calendar import Hours, production_days
from apps.operators.models import Calendar
from apps.routing.models.rules import Kind
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content

BATCH = 2000
Acts = dict[str, datetime]


class Known:
    """Facts of conversations by number; what none of the versions asks is not fetched.

    Attributes, the page and how surely somebody is known are those of now: what they were is not kept.
    """

    def __init__(self, numbers: Iterable[int], contents: Sequence[Content]) -> None:
        self.rows = {row.pk: row for row in _rows(sorted(set(numbers)))}
        self._kinds = {kind for kind in Kind if any(content.asks(kind) for content in contents)}
        customers = {row.customer_id for row in self.rows.values()}
        self._acts = _acts(customers) if self._kinds & {Kind.EVENT, Kind.PAGE_EVENT} else {}
        self._pages = _pages(self.rows.values()) if Kind.PAGE in self._kinds else {}
        self._hours = _hours() if Kind.HOURS in self._kinds else {}

    def facts(self, number: int, at: datetime) -> Facts:
        """What was known at that moment."""
        row = self.rows[number]
        told = [each for each in self._acts.get(row.customer_id, ()) if each[0] <= at]
        return Facts(
            now=at,
            channel=row.channel_id,
            channel_kind=row.channel.kind,
            address=row.written_to,
            page=self._pages.get((row.channel_id, row.identity.external_id), ""),
            language=row.customer.language,
            verification=row.identity.verification,
            topic=row.requested_line_id,
            intent=row.intent,
            attributes=row.customer.attributes,
            acts=_last(told, claimed=False),
            claims=_last(told, claimed=True),
            open_calendars=frozenset(pk for pk, hours in self._hours.items() if hours.is_open(at)),
        )


def _rows(numbers: Sequence[int]) -> Iterator[Conversation]:
    for start in range(0, len(numbers), BATCH):
        found = Conversation.objects.filter(pk__in=numbers[start : start + BATCH])
        yield from found.select_related("customer", "identity", "channel")


# When an act was recorded, its code, when it happened, and whether only the page he was on says so.
Told = tuple[datetime, str, datetime, bool]


def _acts(customers: set[int]) -> dict[int, list[Told]]:
    found: defaultdict[int, list[Told]] = defaultdict(list)
    numbers = sorted(customers)
    for start in range(0, len(numbers), BATCH):
        rows = Event.objects.filter(
            kind=CustomerActed.kind,
            subject_kind=CustomerActed.subject_kind,
            subject_id__in=numbers[start : start + BATCH],
        )
        for customer, at, details in rows.order_by("id").values_list("subject_id", "at", "details"):
            happened = datetime.fromisoformat(details["happened_at"])
            found[customer].append((at, details["code"], happened, bool(details.get("claimed"))))
    return found


def _last(told: Iterable[Told], *, claimed: bool) -> Acts:
    found: Acts = {}
    for _at, code, happened, is_claim in told:
        if claimed or not is_claim:
            found[code] = max(happened, found.get(code, happened))
    return found


def _pages(rows: Iterable[Conversation]) -> dict[tuple[int, str], str]:
    channels = {row.channel_id for row in rows}
    wanted = {(row.channel_id, row.identity.external_id) for row in rows}
    names = sorted({name for _channel, name in wanted})
    found: dict[tuple[int, str], str] = {}
    for start in range(0, len(names), BATCH):
        visitors = Visitor.objects.filter(channel__in=channels, external_id__in=names[start : start + BATCH])
        for channel, name, page in visitors.values_list("channel_id", "external_id", "page_url"):
            found[channel, name] = page
    return found


def _hours() -> dict[int, Any]:
    produced = production_days()
    rows = Calendar.objects.prefetch_related("intervals", "exceptions")
    return {row.pk: Hours(row, produced) for row in rows}
