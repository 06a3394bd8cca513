"""Which promise the greeting of a chat says: one that would be kept for what the customer writes now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.channels.models import Channel
from apps.conversations.models import Customer
from apps.conversations.selectors import acts_of
from apps.routing.models import Promise
from apps.routing.models.rules import Kind
from apps.routing.promising.terms import Place
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.judging import category_of, sorted_in
from apps.routing.services import promised, publishing
from apps.routing.services.promised import Book


def promise_text(
    channel: Channel, lines: Sequence[int], customer: Customer | None, *, language: str, now: datetime
) -> str:
    """The public promise for whoever begins to write now, or the channel's own words where none is set for it.

    ``lines`` are those the channel leads to: where the customer may choose between several, only a promise that
    all of them give is said.
    """
    book = Book()
    category = _category_of(customer, channel, now) if customer and book.promises else None
    asked_by = customer.pk if customer else None
    return promise_said(
        channel, lines, book, category=category, customer_id=asked_by, language=language, now=now
    )


def promise_said(
    channel: Channel,
    lines: Sequence[int],
    book: Book,
    *,
    category: int | None,
    customer_id: int | None,
    language: str,
    now: datetime,
) -> str:
    """The same for a customer of this category; without a number he is new."""
    if not any(_is_set_for(each, channel, lines) for each in book.promises):
        return channel.text("promise", language)
    given = {
        promised.given_at(Place(line, channel.pk, category), now, book, customer_id=customer_id)
        for line in lines
    }
    promise = given.pop() if len(given) == 1 else None
    return promise.text(language) if promise else ""


def _is_set_for(promise: Promise, channel: Channel, lines: Sequence[int]) -> bool:
    """Whether the channel's greeting is this promise's place, whatever the hour and whoever the customer."""
    channels = {each.channel_id for each in promise.channels.all()}
    return (not channels or channel.pk in channels) and (
        promise.queue_id is None or promise.queue_id in lines
    )


def _category_of(customer: Customer, channel: Channel, now: datetime) -> int | None:
    content = publishing.current(now=now)
    facts = Facts(
        now=now,
        channel=channel.pk,
        channel_kind=channel.kind,
        language=customer.language,
        attributes=customer.attributes,
        acts=acts_of(customer.pk) if content.asks(Kind.EVENT) else {},
    )
    found = category_of(content, sorted_in(content, facts))
    return found.id if found else None
