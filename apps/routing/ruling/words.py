"""Conditions in words, for whoever reads rules, versions and why a conversation stands where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.adapters.registry import kind_choices
from apps.channels.models import Channel
from apps.conversations.events import CustomerActed
from apps.conversations.models import Verification
from apps.core.numbers import numbered
from apps.operators.models import Calendar, Queue
from apps.routing.models import Condition, Segment
from apps.routing.models.rules import Comparison, Kind
from apps.routing.ruling.frozen import FrozenCondition
from apps.routing.ruling.kinds import BARE, KINDS

# How one value is compared: "one of" a single one reads like a mistake.
OF_ONE: Mapping[str, str | Promise] = {
    Comparison.IS: "",
    Comparison.CONTAINS: gettext_lazy("contains"),
    Comparison.STARTS: gettext_lazy("begins with"),
}
SHOWN = 6  # values of one condition that are told; of more the number


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers and codes in conditions are called; read once for a page."""

    by_kind: Mapping[str, Mapping[int | str, str]] = field(default_factory=dict)

    def of(self, kind: str, value: int | float | str) -> str:
        asked = KINDS.get(kind)
        if asked is None or not asked.chosen:
            return str(value)
        missing = value if isinstance(value, str) else numbered(value)
        return self.by_kind.get(kind, {}).get(value, missing)  # type: ignore[arg-type]  # never a float here

    def choices(self, kind: str) -> list[tuple[int | str, str]]:
        return list(self.by_kind.get(kind, {}).items())


def names() -> Names:
    """Four queries, whatever there is."""
    return Names(
        {
            Kind.CHANNEL: dict(Channel.objects.order_by("name").values_list("pk", "name")),
            Kind.TOPIC: dict(Queue.objects.order_by("-priority", "pk").values_list("pk", "name")),
            Kind.SEGMENT: dict(Segment.objects.order_by("name").values_list("pk", "name")),
            Kind.HOURS: dict(Calendar.objects.order_by("name").values_list("pk", "name")),
            Kind.CHANNEL_KIND: {code: str(name) for code, name in kind_choices()},
            Kind.LANGUAGE: {code: str(name) for code, name in settings.LANGUAGES},
            Kind.VERIFICATION: {code: str(name) for code, name in Verification.choices},
        }
    )


def in_words(condition: Condition | FrozenCondition, known: Names) -> str:
    """One condition as a line of text."""
    what = str(Kind(condition.kind).label)
    if condition.name:
        what = _("%(what)s “%(name)s”") % {"what": what, "name": condition.name}
    if condition.comparison in BARE:
        return f"{what} {Comparison(condition.comparison).label}"
    how = str(Comparison(condition.comparison).label)
    if len(condition.values) == 1:
        how = str(OF_ONE.get(condition.comparison, how))
    return f"{what} {how}".rstrip() + f": {_values(condition, known)}"


def _values(condition: Condition | FrozenCondition, known: Names) -> str:
    values = [known.of(condition.kind, each) for each in condition.values]
    if len(values) <= SHOWN:
        return ", ".join(values)
    words = {"values": ", ".join(values[:SHOWN]), "number": len(values) - SHOWN}
    return _("%(values)s and %(number)s more") % words


def seen_in_words(kind: str, seen: str | int | float | bool | None, known: Names) -> str:
    """What a condition saw, by its name where it has one."""
    if seen is None or seen == "":
        return _("nothing")
    if isinstance(seen, bool):
        return _("yes") if seen else _("no")
    if kind == Kind.SEGMENT:
        return ", ".join(known.of(kind, int(each)) for each in str(seen).split(","))
    return known.of(kind, seen)


def all_in_words(conditions: Iterable[Condition | FrozenCondition], known: Names) -> dict[str, list[str]]:
    """By group, in the order in which they were written."""
    found: dict[str, list[str]] = {}
    for each in sorted(conditions, key=_number):
        found.setdefault(each.group, []).append(in_words(each, known))
    return found


def _number(condition: Condition | FrozenCondition) -> int:
    return condition.id or 0


_KNOWN = """
SELECT DISTINCT name FROM (
    SELECT jsonb_object_keys(attributes) AS name
    FROM (SELECT attributes FROM conversations_customer ORDER BY id DESC LIMIT 500) lately
    UNION SELECT details ->> 'code'
    FROM (SELECT details FROM core_event WHERE kind = %(acted)s ORDER BY id DESC LIMIT 500) acted
    UNION SELECT name FROM routing_condition WHERE name <> ''
) known WHERE name IS NOT NULL ORDER BY name LIMIT 200
"""


def known_names() -> list[str]:
    """Attributes and events that were seen lately or are asked for: offered to whoever types one."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"acted": CustomerActed.kind})
        return [str(name) for (name,) in cursor.fetchall()]
