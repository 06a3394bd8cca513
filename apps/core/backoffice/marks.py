"""Yes, no and unknown in lists and forms: Django shows a red cross, called "False", for every harmless "no"."""

from __future__ import annotations

from django.contrib.admin.templatetags import admin_list
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def mark(value: bool | None) -> SafeString:
    """A tick or a dash, with its word for whoever does not see it."""
    if value is None:
        return format_html('<span class="mark" role="img" aria-label="{}">?</span>', _("not known"))
    if value:
        return format_html('<span class="mark yes" role="img" aria-label="{}">✓</span>', _("yes"))
    return format_html('<span class="mark no" role="img" aria-label="{}">–</span>', _("no"))


def speak() -> None:
    """Take the place of Django's picture: the one function that its lists and read-only fields call."""
    vars(admin_list)["_boolean_icon"] = mark
