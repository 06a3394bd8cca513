"""What happened: decisions, assignments, stays in lines."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.conversations.oversight import OfConversation
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing.models import Assignment, Decision, QueueEntry

# Why a line that was asked for was passed over (services/placement.py).
REFUSALS = {"switched_off": _("it is off"), "not_offered": _("the channel does not offer it")}


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
