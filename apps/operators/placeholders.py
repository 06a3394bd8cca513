"""The words in braces that a reply template may hold: a fixed list, filled in on the operator's screen.

Nothing else is ever substituted, and a filled-in value is not looked at again: a customer who calls himself
"{bank}" stays that. The values are set in static/workspace/picker.js.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACEHOLDERS: dict[str, str | Promise] = {
    "customer_name": _("customer's name"),
    "operator_name": _("your name for customers"),
    "bank": _("bank's name"),
}
# As in static/workspace/templates.js: a letter, then letters, digits, "_" and spaces.
PATTERN = re.compile(r"\{([^\W\d][\w ]*)\}")


def blanks(text: str) -> list[str]:
    """Other names in braces: the operator fills them himself, the cursor stands at the first one."""
    return [name for name in dict.fromkeys(PATTERN.findall(text)) if name not in PLACEHOLDERS]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with known names replaced in one pass; a name without a value stays as it is."""
    return PATTERN.sub(lambda found: values.get(found[1], found[0]), text)
