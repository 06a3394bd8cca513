"""Numbers as people write them, and bounds of those that come from outside."""

from __future__ import annotations

import re

from django.utils.translation import gettext

# What PostgreSQL calls bigint: the largest number that any table takes.
BIG = 2**63 - 1
_WRITTEN = re.compile(r"(?:№|#|no\.?)?\s*([0-9]{1,18})", re.IGNORECASE)


def numbered(number: float | str) -> str:
    """A row called by its number, in the reader's language: "No. 35", "№ 35"."""
    return gettext("No. %(number)s") % {"number": number}


def typed_number(text: str) -> int | None:
    """The number of a row that somebody typed, alone or with its sign ("№ 35", "#35", "No. 35")."""
    found = _WRITTEN.fullmatch(text.strip())
    return int(found[1]) if found else None
