"""Rules: which conversations belong to which line."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.backoffice.base import CREATED, ReachFilter, Saved, TaskTabular
from apps.core.backoffice.history import Kept
from apps.operators import reach
from apps.routing.admin import conditions, tryit
from apps.routing.admin.publishing import ConditionsAdmin
from apps.routing.models import Condition, Rule, RuleSkill
from apps.routing.models.rules import Group
from apps.routing.ruling import kinds, words
from apps.routing.services import copying


class RuleSkillInline(TaskTabular):
    model = RuleSkill
    verbose_name_plural = _("skills that these conversations need, besides those of the line")


@admin.register(Rule)
class RuleAdmin(ConditionsAdmin):
    task = "lines"
    task_order = 12
    task_hint = _("Which conversations belong to which line")
    asked = kinds.KINDS
    owner = "rule"
    inlines = (*conditions.GROUPS, RuleSkillInline)
    list_display = ("name", "queue", "priority", "is_active")
    list_editable = ("is_active",)
    list_select_related = ("queue",)
    list_filter = ("is_active", "beats_choice", ("queue", ReachFilter))
    search_fields = ("name",)
    ordering = ("-queue__priority", "queue_id", "id")
    sortable_by = ()
    actions = ("switch_on", "switch_off")
    fields = ("name", "queue", "beats_choice", "is_active")
    change_form_template = "admin/otklik/rule_form.html"
    change_list_template = "admin/otklik/rules.html"

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return (
            found
            if reach.has_all_lines(request.user)
            else found.filter(queue__in=reach.own_lines(request.user))
        )

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Going before what a customer chose takes him from other lines: for whoever has all of them."""
        return () if reach.has_all_lines(request.user) else ("beats_choice",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("conditions")

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(Condition, "rule"), Kept(RuleSkill, "rule")]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(self.try_view), name="routing_rule_try"),
            path("<path:object_id>/copy/", wrap(self.copy_view), name="routing_rule_copy"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        told = _told(conditions.known_to(request))
        return ("name", "queue", "priority", told, "is_active")

    @admin.display(description=_("priority of the line"))
    def priority(self, rule: Rule) -> int:
        return rule.queue.priority

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, to: bool) -> None:
        count = self.change_rows(request, queryset, is_active=to)
        text = ngettext("%(count)s rule was changed.", "%(count)s rules were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same rule once more, switched off, to be changed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not (self.has_add_permission(request) and self.has_view_permission(request, row)):
            raise PermissionDenied
        with transaction.atomic():
            made = copying.copy_rule(row.pk)
            self.consequences(request, made, Saved(frozenset({CREATED})))
        self.message_user(request, _("This is the copy. It is off until you switch it on."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:routing_rule_change", args=[made.pk]))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Where a conversation would go; nothing is written."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return tryit.show(self, request, now=clock.now())


_TAKEN = {Group.ALL.value: "", Group.ANY.value: _("one of: "), Group.NONE.value: _("none of: ")}


def _told(known: words.Names) -> Any:
    """A column with the conditions in words, a line for each group."""

    @admin.display(description=_("holds when"))
    def told(rule: Rule) -> str:
        found = words.all_in_words(rule.conditions.all(), known)
        if not found:
            return gettext("Nothing yet: it has no conditions.")
        lines = [(_TAKEN[group], "; ".join(found[group])) for group in Group.values if group in found]
        if rule.beats_choice:
            lines.append(("→ ", gettext("goes before the customer's choice")))
        return format_html_join("", "<div>{}{}</div>", lines)

    return told
