"""What-if: a past day by other rules, side by side with what happened, and publishing from there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.analytics.tasks import run_what_if
from apps.analytics.whatif.figures import Figures, LineFigures, OperatorFigures, from_plain
from apps.analytics.whatif.tables import shown
from apps.core import clock
from apps.core.backoffice.base import ReadOnlyAdmin
from apps.core.errors import DomainError
from apps.operators import reach
from apps.operators.models import Operator, Queue

# A figure's name, its heading, and its definition as a tooltip; docs/whatif.md has them in full.
LINE_FIGURES = (
    ("came", _("came"), _("Conversations placed in the line that day.")),
    ("answered", _("answered"), _("Of those that came in open hours: an operator wrote to them.")),
    (
        "mean",
        _("wait, mean, s"),
        _("From coming to the line to the operator's first words; of those answered."),
    ),
    ("median", _("median, s"), _("Half of those answered waited no longer.")),
    ("p90", _("p90, s"), _("Nine of ten of those answered waited no longer.")),
    ("within", _("in time"), _("Answered within the time asked for, of all that came in open hours.")),
    ("gave_up", _("gave up"), _("Closed by the customer before anybody took it.")),
    ("broken", _("promises broken"), _("Not answered by the moment promised.")),
    ("inside", _("inside the range"), _("Answered inside the range of waiting shown at the beginning.")),
    ("elsewhere", _("answered elsewhere"), _("By operators of another line, after an overflow.")),
)
OPERATOR_FIGURES = (
    ("taken", _("taken"), _("Conversations accepted or given.")),
    ("hours", _("hours at work"), _("Online, without breaks.")),
    ("occupancy", _("occupancy"), _("Time with at least one conversation, of the time at work.")),
    ("slots", _("places used"), _("Units reserved, of those that his capacity offered while at work.")),
)
VERSIONS = ("happened", "in_force", "asked")


class AskForm(forms.ModelForm):
    """A day that is over, and rules to play it by."""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if "day" in found:
            try:
                what_if.require(day=found["day"], zone=get_current_timezone_name(), now=clock.now())
            except DomainError as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from refusal
        return found


@admin.register(WhatIfRun)
class WhatIfRunAdmin(ReadOnlyAdmin):
    task = "lines"
    task_order = 19
    task_hint = _("A past day by other rules, beside what happened; publishing from there")
    form = AskForm
    list_display = ("__str__", "rules", "line", "state", "asked_by", "asked_at")
    list_select_related = ("line", "rule_set", "asked_by")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("day", "rule_set", "line", "within_seconds")
    change_form_template = "admin/otklik/what_if.html"

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """A run tells of every line, so who has not all of them sees his own runs, and of them his lines."""
        return found if reach.has_all_lines(request.user) else found.filter(asked_by=request.user.pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("analytics.add_whatifrun"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            self.fields
            if obj is None
            else ("day", "zone", "rules", "line", "within_seconds", "asked_by", "asked_at")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("rules",)

    @admin.display(description=_("rules"))
    def rules(self, row: WhatIfRun) -> str:
        return str(row.rule_set) if row.rule_set else gettext("as they stood then")

    # --- asking -----------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What was asked is a row; a worker of the lane of reports computes it."""
        asked = what_if.ask(
            day=obj.day,
            zone=get_current_timezone_name(),
            rule_set_id=obj.rule_set_id,
            line_id=obj.line_id,
            within_seconds=obj.within_seconds,
            actor=self.actor(request),
            now=clock.now(),
        )
        obj.pk = asked.pk
        obj.refresh_from_db()
        transaction.on_commit(partial(run_what_if.delay, run_id=asked.pk))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self._address("change", obj.pk))

    # --- what came out ----------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        run: WhatIfRun | None = context.get("original")
        if run is not None:
            context |= {
                "is_open": run.state in (WhatIfRun.State.WAITING, WhatIfRun.State.RUNNING),
                "may_publish": run.state == WhatIfRun.State.DONE and may_publish(request),
                "found": _found(request, run) if run.state == WhatIfRun.State.DONE else None,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- publishing -------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        publish = self.admin_site.admin_view(self.publish_view)
        return [
            path("<int:number>/publish/", publish, name="analytics_whatifrun_publish"),
            *super().get_urls(),
        ]

    def publish_view(self, request: HttpRequest, number: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not may_publish(request):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=number).exists():
            raise Http404
        try:
            made = what_if.publish(number, actor=self.actor(request), now=clock.now())
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(self._address("change", number))
        said = _("Published: %s.") % made if made else _("These rules work already.")
        self.message_user(request, said, messages.SUCCESS if made else messages.WARNING)
        return HttpResponseRedirect(self._address("change", number))

    def _address(self, page: str, number: int) -> str:
        return reverse(f"admin:analytics_whatifrun_{page}", args=[number])


def may_publish(request: HttpRequest) -> bool:
    """As on the page of versions: they hold the rules of every line."""
    return bool(request.user.has_perm("routing.change_ruleset") and reach.has_all_lines(request.user))


def _found(request: HttpRequest, run: WhatIfRun) -> dict[str, Any]:
    """The tables, of lines and operators that this reader runs."""
    columns = [from_plain(run.result[name]) for name in VERSIONS]
    labels = _labels(run)
    lines = reach.lines(request.user, Queue.objects.all())
    if run.line_id is not None:
        lines = lines.filter(pk=run.line_id)
    people = reach.operators(request.user, Operator.objects.order_by("public_name", "pk"))
    whole = reach.has_all_lines(request.user) and run.line_id is None
    return {
        "line_figures": [(heading, text) for _name, heading, text in LINE_FIGURES],
        "operator_figures": [(heading, text) for _name, heading, text in OPERATOR_FIGURES],
        "lines": list(_of_lines(lines, columns, labels)),
        "total": list(zip(labels, [_line_cells(each.total) for each in columns], strict=True))
        if whole
        else [],
        "operators": list(_of_operators(people, columns, labels)),
    }


def _labels(run: WhatIfRun) -> list[str]:
    version = run.result["in_force_version"]
    in_force = gettext("version %s, in force then") % version if version else gettext("rules in force then")
    asked = gettext("version %s") % run.rule_set_id if run.rule_set_id else gettext("draft")
    return [gettext("what happened"), in_force, asked]


def _of_lines(
    lines: QuerySet[Queue], columns: list[Figures], labels: list[str]
) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Each line that anything came to, with a row for each column."""
    by_line = [{each.line: each for each in found.lines} for found in columns]
    for line in lines.order_by("-priority", "pk"):
        figures = [found.get(line.pk) for found in by_line]
        if any(figures):
            yield line.name, list(zip(labels, map(_line_cells, figures), strict=True))


def _line_cells(figures: LineFigures | None) -> list[str]:
    return [
        shown(name, getattr(figures, name) if figures else None) for name, _heading, _text in LINE_FIGURES
    ]


def _of_operators(
    people: QuerySet[Operator], columns: list[Figures], labels: list[str]
) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    by_operator = [{each.operator: each for each in found.operators} for found in columns]
    present = set().union(*by_operator)
    for person in people.filter(pk__in=present):
        figures = [found.get(person.pk) for found in by_operator]
        yield person.public_name, list(zip(labels, map(_operator_cells, figures), strict=True))


def _operator_cells(figures: OperatorFigures | None) -> list[str]:
    return [
        shown(name, getattr(figures, name) if figures else None) for name, _heading, _text in OPERATOR_FIGURES
    ]
