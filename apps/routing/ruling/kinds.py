"""What may be asked about what: the comparisons of each kind, and which kinds are about the customer himself."""

from __future__ import annotations

from dataclasses import dataclass

import re2
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.routing.models.rules import Comparison, Kind
from apps.routing.ruling.judging import number, pattern

MAX_CONDITIONS = 40  # of one rule, segment or category
MAX_VALUES = 100  # of one condition
MAX_PATTERNS = 10
MAX_PATTERN_LENGTH = 200
MAX_WORD_LENGTH = 200
MAX_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Asked:
    """``chosen`` kinds take their values from a list; the others are typed. ``named`` kinds need a code."""

    comparisons: tuple[Comparison, ...]
    chosen: bool = False
    named: bool = False
    of_customer: bool = False


_WORDS = (Comparison.IS, Comparison.CONTAINS, Comparison.STARTS, Comparison.MATCHES)
_MOMENTS = (Comparison.WITHIN, Comparison.KNOWN)

KINDS: dict[str, Asked] = {
    Kind.CHANNEL: Asked((Comparison.IS,), chosen=True),
    Kind.CHANNEL_KIND: Asked((Comparison.IS,), chosen=True),
    Kind.ADDRESS: Asked(_WORDS),
    Kind.PAGE: Asked((Comparison.CONTAINS, Comparison.STARTS, Comparison.IS, Comparison.MATCHES)),
    Kind.LANGUAGE: Asked((Comparison.IS,), chosen=True, of_customer=True),
    Kind.VERIFICATION: Asked((Comparison.IS,), chosen=True, of_customer=True),
    Kind.ATTRIBUTE: Asked(
        (*_WORDS, Comparison.AT_LEAST, Comparison.AT_MOST, Comparison.KNOWN), named=True, of_customer=True
    ),
    Kind.EVENT: Asked(_MOMENTS, named=True, of_customer=True),
    # Anybody can say so to the page: never enough to make somebody important.
    Kind.PAGE_EVENT: Asked(_MOMENTS, named=True),
    Kind.SEGMENT: Asked((Comparison.IS,), chosen=True),
    Kind.INTENT: Asked((Comparison.IS,)),
    Kind.TOPIC: Asked((Comparison.IS,), chosen=True),
    Kind.HOURS: Asked((Comparison.OPEN,), chosen=True),
}

NUMBERS = frozenset({Comparison.AT_LEAST, Comparison.AT_MOST})
# Comparisons that take no value besides the name.
BARE = frozenset({Comparison.KNOWN})


def of_segment() -> dict[str, Asked]:
    """What a segment may ask: of the customer, and in words that the database compares like the rules do."""
    return {
        kind: Asked(_counted(asked), chosen=asked.chosen, named=asked.named, of_customer=True)
        for kind, asked in KINDS.items()
        if asked.of_customer
    }


def of_category() -> dict[str, Asked]:
    """What a category may ask: what a segment may, and the segments themselves."""
    return {**of_segment(), Kind.SEGMENT: KINDS[Kind.SEGMENT]}


def _counted(asked: Asked) -> tuple[Comparison, ...]:
    # RE2 and the database's own expressions differ: a pattern could not be counted as it is judged.
    return tuple(each for each in asked.comparisons if each != Comparison.MATCHES)


def fault_of_pattern(text: str) -> str | Promise | None:
    """Why a pattern is not taken; None when it is."""
    if len(text) > MAX_PATTERN_LENGTH:
        return _("A pattern has at most %(number)s characters.") % {"number": MAX_PATTERN_LENGTH}
    try:
        pattern(text)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        said = reason.decode() if isinstance(reason, bytes) else str(reason)
        return _("“%(text)s” is no pattern: %(reason)s.") % {"text": text, "reason": said}
    return None


def fault_of_number(text: str) -> str | Promise | None:
    return None if number(text) is not None else _("“%(text)s” is not a number.") % {"text": text}
