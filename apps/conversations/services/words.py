"""What a text goes through before its first write: cleaning, a length limit, card numbers hidden."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.masking import clean_text, mask

STAFF_LIMIT = 16_000
PREVIEW = 160
# A card split over messages of one author: how many and how long ago (security.md, "PAN and CVV").
SPLIT_MESSAGES = 4
SPLIT_WINDOW = timedelta(seconds=60)
_DIGIT_RUN = re.compile(r"\d(?:[^\w]?\d){2,}")


def prepare(text: str, *, limit: int = STAFF_LIMIT, may_be_empty: bool = False) -> str:
    """The text as it will be stored; raises Invalid when it is empty or too long."""
    cleaned = clean_text(text).strip()
    if not cleaned and not may_be_empty:
        raise Invalid(_("Write something first."), code="empty")
    if len(cleaned) > limit:
        raise Invalid(
            _("The message is too long: %(length)s characters, at most %(limit)s.")
            % {"length": len(cleaned), "limit": limit},
            code="too_long",
        )
    return mask(cleaned)


def pieces(text: str, *, limit: int = STAFF_LIMIT) -> list[str]:
    """A provider's text as it will be stored: where it allows more than we do, in several messages, all of it.

    Card numbers are masked before the cut, so none hides across it.
    """
    rest = mask(clean_text(text).strip())
    found = []
    while len(rest) > limit:
        # At a line's or word's end, unless that would leave a mere scrap.
        cut = max(rest.rfind("\n", limit // 2, limit), rest.rfind(" ", limit // 2, limit)) + 1 or limit
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest]


def preview(text: str) -> str:
    """The beginning of a text for lists, on one line."""
    return " ".join(text[: PREVIEW * 2].split())[:PREVIEW]


def may_hide_card(text: str) -> bool:
    """Whether a text could be a part of a card number: only then are the author's last messages read."""
    digits = sum(character.isdigit() for character in text)
    return digits > 0 and (2 * digits >= len(text) or _DIGIT_RUN.search(text) is not None)


def split_since(now: datetime) -> datetime:
    """The moment from which earlier parts of a split card count."""
    return now - SPLIT_WINDOW
