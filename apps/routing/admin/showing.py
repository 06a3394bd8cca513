"""What keeps a public promise from being shown: said on its page, for what is not shown is not owed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from apps.channels.models import Channel
from apps.routing.models import Promise
from apps.routing.services import doors

NAMED = 10  # channels in a warning
LONG = 120  # characters: on a telephone more than three lines


def hindrances(promise: Promise) -> Iterator[str]:
    """Why some of those for whom it is meant will not read it, or not in their language."""
    if not promise.is_active:
        return
    channels = _channels(promise)
    greeting = [each for each in channels if doors.has_chat(each)]
    silent = [each.name for each in channels if each not in greeting]
    if silent:
        yield _("These channels show no greeting, so it is promised to nobody there: %(channels)s.") % {
            "channels": _named(silent)
        }
    if not any(_leads_to(each, promise) for each in greeting):
        yield _("No chat shows it: none of its channels leads to its line. It is promised to nobody.")
    if not promise.text_en:
        yield _("It has no English text: readers of English are shown the Russian one.")
    if max(len(promise.text_ru), len(promise.text_en)) > LONG:
        yield _("Its text is longer than %(length)s characters: on a telephone it fills the greeting.") % {
            "length": LONG
        }


def _channels(promise: Promise) -> Sequence[Channel]:
    """The channels in which it is meant to be given."""
    found = Channel.objects.filter(is_active=True).order_by("name")
    given = promise.channels.values("channel")
    refused = promise.exclusions.filter(channel__isnull=False).values("channel")
    return [*(found.filter(pk__in=given) if given.exists() else found).exclude(pk__in=refused)]


def _leads_to(channel: Channel, promise: Promise) -> bool:
    return promise.queue_id is None or promise.queue_id in {each.pk for each in doors.lines_of(channel)}


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
