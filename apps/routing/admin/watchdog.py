"""What the watchdog found: what happened in words, and a button that repairs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.conversations.models import Right
from apps.conversations.oversight import sight_for
from apps.core import clock
from apps.core.backoffice.large import LargeAdmin
from apps.operators import reach
from apps.operators.models import Operator
from apps.routing.models import Patrol, Violation
from apps.routing.watchdog import patrol, repairs, words

REPAIR = "routing.repair_violation"


class FoundFilter(admin.ChoicesFieldListFilter):
    """By state, of those that the list shows: what is only suspected is in none."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        unseen = Violation.State.SUSPECTED.label
        return (each for each in super().choices(changelist) if each["display"] != unseen)


@admin.register(Violation)
class ViolationAdmin(LargeAdmin):
    task = "quality"
    task_order = 10
    task_hint = gettext_lazy("Conversations that got stuck, and a button that sets them right")
    nothing_title = gettext_lazy("Nothing is stuck.")
    nothing_hint = gettext_lazy(
        "The watchdog looks every few seconds. What gets stuck appears here, with a button that sets it right."
    )
    list_display = ("first_seen", "code", "conversation", "operator", "queue", "state", "ended_at")
    list_select_related = ("conversation", "operator", "queue")
    list_filter = (("state", FoundFilter), "code", "first_seen")
    indexed_filters = frozenset({"state"})
    number_field = "conversation_id"
    search_help_text = gettext_lazy("Number of the conversation")
    change_form_template = "admin/otklik/violation_form.html"
    change_list_template = "admin/otklik/violation_list.html"
    fields = (
        *("code", "happened", "state", "conversation", "operator", "queue", "seen"),
        *("first_seen", "found_last", "told_at", "ended_at", "repaired_by"),
    )
    readonly_fields = ("happened", "seen", "found_last")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """Of the lines whose conversations he may know of; of operators, those he runs."""
        found = found.exclude(state=Violation.State.SUSPECTED)
        lines = sight_for(request).lines(Right.METADATA)
        if lines is None:
            return found
        staff = reach.operators(request.user, Operator.objects.all()).values("pk")
        own = Q(queue__in=lines)
        if request.user.has_perm("operators.view_operator"):
            own |= Q(conversation__isnull=True, operator__in=staff)
        return found.filter(own)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.repair_view)
        return [path("<int:number>/repair/", view, name="routing_violation_repair"), *super().get_urls()]

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(REPAIR))

    def repair_view(self, request: HttpRequest, number: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_repair_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).filter(pk=number).first()
        if found is None:
            raise Http404
        if repairs.repair(number, actor=self.actor(request), now=clock.now()):
            self.log_change(request, found, "repaired")
            self.message_user(request, _("It is in order now."), messages.SUCCESS)
        else:
            self.message_user(request, _("It still does not hold. Look at it once more."), messages.ERROR)
        return redirect(reverse("admin:routing_violation_change", args=[number]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        found = self.get_object(request, object_id)
        holds = found is not None and found.state in patrol.HOLDING
        extra = {
            "may_repair": holds and self.has_repair_permission(request),
            "repair_words": words.REPAIR.get(found.code, "") if found is not None else "",
        }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        extra = {"patrol": Patrol.objects.first()}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    @admin.display(description=gettext_lazy("what happened"))
    def happened(self, found: Violation) -> str:
        return str(words.HAPPENED.get(found.code, found.code))

    @admin.display(description=gettext_lazy("found last at"))
    def found_last(self, found: Violation) -> datetime:
        return found.last_seen

    @admin.display(description=gettext_lazy("what was seen"))
    def seen(self, found: Violation) -> str:
        """What the check wrote down."""
        return "\n".join(words.seen(found.details)) or "—"
