"""Lines of a channel, on the channel's own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.admin_site import Finding, our_site
from apps.core.backoffice.base import TaskTabular
from apps.operators.calendar import Hours, is_open
from apps.operators.models import Queue
from apps.routing.models import ChannelLine, Department


class ChannelLineInline(TaskTabular):
    model = ChannelLine
    verbose_name_plural = _("line of the channel (empty: the common line)")
    max_num = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("channel", "queue")


class DepartmentInline(TaskTabular):
    model = Department
    verbose_name_plural = _("departments that customers may choose")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("channel", "queue")


def check_lines(channel: Channel, now: datetime) -> list[Finding]:
    """Where the channel's conversations would go at this moment."""
    chosen = ChannelLine.objects.select_related("queue__calendar").filter(channel=channel).first()
    queue = chosen.queue if chosen else Queue.objects.select_related("calendar").get(is_default=True)
    departments = Department.objects.filter(channel=channel).select_related("queue__calendar")
    return [_of_line(each, now) for each in dict.fromkeys([queue, *(row.queue for row in departments)])]


def _of_line(queue: Queue, now: datetime) -> Finding:
    if not queue.is_active:
        return Finding(
            False, gettext("The line “%s” is off: the common line takes its conversations.") % queue
        )
    if not queue.memberships.filter(operator__is_active=True).exists():
        return Finding(False, gettext("The line “%s” has no members.") % queue)
    if is_open(queue.calendar, now):
        return Finding(True, gettext("The line “%s” is open now.") % queue)
    opening = Hours(queue.calendar).next_opening(now) if queue.calendar else None
    if opening is None:
        return Finding(False, gettext("The line “%s” is closed and does not open within two months.") % queue)
    words = {"line": queue, "moment": f"{opening:%d.%m %H:%M}"}
    return Finding(None, gettext("The line “%(line)s” is closed until %(moment)s.") % words)


our_site().add_inline(Channel, ChannelLineInline, link="channel")
our_site().add_inline(Channel, DepartmentInline, link="channel")
our_site().add_check(Channel, check_lines)
