"""What each violation means and what its repair does, for the page on which a person decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import State
from apps.core.numbers import numbered
from apps.operators.models import Presence, Queue
from apps.routing.models import BotEnd, Breach, Stage

BACK_TO_LINE = _("Repair: it waits in its line again, and what was reserved for it is free.")

HAPPENED: dict[str, str | Promise] = {
    Breach.NEW_TOO_LONG: _("A customer wrote, and no line was chosen for it within 5 seconds."),
    Breach.QUEUED_WITHOUT_ENTRY: _("It says that it waits, but stands in no line: nobody would ever get it."),
    Breach.ENTRY_WITHOUT_WAIT: _("It is held, closed or put aside, and still stands in a line."),
    Breach.STAGE_DISAGREES: _("Its stay names another line or another stage than the conversation itself."),
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT: _("It has a holder, but none of his capacity is reserved for it."),
    Breach.ASSIGNMENT_WITHOUT_HOLD: _(
        "An operator's capacity is reserved for it, though he does not hold it."
    ),
    Breach.HOLDER_NOT_PARTICIPANT: _(
        "Its holder is not among those who take part, so he may not see it all."
    ),
    Breach.HOLDER_GONE: _("Its holder has been gone for longer than the grace time; the customer waits."),
    Breach.OFFER_OVERDUE: _("It was offered, not accepted in time, and is still kept from everybody else."),
    Breach.OVER_CAPACITY: _("An operator was given more than he may hold at once."),
    Breach.IDLE_DISAGREES: _("The conversation and its place disagree on whether it is silent."),
    Breach.IDLE_BUT_WRITTEN: _("The customer wrote in a silent conversation, and it takes no place yet."),
    Breach.LEFT_WAITING: _("It waits, though an operator who could take it has been free for 5 seconds."),
    Breach.NOBODY_LEFT: _(
        "Everybody at work in its line declined it a minute ago or longer, as not his: it waits for the customer to "
        "write more, or for somebody else to come."
    ),
    Breach.BOT_GONE: _(
        "It is with a bot that is off, may not answer or has not answered in its time; the customer waits."
    ),
    Breach.BOT_STAY_WITHOUT_BOT: _("A bot's stay with it goes on, though it is not with the bot any more."),
    Breach.SNOOZE_OVERDUE: _("It should have come back from being put aside."),
    Breach.OFFLINE_THOUGH_OPEN: _("It is treated as out of hours, though its line is open."),
    Breach.UNANSWERED_WITHOUT_CLOCK: _(
        "The last words are the customer's, and nothing counts how long he waits."
    ),
}

REPAIR: dict[str, str | Promise] = {
    Breach.NEW_TOO_LONG: _("Repair: its line is chosen now."),
    Breach.QUEUED_WITHOUT_ENTRY: BACK_TO_LINE,
    Breach.ENTRY_WITHOUT_WAIT: _("Repair: its stay in the line ends."),
    Breach.STAGE_DISAGREES: _("Repair: the stay follows the conversation."),
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT: BACK_TO_LINE,
    Breach.ASSIGNMENT_WITHOUT_HOLD: _("Repair: the reservation ends."),
    Breach.HOLDER_NOT_PARTICIPANT: _("Repair: the holder takes part from now on."),
    Breach.HOLDER_GONE: BACK_TO_LINE,
    Breach.OFFER_OVERDUE: _("Repair: the offer ends, and somebody else is asked."),
    Breach.OVER_CAPACITY: _("Repair: what he was given last goes back to its line, until the rest fits."),
    Breach.IDLE_DISAGREES: _(
        "Repair: the place follows the conversation; where none is free it waits in its line."
    ),
    Breach.IDLE_BUT_WRITTEN: _("Repair: its holder has it again, or it waits for him first."),
    Breach.LEFT_WAITING: _("Repair: everything that can be given is given."),
    Breach.NOBODY_LEFT: _("Repair: everybody of the line is asked anew, as if it had just come back."),
    Breach.BOT_GONE: _("Repair: it goes back to the person or the line it came from."),
    Breach.BOT_STAY_WITHOUT_BOT: _("Repair: the bot's stay ends, and its integration sees it no more."),
    Breach.SNOOZE_OVERDUE: _("Repair: it comes back to its holder or to its line."),
    Breach.OFFLINE_THOUGH_OPEN: _("Repair: what came out of hours waits in the line."),
    Breach.UNANSWERED_WITHOUT_CLOCK: _("Repair: it counts as unanswered since the customer's last words."),
}

# What a check writes down beside a finding: names of columns and codes, in words.
NAMES: dict[str, str | Promise] = {
    "since": _("since"),
    "until": _("until"),
    "gone": _("gone since"),
    "state": _("the conversation is"),
    "stage": _("its stay is"),
    "expected": _("its stay should be"),
    "presence": _("the operator is"),
    "because": _("because"),
    "line": _("its stay names the line"),
    "entry": _("stay in a line"),
    "assignment": _("reservation"),
    "stay": _("stay with a bot"),
    "load": _("places taken"),
    "capacity": _("places that he has"),
    "idle": _("the conversation is silent"),
    "promised": _("a policy promises an answer"),
}
CODES: dict[str, Mapping[str, str | Promise]] = {
    "state": dict(State.choices),
    "stage": dict(Stage.choices),
    "expected": dict(Stage.choices),
    "presence": dict(Presence.State.choices),
    "because": dict(BotEnd.choices),
}
NUMBERED = frozenset({"entry", "assignment", "stay"})


def seen(details: Mapping[str, Any]) -> Iterator[str]:
    """What a check saw, a line each; what it did not see is left out."""
    for name, value in details.items():
        if value is not None:
            yield f"{NAMES.get(name, name)}: {_value(name, value)}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "line":
        return Queue.objects.filter(pk=value).values_list("name", flat=True).first() or numbered(value)
    if name in NUMBERED:
        return numbered(value)
    if name in CODES:
        return str(CODES[name].get(value, value))
    moment = parse_datetime(value) if isinstance(value, str) else None
    return str(value) if moment is None else _moment(moment)


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")
