"""To which line a channel leads before anybody wrote: the department chosen, the channel's line, the common one."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.operators.models import Queue
from apps.routing.models import ChannelLine, Department


def line_of(channel: Channel, department: int | None = None) -> Queue:
    """The line that a chat of the channel tells of; a department it does not offer counts as none."""
    chosen = Department.objects.select_related("queue__calendar").filter(
        channel=channel, queue__is_active=True
    )
    if department is not None and (row := chosen.filter(queue=department).first()):
        return row.queue
    line = ChannelLine.objects.select_related("queue__calendar").filter(channel=channel).first()
    return line.queue if line else Queue.objects.select_related("calendar").get(is_default=True)
