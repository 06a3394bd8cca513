"""To which line a channel leads before anybody wrote: the department chosen, the channel's line, the common one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from apps.channels.adapters.registry import own_socket_kinds
from apps.channels.models import Channel
from apps.operators.models import Queue
from apps.routing.models import ChannelLine, Department
from apps.routing.services import hours


def departments_of(channel: Channel) -> list[Queue]:
    """The lines a customer of the channel may choose between, in their order."""
    chosen = Department.objects.filter(channel=channel, queue__is_active=True)
    return [row.queue for row in chosen.select_related("queue__calendar")]


def lines_of(channel: Channel) -> list[Queue]:
    """The lines a chat of the channel may lead to: those to choose between, or the one it leads to by itself."""
    return departments_of(channel) or [line_of(channel)]


def line_of(channel: Channel, department: int | None = None) -> Queue:
    """The line that a chat of the channel tells of; a department it does not offer counts as none."""
    if department is not None:
        for queue in departments_of(channel):
            if queue.pk == department:
                return queue
    own = ChannelLine.objects.filter(channel=channel).values("queue")
    lines = Queue.objects.select_related("calendar").filter(Q(pk__in=own) | Q(is_default=True))
    return lines.order_by("is_default", "pk")[0]


def has_chat(channel: Channel) -> bool:
    """Whether customers meet our own chat there, which greets them, tells its hours and can show a form."""
    return channel.kind in own_socket_kinds()


def asks_contact(lines: Sequence[Queue], now: datetime) -> bool:
    """Whether the form stands in place of the chat before a department was chosen.

    Of several the first that takes new conversations says it for all, or else the first.
    """
    first = next((each for each in lines if hours.takes_new(each, now)), lines[0])
    return hours.asks_contact(first, now)


def shows_form(channel: Channel, department: int | None, now: datetime) -> bool:
    """Whether who comes to the channel meets the form for a contact, so that no conversation begins."""
    chosen = [each for each in departments_of(channel) if each.pk == department]
    return has_chat(channel) and asks_contact(chosen or lines_of(channel), now)
