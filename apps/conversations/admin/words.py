"""Lines of the system as the back office words them; the screens of chats have their own in static/*/texts.*.js."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from apps.conversations.models import Message

CLOSED: dict[str, str | Promise] = {
    "bot": gettext_lazy("The assistant closed the conversation"),
    "customer": gettext_lazy("The customer closed the conversation"),
    "integration": gettext_lazy("Closed through the API"),
    "staff": pgettext_lazy("system line", "{name} closed the conversation"),
    "system": gettext_lazy("Closed automatically"),
}
WORDS: dict[str, str | Promise] = {
    "holder_full": pgettext_lazy(
        "system line", "Waits for {name} first: wrote again while there was no room"
    ),
    "overflowed": pgettext_lazy("system line", "The line could not cope: on to {line}"),
    "escalated": pgettext_lazy("system line", "Sent on to the line “{line}” by a rule"),
    "raised": gettext_lazy("Raised in the line by a rule"),
    "holder_gone": pgettext_lazy("system line", "Back in the line: {name} lost the connection"),
    "joined": pgettext_lazy("system line", "{name} joined"),
    "contact_left": gettext_lazy("The customer left a contact instead of waiting"),
    "continued": pgettext_lazy("system line", "The customer goes on in another channel: {line}"),
    "link_refused": gettext_lazy("Came by a link of a chat that did not work"),
    "not_reached": gettext_lazy("There was no other channel to remind the customer by"),
    "no_reaction": gettext_lazy("The customer did not react"),
    "page": pgettext_lazy("system line", "Opened the page: {url}"),
    "reopened": gettext_lazy("The conversation was reopened"),
    "returned": pgettext_lazy("system line", "{name} returned the conversation to its line"),
    "sent_again": gettext_lazy("A message was sent again"),
    "taken_over": pgettext_lazy("system line", "{by} took the conversation over from {from}"),
    "transferred_to_line": pgettext_lazy("system line", "Transferred to the line “{line}”"),
    "transferred_to_operator": pgettext_lazy("system line", "Passed on to {name}"),
    "woken": gettext_lazy("Time is up: the conversation is back"),
}
# The same where it is known who did it.
BY: dict[str, str | Promise] = {
    "transferred_to_line": pgettext_lazy(
        "system line", "{by} transferred the conversation to the line “{line}”"
    ),
    "transferred_to_operator": pgettext_lazy("system line", "{by} passed the conversation on to {name}"),
}


def system_words(message: Message) -> str:
    """What a line of the system says; of a code without words, the code."""
    params = message.params or {}
    if message.code == "snoozed":
        return _snoozed(params.get("until"))
    words = _words_of(message.code, params.get("by", ""))
    if words is None:
        return message.code
    people = {key: params.get(key) or "—" for key in ("name", "by", "from")}
    line = _line_of(params.get("names") or {})
    return str(words).format(url=params.get("url", ""), line=line, **people)


def _words_of(code: str, by: str) -> str | Promise | None:
    if code == "closed":
        return CLOSED.get(by)
    return (BY.get(code) if by else None) or WORDS.get(code)


def _snoozed(until: str | None) -> str:
    moment = parse_datetime(until) if until else None
    if moment is None:
        return _("Snoozed until the customer writes")
    return _("Snoozed until %s") % date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def _line_of(names: dict[str, Any]) -> str:
    return str(names.get(get_language() or "", "") or next(iter(names.values()), "—"))
