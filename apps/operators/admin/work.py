"""Who is at work, who is to be, and the rules of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.backoffice.base import ReachFilter, ReadOnlyAdmin, TaskAdmin
from apps.core.backoffice.one_row import OneRowAdmin
from apps.core.errors import DomainError
from apps.operators import reach
from apps.operators.admin.importing import ConfirmedImport
from apps.operators.admin.shift_file import ShiftResource
from apps.operators.models import BreakReason, Operator, Presence, Shift, WeeklyShift, WorkSetting
from apps.operators.oversight import ForEverybody
from apps.operators.services import attendance, presence
from apps.operators.shifts import DAY, Span, plans


def minutes(length: timedelta) -> int:
    """Whole minutes."""
    return int(length.total_seconds() // 60)


class ReasonForm(forms.Form):
    """Why somebody is sent on a break or home."""

    reason = forms.ModelChoiceField(BreakReason.objects.none(), label=_("Reason"))

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.queryset, field.required = BreakReason.objects.filter(is_active=True), needed


class PresenceList(ChangeList):
    """The page of rows with their operators' shifts, read for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        now, setting = clock.now(), WorkSetting.current()
        found = plans([row.pk for row in self.result_list], now, now + DAY)
        for row in self.result_list:
            plan = found.get(row.pk)
            row.seen_shift = plan.at(now) if plan else None
            row.has_shifts = plan is not None
            row.late = attendance.lateness(row.seen_shift, row, setting, now)


