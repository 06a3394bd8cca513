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
    "integration": gettext_lazy("Closed by another system of the bank"),
    "staff": pgettext_lazy("system line", "{name} closed the conversation"),
    "system": gettext_lazy("Closed automatically"),
}
WORDS: dict[str, str | Promise] = {
    "holder_full": pgettext_lazy(
        "system line", "The customer wrote again. {name} has no free place now, so it waits in the line"
    ),
    "overflowed": pgettext_lazy("system line", "Its line was too busy, it went on to “{line}”"),
    "escalated": pgettext_lazy("system line", "A rule sent it on to “{line}”"),
    "raised": gettext_lazy("A rule raised it in the line"),
    "holder_gone": pgettext_lazy("system line", "Back in the line: {name} lost the connection"),
    "joined": pgettext_lazy("system line", "{name} joined"),
    "contact_left": gettext_lazy("The customer left a contact instead of waiting"),
    "continued": pgettext_lazy("system line", "The customer moved to another channel: {line}"),
    "link_refused": gettext_lazy("The customer came by a link of the chat that works no more"),
    "letter_again": pgettext_lazy("system line", "The letter is sent again, to {to}"),
    "letter_reminded": pgettext_lazy("system line", "Reminded by e-mail, {to}"),
    "letter_sent": pgettext_lazy("system line", "Sent by e-mail to {to}"),
    "letter_uncertain": pgettext_lazy(
        "system line", "The letter to {to} perhaps did not leave: the connection to the mail server was lost"
    ),
    "unreachable": gettext_lazy(
        "The customer has left, and no e-mail of his is known: the answer waits in the chat"
    ),
    "not_reached": gettext_lazy("There was no other channel to remind the customer by"),
    "no_reaction": gettext_lazy("The customer never answered"),
    "not_raised": gettext_lazy(
        "By its promise it should be raised; nobody waits for it in the line any more, or it stands as high already"
    ),
    "page": pgettext_lazy("system line", "The customer opened the page: {url}"),
    "reopened": gettext_lazy("The conversation was reopened"),
    "returned": pgettext_lazy("system line", "{name} returned the conversation to its line"),
    "sent_again": gettext_lazy("A message was sent again"),
    "handed_back": pgettext_lazy("system line", "{name} did not take it, {to} goes on with it"),
    "handed_to_line": pgettext_lazy("system line", "{name} did not take it: it waits in the line"),
    "taken_from_bot": pgettext_lazy("system line", "{by} took the conversation over from the bot “{line}”"),
    "taken_over": pgettext_lazy("system line", "{by} took the conversation over from {from}"),
    "transferred_to_bot": pgettext_lazy("system line", "Handed to the bot “{line}”"),
    "transferred_to_line": pgettext_lazy("system line", "Transferred to the line “{line}”"),
    "transferred_to_operator": pgettext_lazy("system line", "Passed on to {name}"),
    "woken": gettext_lazy("Back after being snoozed"),
}
# The same where an outside line had taken it before it gave it back.
HELD: dict[str, str | Promise] = {
    "handed_back": pgettext_lazy("system line", "{name} gave it back, {to} goes on with it"),
    "handed_to_line": pgettext_lazy("system line", "{name} gave it back: it waits in the line"),
}
# The same where the time to accept ran out.
MISSED: dict[str, str | Promise] = {
    "handed_back": pgettext_lazy("system line", "{name} did not answer, {to} goes on with it"),
    "handed_to_line": pgettext_lazy("system line", "{name} did not answer: it waits in the line"),
}
ENDED = {"missed": MISSED, "held": HELD}
# What the policy of a promise could not do, by the reason.
NOT_SENT_ON: dict[str, str | Promise] = {
    "not_waiting": pgettext_lazy(
        "system line", "By its promise it should go to “{line}”; as it stands now that is not possible"
    ),
    "same_line": pgettext_lazy("system line", "By its promise it should go to “{line}”, where it is already"),
    "switched_off": pgettext_lazy("system line", "By its promise it should go to “{line}”; that line is off"),
}
# Why a letter did not leave.
NOT_LEFT: dict[str, str | Promise] = {
    "address": pgettext_lazy("system line", "The letter to {to} did not leave: the address was refused"),
    "content": pgettext_lazy("system line", "The letter to {to} did not leave: the mail server refused it"),
    "server": pgettext_lazy(
        "system line", "The letter to {to} did not leave: the mail server is away for hours"
    ),
}
# Why a bot has it no longer; all other reasons read like *cannot*.
BACK_FROM_BOT: dict[str, str | Promise] = {
    "returned": pgettext_lazy("system line", "The bot “{line}” gave the conversation back"),
    "silent": pgettext_lazy("system line", "The bot “{line}” did not answer in time: back to people"),
    "cannot": pgettext_lazy("system line", "The bot “{line}” cannot answer any more: back to people"),
}
# The same where it is known who did it.
BY: dict[str, str | Promise] = {
    "transferred_to_bot": pgettext_lazy("system line", "{by} handed the conversation to the bot “{line}”"),
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
    words = _words_of(message.code, params)
    if words is None:
        return message.code
    people = {key: params.get(key) or "—" for key in ("name", "by", "from", "to")}
    line = _line_of(params.get("names") or {})
    return str(words).format(url=params.get("url", ""), line=line, **people)


def _words_of(code: str, params: dict[str, Any]) -> str | Promise | None:
    if code == "back_from_bot":
        return BACK_FROM_BOT.get(params.get("because", ""), BACK_FROM_BOT["cannot"])
    if code == "closed":
        return CLOSED.get(params.get("by", ""))
    if code == "letter_failed":
        return NOT_LEFT.get(params.get("why", ""))
    if code == "not_sent_on":
        return NOT_SENT_ON.get(params.get("why", ""))
    for said in ("missed", "held"):
        if params.get(said) and code in ENDED[said]:
            return ENDED[said][code]
    return (BY.get(code) if params.get("by") else None) or WORDS.get(code)


def _snoozed(until: str | None) -> str:
    moment = parse_datetime(until) if until else None
    if moment is None:
        return _("Snoozed until the customer writes")
    return _("Snoozed, back on %s") % date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def _line_of(names: dict[str, Any]) -> str:
    return str(names.get(get_language() or "", "") or next(iter(names.values()), "—"))
