"""What-if: a past day by other rules, side by side with what happened, and publishing from there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.analytics.admin import what_if_tables
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.analytics.tasks import run_what_if
from apps.core import clock
from apps.core.backoffice.base import ReadOnlyAdmin
from apps.core.errors import DomainError
from apps.operators import reach
from apps.operators.calendar import house_zone
from apps.operators.models import Operator, Queue
from apps.routing.models import QueueEntry, RuleSet
from apps.routing.services import publishing


class AskForm(forms.ModelForm):
    """A day that is over, and rules to play it by."""

    asked_by: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self._prepare()

    def _prepare(self) -> None:
        """Ask for a day that is over, and say what an empty choice means."""
        zone = house_zone()
        yesterday = (localtime(clock.now(), ZoneInfo(zone)) - timedelta(days=1)).date()
        day = self.fields["day"]
        day.help_text = _("From midnight to midnight of the bank's time zone, %(zone)s.") % {"zone": zone}
        day.widget = forms.DateInput(attrs={"type": "date", "max": yesterday.isoformat()}, format="%Y-%m-%d")
        day.initial = _last_day(ZoneInfo(zone)) or yesterday
        for name, words in (("rule_set", _("draft")), ("line", _("all lines"))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.empty_label = words
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if "day" in found:
            try:
                what_if.require(
                    day=found["day"],
                    zone=house_zone(),
                    asked_by=self.asked_by,
                    now=clock.now(),
                )
            except DomainError as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from refusal
        return found


def _last_day(zone: ZoneInfo) -> date | None:
    """The last day that is over and on which anything came to a line."""
    midnight = localtime(clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
    last = (
        QueueEntry.objects.filter(entered_at__lt=midnight)
        .order_by("-pk")
        .values_list("entered_at", flat=True)
    )
    came = last.first()
    return localtime(came, zone).date() if came else None


@admin.register(WhatIfRun)
class WhatIfRunAdmin(ReadOnlyAdmin):
    task = "lines"
    task_order = 19
    task_hint = _("A past day by other rules, beside what happened; publishing from there")
    add_words = _("Play a past day")
    nothing_title = _("No day has been played yet.")
    nothing_hint = _(
        "Choose a day that is over and the draft or a version of the rules: waits, service level, load and promises "
        "come out beside what happened, and the rules can be published from there."
    )
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

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A class of this request's own, which knows whose runs are counted."""
        found = super().get_form(request, obj, change=change, **kwargs)
        found.asked_by = request.user.pk
        return found

    @admin.display(description=_("rules"))
    def rules(self, row: WhatIfRun) -> str:
        return str(row.rule_set) if row.rule_set else gettext("the draft as it stood when this was asked")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        title = _("Play a past day by other rules")
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})

    # --- asking -----------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What was asked is a row; a worker of the lane of reports computes it."""
        asked = what_if.ask(
            day=obj.day,
            zone=house_zone(),
            rule_set_id=obj.rule_set_id,
            line_id=obj.line_id,
            within_seconds=obj.within_seconds,
            actor=self.actor(request),
            now=clock.now(),
        )
        obj.pk = asked.pk
        obj.refresh_from_db()
        transaction.on_commit(run_what_if.delay)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self._address("change", obj.pk))

    # --- what came out ----------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        run: WhatIfRun | None = context.get("original")
        if run is not None:
            context |= {
                "is_open": run.is_open,
                "place": what_if.place_of(run.pk, now=clock.now()) if run.is_open else None,
                "may_cancel": run.is_open,
                "may_publish": run.state == WhatIfRun.State.DONE and may_publish(request),
                "why_not": what_if.why_not_publish(run, now=clock.now()),
                "take_back": _way_back(run),
                "again": self._again(run),
                "found": _found(request, run) if run.state == WhatIfRun.State.DONE else None,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _again(self, run: WhatIfRun) -> str:
        """The form, filled in with the same question."""
        asked = {"rule_set": run.rule_set_id, "line": run.line_id, "within_seconds": run.within_seconds}
        values = {"day": run.day.isoformat(), **{name: value for name, value in asked.items() if value}}
        return f"{reverse('admin:analytics_whatifrun_add')}?{urlencode(values)}"

    # --- publishing and calling off -------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/publish/", wrap(self.publish_view), name="analytics_whatifrun_publish"),
            path("<int:number>/cancel/", wrap(self.cancel_view), name="analytics_whatifrun_cancel"),
            *super().get_urls(),
        ]

    def cancel_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Whoever sees a run may stop it; one that is done stays done."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=number).exists():
            raise Http404
        if what_if.cancel(number):
            # Another one of the same person may have waited for it.
            transaction.on_commit(run_what_if.delay)
            self.message_user(request, _("It was called off."), messages.SUCCESS)
        else:
            self.message_user(request, _("It was over already."), messages.WARNING)
        return HttpResponseRedirect(self._address("change", number))

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


def _way_back(run: WhatIfRun) -> RuleSet | None:
    """The version that worked before what this run asked; None where that does not work now."""
    working = publishing.in_force(now=clock.now())
    return publishing.before(working) if working is not None and working.digest == run.digest else None


def may_publish(request: HttpRequest) -> bool:
    """As on the page of versions: they hold the rules of every line."""
    return bool(request.user.has_perm("routing.change_ruleset") and reach.has_all_lines(request.user))


def _found(request: HttpRequest, run: WhatIfRun) -> dict[str, Any]:
    """The tables, of lines and operators that this reader runs."""
    lines = reach.lines(request.user, Queue.objects.order_by("-priority", "pk"))
    if run.line_id is not None:
        lines = lines.filter(pk=run.line_id)
    people = reach.operators(request.user, Operator.objects.order_by("public_name", "pk"))
    whole = reach.has_all_lines(request.user) and run.line_id is None
    return what_if_tables.tables(run, lines, people, whole=whole)
