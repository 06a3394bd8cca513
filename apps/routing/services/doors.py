"""To which line a channel leads before anybody wrote: the department chosen, the channel's line, the common one."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.operators.models import Queue
from apps.routing.models import ChannelLine, Department


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
    line = ChannelLine.objects.select_related("queue__calendar").filter(channel=channel).first()
    return line.queue if line else Queue.objects.select_related("calendar").get(is_default=True)