# Who is at work first, then who is on a break.
WHO_IS_THERE = Case(
    When(state=Presence.State.ONLINE, then=Value(0)),
    When(state=Presence.State.BREAK, then=Value(1)),
    default=Value(2),
)


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    task = "staff"
    task_order = 60
    task_hint = _(
        "Who is at work now, who is late, whose break is too long; send somebody on a break or home"
    )
    list_display = ("operator", "state_now", "why", "since", "shift_now", "gone_since")
    list_select_related = ("operator", "reason", "sent_by")
    list_filter = ("state", "cause", ("operator__queues", ReachFilter))
    search_fields = ("operator__public_name", "operator__user__username")
    ordering = (WHO_IS_THERE, "operator__public_name")
    actions: Sequence[Any] = ("send_on_a_break", "send_home")
    fields = ("operator", "state", "reason", "cause", "sent_by", "since", "gone_since", "shift_ends_at")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return found.filter(operator__in=reach.operators(request.user, Operator.objects.all()))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PresenceList

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Of his own lines' members, which the rows of this page are."""
        return bool(request.user.has_perm("operators.change_presence"))

    # --- columns ----------------------------------------------------------------------------------------

    @admin.display(description=_("state"), ordering=WHO_IS_THERE)
    def state_now(self, row: Any) -> str:
        """With how long a break has lasted, when it should be over."""
        named = str(row.reason) if row.reason and row.state == Presence.State.BREAK else ""
        label = named or row.get_state_display()
        most = row.reason.minutes if named else None
        lasted = minutes(clock.now() - row.since)
        if most is None or lasted <= most:
            return str(label)
        told = gettext("%(lasted)s of %(most)s min") % {"lasted": lasted, "most": most}
        return format_html('{} <strong class="bad">{}</strong>', label, told)

    @admin.display(description=_("brought there by"), ordering="cause")
    def why(self, row: Presence) -> str:
        if row.cause == Presence.Cause.SENT:
            reason = f" ({row.reason})" if row.reason and row.state == Presence.State.OFFLINE else ""
            return f"{row.sent_by or row.get_cause_display()}{reason}"
        return row.get_cause_display() or "—"

    @admin.display(description=_("shift"))
    def shift_now(self, row: Any) -> str:
        if row.seen_shift is None:
            return gettext("no shift now") if row.has_shifts else "—"
        told = _times(row.seen_shift)
        if row.late is None:
            return told
        late = gettext("late by %(minutes)s min") % {"minutes": minutes(row.late)}
        return format_html('{} <strong class="bad">{}</strong>', told, late)

    # --- sending ----------------------------------------------------------------------------------------

    @admin.action(description=_("Send on a break…"), permissions=["send"])
    def send_on_a_break(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._send(request, queryset, Presence.State.BREAK)

    @admin.action(description=_("Send home…"), permissions=["send"])
    def send_home(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._send(request, queryset, Presence.State.OFFLINE)

    def _send(self, request: HttpRequest, rows: QuerySet[Any], state: str) -> HttpResponse | None:
        sent = request.POST if "confirmed" in request.POST else None
        form = ReasonForm(sent, needed=state == Presence.State.BREAK)
        if sent is None or not form.is_valid():
            return self._ask(request, rows, state, form)
        count = sum(self._sent(request, row, state, form.cleaned_data["reason"]) for row in rows)
        text = ngettext("%(count)s operator was sent.", "%(count)s operators were sent.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, rows: QuerySet[Any], state: str, form: ReasonForm) -> HttpResponse:
        on_a_break = state == Presence.State.BREAK
        held = (
            _(
                "What they are offered goes to others at once; what they hold stays with them. They read who sent "
                "them and why, and may come back by themselves."
            )
            if on_a_break
            else _(
                "What they are offered goes to others at once; what they hold waits in its lines again after the "
                "grace time. They read who sent them and why, and may come back by themselves."
            )
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send on a break") if on_a_break else _("Send home"),
            "consequence": held,
            "rows": rows,
            "opts": self.opts,
            "form": form,
            "action": "send_on_a_break" if on_a_break else "send_home",
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return render(request, "admin/otklik/send_away.html", context)

    def _sent(self, request: HttpRequest, row: Presence, state: str, reason: BreakReason | None) -> bool:
        """Whether he was; who works here no more is told of and left alone."""
        actor = self.actor(request)
        try:
            presence.send(
                row.pk,
                state=state,
                reason_id=reason.pk if reason else None,
                sent_by=actor.id,
                actor=actor,
                now=clock.now(),
            )
        except DomainError as error:
            self.message_user(request, f"{row.operator}: {error}", messages.WARNING)
            return False
        return True


def _times(span: Span) -> str:
    """In the reader's zone."""
    begins, ends = timezone.localtime(span.begins), timezone.localtime(span.ends)
    return f"{time_format(begins, 'H:i')}–{time_format(ends, 'H:i')}"


# --- shifts -----------------------------------------------------------------------------------------------


class OfHisOperators(TaskAdmin):
    """Rows of the operators whom the reader may know of; changed by who may run the operator's lines."""

    task = "staff"
    list_select_related = ("operator",)
    autocomplete_fields = ("operator",)
    search_fields = ("operator__public_name", "operator__user__username")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return found.filter(operator__in=reach.operators(request.user, Operator.objects.all()))

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)


@admin.register(WeeklyShift)
class WeeklyShiftAdmin(OfHisOperators):
    task_order = 62
    task_hint = _("Who works when, week after week, in his own time zone")
    list_display = ("operator", "weekday", "begins", "ends", "valid_from", "valid_to")
    list_editable = ("begins", "ends", "valid_from", "valid_to")
    list_filter = ("weekday", ("operator__queues", ReachFilter))
    ordering = ("operator__public_name", "weekday", "begins")
    sortable_by = ()


@admin.register(Shift)
class ShiftAdmin(ConfirmedImport, OfHisOperators):
    task_order = 64
    task_hint = _("Shifts and days off on dates of their own; they replace the weekly ones of that date")
    list_display = ("operator", "date", "begins", "ends", "note")
    list_editable = ("begins", "ends", "note")
    list_filter = (("operator__queues", ReachFilter),)
    ordering = ("-date", "operator__public_name", "begins")
    sortable_by = ()
    actions = ("make_days_off",)
    resource_classes = (ShiftResource,)

    @admin.action(description=_("Make them days off"), permissions=["change"])
    def make_days_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One day off a date: further shifts of the same date go."""
        seen: set[tuple[int, Any]] = set()
        count = 0
        for row in queryset.order_by("operator", "date", "pk"):
            others = Shift.objects.filter(operator=row.operator_id, date=row.date).exclude(pk=row.pk)
            if (row.operator_id, row.date) in seen or others.filter(begins__isnull=True).exists():
                self.delete_model(request, row)
                continue
            seen.add((row.operator_id, row.date))
            count += self.change_rows(request, [row], begins=None, ends=None)
        text = ngettext("%(count)s day off was made.", "%(count)s days off were made.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(WorkSetting)
class WorkSettingAdmin(OneRowAdmin, ForEverybody):
    task = "staff"
    task_order = 66
    task_hint = _("When somebody is set away, and whether work is bound to shifts")
    fieldsets = (
        (_("Automatic away"), {"fields": ("away_minutes", "away_without_work", "missed_offers")}),
        (
            _("Shifts"),
            {
                "fields": (
                    "works_outside_shift",
                    "early_minutes",
                    "ending_minutes",
                    "last_minutes",
                    "late_minutes",
                )
            },
        ),
    )
