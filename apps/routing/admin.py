"""Back-office pages of routing: lines of channels, and why each conversation went where it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.conversations.oversight import OfConversation
from apps.core.admin_site import Finding, our_site
from apps.core.backoffice.base import TaskTabular
from apps.operators import reach
from apps.operators.calendar import Hours, is_open
from apps.operators.models import Queue
from apps.routing.models import Assignment, ChannelLine, Decision, Department, QueueEntry

# Why a line that was asked for was passed over (services/placement.py).
REFUSALS = {"switched_off": _("it is off"), "not_offered": _("the channel does not offer it")}


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


@admin.register(Decision)
class DecisionAdmin(OfConversation):
    task = "quality"
    task_order = 20
    task_hint = _("Why a conversation came to a line or an operator")
    list_display = ("at", "conversation", "kind", "reason", "queue", "operator")
    list_select_related = ("conversation", "queue", "operator")
    list_filter = ("kind", "reason", "at")
    fields = ("at", "conversation", "kind", "reason", "queue", "operator", "looked_at")
    readonly_fields = ("looked_at",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.lines_known = reach.lines(request.user, Queue.objects.all())
        return found

    @admin.display(description=_("what was looked at"))
    def looked_at(self, decision: Any) -> str:
        """Lines that were passed over, or how busy the operator was: a line of words each."""
        load, rejected = decision.details.get("load"), decision.details.get("rejected") or []
        passed = decision.lines_known.filter(pk__in=[each["line"] for each in rejected])
        names = dict(passed.values_list("pk", "name"))
        said = [_passed_over(each, names) for each in rejected]
        if load is not None:
            said.append(gettext("Conversations the operator held, with this one: %s") % load)
        return "\n".join(said) or "—"


def _passed_over(each: dict[str, Any], names: dict[int, str]) -> str:
    words = {
        "line": names.get(each["line"], f"№ {each['line']}"),
        "as": dict(Decision.Reason.choices).get(each["as"], each["as"]),
        "because": REFUSALS.get(each["because"], each["because"]),
    }
    return gettext("Not the line “%(line)s” (%(as)s): %(because)s") % words


@admin.register(Assignment)
class AssignmentAdmin(OfConversation):
    task = "quality"
    task_order = 30
    task_hint = _("Who held what, from when to when")
    list_display = ("started_at", "conversation", "operator", "queue", "reason", "ended_at", "end_reason")
    list_select_related = ("conversation", "operator", "queue")
    list_filter = ("reason", "end_reason", "started_at")
    fields = list_display


@admin.register(QueueEntry)
class QueueEntryAdmin(OfConversation):
    task = "quality"
    task_order = 40
    task_hint = _("Stays in lines: why they came and left")
    list_display = ("entered_at", "conversation", "queue", "reason", "left_at", "left_reason")
    list_select_related = ("conversation", "queue")
    list_filter = ("reason", "left_reason", "entered_at")
    fields = list_display


our_site().add_inline(Channel, ChannelLineInline, link="channel")
our_site().add_inline(Channel, DepartmentInline, link="channel")
our_site().add_check(Channel, check_lines)
