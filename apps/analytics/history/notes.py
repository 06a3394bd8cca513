"""What of a played day is not as it was then: said beside its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.analytics.history.configured import Configured
from apps.analytics.whatif.day import Staffer
from apps.core.history import event_model
from apps.operators.models import Calendar, CalendarException, CalendarInterval
from apps.routing.models.rules import Kind
from apps.routing.ruling.frozen import Content

# No version was in force, so the rules as they stand are in its place.
NO_VERSION = "no_version"
# Another version came into force during the day; the first one is played to its end.
RULES_CHANGED = "rules_changed"
# By the event log nobody was at work, so nothing that is played is answered.
NOBODY_AT_WORK = "nobody_at_work"
# Members, capacities and skills of now, because the history does not reach back to the day.
SETTINGS_OF_NOW = "settings_of_now"
# Lines that had no member that day: those of now stand in.
NEW_LINES = "new_lines"
# Opening hours are those of now, and were edited since.
HOURS_CHANGED = "hours_changed"
# Rules ask what is known of a customer only as it is now.
FACTS_OF_NOW = "facts_of_now"

WORDS: Mapping[str, Promise] = {
    NO_VERSION: _("No version of the rules was in force that day: the rules as they stand are in its place."),
    RULES_CHANGED: _(
        "Other rules came into force during that day: those with which it began are played to its end."
    ),
    NOBODY_AT_WORK: _(
        "Nobody is known to have been at work that day, so nothing that is played is answered."
    ),
    SETTINGS_OF_NOW: _(
        "Lines, capacities and skills of operators are those of now: their history does not reach back to that day."
    ),
    NEW_LINES: _("Nobody served these lines that day, so they are played with their members of now:"),
    HOURS_CHANGED: _("Opening hours are those of now; they were changed since."),
    FACTS_OF_NOW: _(
        "Rules ask what is known of a customer or the page he is on: that is known only as it is now."
    ),
}

_OF_NOW = (Kind.ATTRIBUTE, Kind.PAGE, Kind.VERIFICATION, Kind.LANGUAGE, Kind.SEGMENT)
_HOURS: tuple[type[models.Model], ...] = (Calendar, CalendarInterval, CalendarException)


class Note(msgspec.Struct, frozen=True):
    """A code, and the lines it is about if it is about some."""

    code: str
    lines: tuple[int, ...] = ()


def of_day(
    ends: datetime, staff: Sequence[Staffer], configured: Configured, contents: Sequence[Content]
) -> list[Note]:
    """What the reader of a result has to know of this day."""
    found = [] if _anybody(staff, ends) else [Note(NOBODY_AT_WORK)]
    if not configured.known:
        found.append(Note(SETTINGS_OF_NOW))
    if configured.new_lines:
        found.append(Note(NEW_LINES, tuple(sorted(configured.new_lines))))
    if configured.known and _hours_changed(ends):
        found.append(Note(HOURS_CHANGED))
    if any(content.asks(kind) for content in contents for kind in _OF_NOW):
        found.append(Note(FACTS_OF_NOW))
    return found


def _anybody(staff: Sequence[Staffer], ends: datetime) -> bool:
    return any(not absent and at < ends for each in staff for at, absent in each.presence)


def _hours_changed(since: datetime) -> bool:
    kept = [event_model(model) for model in _HOURS]
    return any(each.objects.filter(pgh_created_at__gte=since).exists() for each in kept if each)
