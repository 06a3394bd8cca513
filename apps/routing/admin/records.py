"""What happened: decisions, assignments, stays in lines and with bots."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Right
from apps.conversations.oversight import OfConversation, sight_for
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing import stories
from apps.routing.explaining import Told
from apps.routing.models import Assignment, BotStay, Decision, QueueEntry


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
            lines = stories.names_of(reach.lines(request.user, Queue.objects.all()))
            at = {"line_id": found.conversation.line_id, "channel_id": found.conversation.channel_id}
            personal = sight_for(request).covers(Right.PERSONAL, **at)
            found.known = stories.known_to(personal, lines, ruled=lines)
        return found

    @admin.display(description=_("what was looked at"))
    def looked_at(self, decision: Any) -> str:
        """The sentences of the workspace's "why here?": a line each, with its answer."""
        step = stories.one(decision, decision.known)
        return "\n".join([step.title, *(_sentence(each) for each in step.told)])


def _sentence(told: Told) -> str:
    sign = {"yes": "✓ ", "no": "✗ "}.get(told.mark, "")
    return f"{'    ' * told.level}{sign}{told.text}"


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


@admin.register(BotStay)
class BotStayAdmin(OfConversation):
    task = "quality"
    task_order = 45
    task_hint = _("What bots were handed, and why they have it no longer")
    list_display = ("started_at", "conversation", "bot", "ended_at", "end_reason")
    list_select_related = ("conversation", "bot")
    list_filter = ("bot", "end_reason", "started_at")
    fields = list_display
