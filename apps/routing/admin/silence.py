"""What each line does about customers who were answered and say nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.channels.adapters.registry import first_word_kinds
from apps.channels.models import Channel
from apps.core import clock
from apps.core.backoffice.base import LabelledFormSet, TaskAdmin, TaskTabular
from apps.core.backoffice.history import Kept
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing import figures
from apps.routing.models import SilenceChannel, SilencePolicy, SilenceStep

LATELY = timedelta(days=7)


class StepFormSet(LabelledFormSet):
    def clean(self) -> None:
        """Nothing comes after closing."""
        super().clean()
        if any(self.errors):
            return
        steps = [form.cleaned_data for form in self.forms if _is_kept(form)]
        closing = [each["after_minutes"] for each in steps if each["action"] == SilenceStep.Action.CLOSE]
        if len(closing) > 1:
            raise forms.ValidationError(_("A conversation is closed once."))
        if closing and any(each["after_minutes"] > closing[0] for each in steps):
            raise forms.ValidationError(_("Closing is the last step."))


def _is_kept(form: Any) -> bool:
    return bool(form.cleaned_data) and not form.cleaned_data.get("DELETE")


class StepInline(TaskTabular):
    model = SilenceStep
    formset = StepFormSet

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name.startswith("text_"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2, "cols": 26})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ChannelInline(TaskTabular):
    """Only kinds in which somebody may be written to first: others would never be used."""

    model = SilenceChannel

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("channel")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "channel":
            kwargs["queryset"] = Channel.objects.filter(kind__in=first_word_kinds())
            kwargs["help_text"] = _("Where the bank may write first.")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(SilencePolicy)
class SilencePolicyAdmin(TaskAdmin):
    task = "lines"
    task_order = 40
    task_hint = gettext_lazy("Reminding customers who say nothing, and closing only then")
    inlines = (StepInline, ChannelInline)
    list_display = ("queue", "is_active", "counts_open_hours", "by_letter", "step_count", "closed_lately")
    list_select_related = ("queue",)
    list_filter = ("is_active",)
    search_fields = ("queue__name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(steps_counted=Count("steps"))
        return found

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return found.filter(queue__in=reach.lines(request.user, Queue.objects.all()))

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A policy stays its line's: silences that run would be counted by another."""
        return ("queue",) if obj is not None else ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        now = clock.now()
        closed = figures.closings_without_reaction(since=now - LATELY, until=now)
        for row in shown.result_list:
            row.closings = closed.get(row.queue_id)
        return shown

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(SilenceStep, "policy"), Kept(SilenceChannel, "policy")]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        reaches = form.instance.steps.filter(action=SilenceStep.Action.REACH).exists()
        if reaches and not (form.instance.by_letter or form.instance.channels.exists()):
            text = _("No other channel is named: the step that reminds by another channel will be skipped.")
            self.message_user(request, text, messages.WARNING)

    @admin.display(description=gettext_lazy("steps"))
    def step_count(self, policy: Any) -> int:
        return int(policy.steps_counted)

    @admin.display(description=gettext_lazy("closed without a reaction, 7 days"))
    def closed_lately(self, policy: Any) -> str:
        found = getattr(policy, "closings", None)
        if found is None:
            return "—"
        text = ngettext("%(without)s of %(all)s", "%(without)s of %(all)s", found.all)
        return text % {"without": found.without_reaction, "all": found.all}
