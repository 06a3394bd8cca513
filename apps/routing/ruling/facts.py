"""What rules may know of a conversation, read once and then asked without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.channels.models import Visitor
from apps.conversations.models import Conversation, Customer
from apps.conversations.selectors import acts_of
from apps.operators.calendar import Hours
from apps.operators.models import Calendar
from apps.routing.models import Lookup, LookupOutcome, LookupSetting
from apps.routing.models.rules import Kind
from apps.routing.ruling.frozen import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A conversation as rules see it at one moment. Made from rows, or typed by somebody who tries the rules."""

    now: datetime
    channel: int | None = None
    channel_kind: str = ""
    address: str = ""
    page: str = ""
    language: str = ""
    verification: str = ""
    topic: int | None = None
    intent: str = ""
    # Numbers of the segments that hold; ``judging.sorted_in`` finds them.
    segments: frozenset[int] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    # When he last did each thing, by its code: told by the bank's systems.
    acts: Mapping[str, datetime] = field(default_factory=dict)
    # The same, told by them or by the page he is on, which anybody can make say so.
    claims: Mapping[str, datetime] = field(default_factory=dict)
    # Which calendars are open at that moment.
    open_calendars: frozenset[int] = frozenset()


def facts_of(conversation: Conversation, content: Content, *, now: datetime) -> Facts:
    """The facts this version of the rules asks for, at most eight queries; what no rule asks is not fetched."""
    identity, customer = conversation.identity, conversation.customer
    return Facts(
        now=now,
        channel=conversation.channel_id,
        channel_kind=conversation.channel.kind,
        address=conversation.written_to,
        page=_page(conversation) if content.asks(Kind.PAGE) else "",
        language=customer.language,
        verification=identity.verification,
        topic=conversation.requested_line_id,
        intent=conversation.intent,
        attributes={**_assumed(customer, content), **customer.attributes},
        acts=acts_of(customer.pk) if content.asks(Kind.EVENT) else {},
        claims=acts_of(customer.pk, claimed=True) if content.asks(Kind.PAGE_EVENT) else {},
        open_calendars=open_calendars(now) if content.asks(Kind.HOURS) else frozenset(),
    )


def _assumed(customer: Customer, content: Content) -> dict[str, str]:
    """The category of whom the bank's system could not be asked about, where one is set for them."""
    if not content.categories or "category" in customer.attributes:
        return {}
    named = LookupSetting.objects.filter(is_on=True, default_category__isnull=False)
    code = named.values_list("default_category__code", flat=True).first()
    answered = (LookupOutcome.FOUND, LookupOutcome.UNKNOWN)
    if code is None or not Lookup.objects.filter(customer=customer).exclude(outcome__in=answered).exists():
        return {}
    return {"category": code}


def open_calendars(now: datetime) -> frozenset[int]:
    rows = Calendar.objects.prefetch_related("intervals", "exceptions")
    return frozenset(row.pk for row in rows if Hours(row).is_open(now))


def _page(conversation: Conversation) -> str:
    """The page the customer was on when he was last seen, of the identity he wrote from."""
    identity = conversation.identity
    found = Visitor.objects.filter(channel=identity.channel_id, external_id=identity.external_id)
    return found.values_list("page_url", flat=True).first() or ""
