"""How many operators a line needs, beside how many have shifts."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.analytics.models import StaffingTarget
from apps.analytics.staffing import targets
from apps.analytics.staffing.chart import HEIGHT, WIDTH, Chart, chart, scale_of
from apps.analytics.staffing.planning import Day, Outlook, outlook
from apps.core import clock
from apps.core.backoffice import spreadsheets
from apps.core.backoffice.base import TaskAdmin
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing import figures
from apps.routing.figures import RangesKept

WEEK = 7
LATELY = timedelta(days=7)
FARTHEST = timedelta(days=370)  # ahead; what is over is not planned any more


@dataclass(frozen=True, slots=True)
class Drawn:
    """A day with its drawing."""

    day: Day
    chart: Chart


@admin.register(StaffingTarget)
class StaffingTargetAdmin(TaskAdmin):
    task = "lines"
    task_order = 80
    task_hint = gettext_lazy("How many operators each line will need, beside how many have shifts")
    list_display = ("queue", "target", "shrinkage_percent", "weeks", "told_rightly")
    list_select_related = ("queue",)
    search_fields = ("queue__name",)
    ordering = ("queue__name",)
    sortable_by = ()
    actions = None
    change_form_template = "admin/otklik/staffing.html"
    readonly_fields = ("queue",)
    fieldsets = (
        (None, {"fields": ("queue", ("percent", "seconds"), "shrinkage_percent")}),
        (gettext_lazy("Reckoned with"), {"fields": ("slots", "patience_seconds", "weeks")}),
    )

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return found.filter(queue__in=reach.lines(request.user, Queue.objects.all()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("target"))
    def target(self, row: StaffingTarget) -> str:
        return _("%(percent)s %% in %(seconds)s s") % {"percent": row.percent, "seconds": row.seconds}

    @admin.display(description=gettext_lazy("answered in the time shown, last 7 days"))
    def told_rightly(self, row: Any) -> str:
        """Of those whom the chat told how long they would wait."""
        found: RangesKept | None = row.ranges_kept
        if found is None:
            return "—"
        return _("%(percent)s %% of %(n)s") % {"percent": f"{100 * found.share:.0f}", "n": found.served}

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        now, rows = clock.now(), list(shown.result_list)
        lines = [row.queue_id for row in rows]
        found = figures.ranges_kept(since=now - LATELY, until=now, lines=lines)
        for row in rows:
            row.ranges_kept = found.get(row.queue_id)
        shown.result_list = rows
        return shown

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Every line has its row: those that came since the last look get theirs."""
        if self.has_view_permission(request):
            targets.make_missing()
        return super().changelist_view(request, extra_context)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Back to the page: what the change means stands there."""
        return HttpResponseRedirect(request.get_full_path())

    # --- the forecast -----------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        as_file = self.admin_site.admin_view(self.csv_view)
        return [
            path("<int:number>/csv/", as_file, name="analytics_staffingtarget_csv"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        found = self._found(request, object_id)
        context = self._context(found, *_asked(request)) if found else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _found(self, request: HttpRequest, number: Any) -> StaffingTarget | None:
        if not str(number or "").isdecimal():
            return None
        found: StaffingTarget | None = self.get_queryset(request).filter(pk=int(number)).first()
        return found

    def _context(self, target: StaffingTarget, first: date, days: int) -> dict[str, Any]:
        seen = _seen(target, first, days)
        scale = scale_of(seen.days)
        address = reverse("admin:analytics_staffingtarget_change", args=[target.pk])
        file = reverse("admin:analytics_staffingtarget_csv", args=[target.pk])
        return {
            "outlook": seen,
            "drawn": [Drawn(day, chart(day, scale)) for day in seen.days],
            "is_enough": any(day.known.days for day in seen.days) and not any(day.gaps for day in seen.days),
            "chart_width": WIDTH,
            "chart_height": HEIGHT,
            "first": first,
            "whole_week": days == WEEK,
            "before": _earlier(address, first, days),
            "after": _link(address, first + timedelta(days=days), days),
            "other_length": _link(address, first, 1 if days == WEEK else WEEK),
            "as_file": _link(file, first, days),
        }

    def csv_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The same as a table; numbers and moments only, so nothing a spreadsheet could run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self._found(request, number)
        if found is None:
            raise Http404
        first, days = _asked(request)
        out = io.StringIO()
        _write(csv.writer(out), _seen(found, first, days))
        return spreadsheets.table(out.getvalue(), name=f"staffing-{found.queue_id}-{first}.csv")


def _seen(target: StaffingTarget, first: date, days: int) -> Outlook:
    """A line without hours is shown by the reader's clock."""
    zone = ZoneInfo(get_current_timezone_name())
    return outlook(target, first, days=days, zone=zone, now=clock.now())


def _write(out: Any, seen: Outlook) -> None:
    out.writerow(["begins", "open", "expected", "spread", "needed", "scheduled", "missing"])
    for day in seen.days:
        for each in day.quarters:
            figures = (
                f"{each.expected:.2f}",
                f"{each.spread:.2f}",
                each.needed,
                each.scheduled,
                each.missing,
            )
            out.writerow([each.begins.isoformat(timespec="minutes"), int(each.is_open), *figures])


def _asked(request: HttpRequest) -> tuple[date, int]:
    """The first day and how many; what is not understood, is over, or lies too far off, begins today."""
    days = 1 if request.GET.get("days") == "1" else WEEK
    today = localtime(clock.now()).date()
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return today, days
    return (first if today <= first <= today + FARTHEST else today), days


def _earlier(address: str, first: date, days: int) -> str:
    """The time before this one, as far as it is not over; empty where it is."""
    today = localtime(clock.now()).date()
    return _link(address, max(today, first - timedelta(days=days)), days) if first > today else ""


def _link(address: str, first: date, days: int) -> str:
    return f"{address}?{urlencode({'from': first.isoformat(), 'days': days})}"
