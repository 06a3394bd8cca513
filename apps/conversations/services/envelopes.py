"""What stands in a letter to a customer: gathered under the conversation's lock, written out after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.utils import translation

from apps.channels.models import Visitor
from apps.channels.services.visitors import site_of
from apps.conversations.models import Conversation, Identity, Letter, LetterText, Message
from apps.conversations.selectors import author_view, said
from apps.conversations.services import fallback
from apps.core import letters
from apps.core.masking import mask
from apps.core.models.people import validate_time_zone

# Messages of one letter; the rest is read in the chat.
LONGEST = 50
DEFAULT_ZONE = "Europe/Moscow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message as the letter shows it: files by name only, they are fetched in the chat."""

    author: str
    at: datetime
    text: str
    files: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """All that a letter says, read at one moment. ``first_seq`` and ``upto_seq``: its messages, 0 of a reminder."""

    language: str
    time_zone: str
    page: str
    subject: str = ""
    opening: str = ""
    closing: str = ""
    words: str = ""
    answers: Sequence[Answer] = ()
    more: int = 0
    after_seq: int = 0
    first_seq: int = 0
    upto_seq: int = 0


def of(conversation: Conversation, letter: Letter) -> Envelope | None:
    """What the letter says as things stand now; None when nothing is left to say."""
    customer = conversation.customer
    page = chat_page(conversation.identity)
    empty = Envelope(language=customer.language, time_zone=_zone(customer.time_zone), page=page)
    if letter.purpose == Letter.Purpose.REMINDER:
        # He reads the step's own words, and not even on which page he was.
        return replace(empty, page=site_of(page), words=letter.words)
    messages = carried(conversation, letter)
    if not messages:
        return None
    text = LetterText.objects.filter(queue=conversation.line_id, language=customer.language).first()
    text = text or LetterText()
    return replace(
        empty,
        subject=text.subject,
        opening=text.opening,
        closing=text.closing,
        answers=_answers(messages[:LONGEST], customer.language),
        more=len(messages[LONGEST:]),
        after_seq=letter.after_seq,
        first_seq=messages[0].seq,
        upto_seq=messages[-1].seq,
    )


def carried(conversation: Conversation, letter: Letter) -> list[Message]:
    """Its messages: unread, not deleted, and in no other letter. Empty when no answer is among them."""
    found = fallback.said_to(conversation).filter(seq__gt=letter.after_seq)
    elsewhere = Q(pk__in=[])
    for after, upto in (
        fallback.taken(conversation).exclude(pk=letter.pk).values_list("after_seq", "upto_seq")
    ):
        elsewhere |= Q(seq__gt=after, seq__lte=upto)
    found = found.exclude(elsewhere)
    if not fallback.answers_among(found).exists():
        return []
    return list(said().filter(pk__in=found.values("pk")).order_by("seq"))


def _zone(name: str) -> str:
    """His time zone, which his browser told; the house's where that is none."""
    try:
        validate_time_zone(name)
    except ValidationError:
        return DEFAULT_ZONE
    return name


def _answers(messages: Sequence[Message], language: str) -> list[Answer]:
    with translation.override(language):
        return [
            Answer(
                author=author_view(each).name,
                at=each.at,
                text=mask(each.text),
                files=[attached.file.name for attached in each.attachments.all()],
            )
            for each in messages
        ]


def chat_page(identity: Identity) -> str:
    """The page on which he wrote, without what may be private in its address.

    Only on a site that the channel names: a visitor says himself where he is, and the bank's letter must lead nobody
    astray.
    """
    visitor = Visitor.objects.filter(channel=identity.channel_id, external_id=identity.external_id).first()
    page = visitor.page_url if visitor else ""
    if site_of(page) not in identity.channel.allowed_sites:
        return ""
    return f"{site_of(page)}{urlsplit(page).path}"


def compose(letter: Letter, envelope: Envelope) -> EmailMultiAlternatives:
    """The letter, ready to be handed to the mail server."""
    return letters.compose(
        "reminder" if letter.purpose == Letter.Purpose.REMINDER else "answers",
        {"letter": envelope},
        to=letter.email,
        language=envelope.language,
        time_zone=envelope.time_zone,
        key=letter.key,
    )
