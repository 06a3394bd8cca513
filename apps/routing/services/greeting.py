"""Which promise a chat says, and to whom it was said: nothing else makes a public promise owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.channels.models import Channel
from apps.conversations.models import Customer, Message
from apps.conversations.selectors import acts_of
from apps.routing.models import Promise, Showing
from apps.routing.models.rules import Kind
from apps.routing.promising.terms import Place
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.judging import category_of, sorted_in
from apps.routing.services import promised, publishing
from apps.routing.services.promised import Book


@dataclass(frozen=True, slots=True)
class Said:
    """A promise as a welcome said it. ``line``: whose it was said as, where it was one line's."""

    promise: Promise
    text: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a welcome says of promises: in the greeting, and of each department that may be chosen.

    ``own``: the channel's own words, which promise nothing and are owed to nobody.
    """

    at: datetime
    own: str = ""
    said: Said | None = None
    departments: dict[int, Said | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Where no department was chosen."""
        return self.said.text if self.said else self.own

    def text_of(self, department: int) -> str:
        found = self.departments.get(department)
        return found.text if found else ""

    def said_for(self, department: int | None) -> Said | None:
        """What stands before who chose this department; one that is not offered counts as none."""
        return self.departments.get(department, self.said) if department else self.said

    def begun(self, message: Message, *, department: int | None) -> None:
        """He begins a conversation with this message: what stood before him is kept, and owed from now on."""
        said = self.said_for(department)
        if said is not None:
            shown = showing(said, at=self.at)
            shown.conversation_id, shown.seq, shown.begun_at = (
                message.conversation_id,
                message.seq,
                message.at,
            )
            shown.save(force_insert=True)


def showing(said: Said, *, at: datetime) -> Showing:
    """Text and terms as they are shown now, whatever becomes of the promise; not stored."""
    promise = said.promise
    return Showing(
        promise=promise,
        line_id=said.line,
        text=said.text,
        shown_at=at,
        what=promise.what,
        seconds=promise.seconds,
        business_hours=promise.business_hours,
        pause=promise.pause,
        requests_a_day=promise.requests_a_day,
        compensation_code=promise.compensation_code,
    )


def greet(
    channel: Channel, lines: Sequence[int], customer: Customer | None, *, language: str, now: datetime
) -> Greeting:
    """What is said to whoever may begin to write now; ``lines`` are those the channel leads to."""
    book = Book()
    category = _category_of(customer, channel, now) if customer and book.promises else None
    asked_by = customer.pk if customer else None
    return said_to(channel, lines, book, category=category, customer_id=asked_by, language=language, now=now)


def said_to(
    channel: Channel,
    lines: Sequence[int],
    book: Book,
    *,
    category: int | None,
    customer_id: int | None,
    language: str,
    now: datetime,
) -> Greeting:
    """The same for a customer of this category; without a number he is new.

    Each line says its own. What all of them promise alike stands in the greeting, and holds for who chose none.
    """
    if not any(_is_set_for(each, channel, lines) for each in book.promises):
        return Greeting(now, own=channel.text("promise", language))
    given = {
        line: promised.given_at(Place(line, channel.pk, category), now, book, customer_id=customer_id)
        for line in lines
    }
    alike = set(given.values())
    common = alike.pop() if len(alike) == 1 else None
    only = lines[0] if len(lines) == 1 else None
    return Greeting(
        now,
        said=Said(common, common.text(language), only) if common else None,
        departments={
            line: Said(promise, promise.text(language), line) if promise else None
            for line, promise in given.items()
        },
    )


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
