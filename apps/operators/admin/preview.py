"""A reply template as each kind of channel would show it."""

from __future__ import annotations

from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.admin_site import Bubble
from apps.operators.placeholders import blanks, fill

# Values of an imaginary conversation.
SAMPLE: dict[str, str | Promise] = {
    "customer_name": gettext_lazy("Maria"),
    "operator_name": gettext_lazy("Anna"),
    "bank": gettext_lazy("Our bank"),
}


class Preview(TypedDict):
    """One bubble: ``text`` is what the customer reads, cut where the kind cuts it."""

    kind: str
    text: str
    fits: bool
    note: str


def previews(text: str, bubbles: list[Bubble]) -> list[Preview]:
    """One preview for each kind of channel."""
    filled = fill(text.replace("\r\n", "\n"), {name: str(value) for name, value in SAMPLE.items()})
    return [_preview(bubble, filled, blanks(text)) for bubble in bubbles]


def _preview(bubble: Bubble, text: str, open_places: list[str]) -> Preview:
    limit = bubble.text_limit
    fits = len(text) <= limit
    counted = _("%(length)s of %(limit)s characters") % {"length": len(text), "limit": limit}
    notes = [counted if fits else _("%(counted)s: it would not be sent") % {"counted": counted}]
    if open_places:
        count = len(open_places)
        words = ngettext("%(count)s blank to fill: %(names)s", "%(count)s blanks to fill: %(names)s", count)
        notes.append(words % {"count": count, "names": ", ".join(open_places)})
    return Preview(kind=str(bubble.label), text=text[:limit], fits=fits, note=" · ".join(notes))
