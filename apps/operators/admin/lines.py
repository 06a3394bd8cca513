"""Lines with their members, and hours with their special days."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core import clock
from apps.core.backoffice.base import DELETED, ReachFilter, Saved, TaskAdmin, TaskTabular
from apps.core.backoffice.history import Kept
from apps.operators import reach
from apps.operators.admin import in_words
from apps.operators.admin.levels import SkillTabular
from apps.operators.calendar import is_open
from apps.operators.models import (
    Calendar,
    CalendarException,
    CalendarInterval,
    LineSkill,
    Offering,
    Overflow,
    Queue,
    QueueMembership,
)
from apps.operators.services import announcing

# docs/decisions/0017-hours-work-at-once.md
AT_ONCE = _(
    "Works as soon as it is saved: it is no part of a version of the rules, so it is neither scheduled with one nor "
    "taken back. What is to differ from a day on is said by special days of the hours."
)


class MemberInline(TaskTabular):
    """Members come and go; a row is never turned into somebody else."""

    model = QueueMembership
    verbose_name = _("member")
    verbose_name_plural = _("members")
    autocomplete_fields = ("operator",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("operator", "queue")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineSkillInline(SkillTabular):
    model = LineSkill

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("skill", "queue")


class OverflowForm(forms.ModelForm):
    """Into another line that is on; one that stands there already may stay, whosever it is."""

    class Meta:
        model = Overflow
        fields = ("by", "limit", "reserve")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reserve"]
        offered = Q(pk__in=field.queryset.order_by().values("pk"), is_active=True)
        field.queryset = Queue.objects.filter(offered | Q(pk=self.instance.reserve_id))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        line, reserve = cleaned.get("queue"), cleaned.get("reserve")
        if reserve is not None and line is not None and reserve.pk == line.pk:
            self.add_error("reserve", _("A line does not overflow into itself."))
        return cleaned


class OverflowInline(TaskTabular):
    model = Overflow
    form = OverflowForm
    fk_name = "queue"
    verbose_name = _("way out")
    verbose_name_plural = _("overflow: when the line cannot cope, what waits goes on to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("reserve", "queue")


class ApplicationField(forms.ModelChoiceField):
    """Accounts of integrations, by the names of their tokens."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.api_token)


class QueueForm(forms.ModelForm):
    class Meta:
        model = Queue
        fields = "__all__"  # noqa: DJ007 - the page's fieldsets name them
        field_classes: ClassVar[dict[str, Any]] = {"outside": ApplicationField}

    def _get_validation_exclusions(self) -> set[str]:
        """The former common line steps back while this one is saved."""
        found: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # missing in the stubs
        return found | {"is_default"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_default") and cleaned.get("is_active") is False:
            self.add_error("is_active", _("The common line takes what no other line takes: it stays on."))
        if self.instance.pk and self.instance.is_default and cleaned.get("is_default") is False:
            self.add_error("is_default", _("Make another line the common one instead."))
        if cleaned.get("outside") is not None:
            self._check_outside(cleaned)
        return cleaned

    def _check_outside(self, cleaned: dict[str, Any]) -> None:
        """What a partner does not take goes back, after a while and to a line of our own."""
        if cleaned.get("is_default", self.instance.is_default):
            self.add_error(
                "outside", _("The common line takes what a partner gives back: it is served here.")
            )
        if cleaned.get("accept_seconds") == 0:
            self.add_error("accept_seconds", _("A partner is asked: name the seconds he has."))


class FixedOrder:
    """A mixin for rows whose priority is shown and not taken."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].disabled = True


@admin.register(Queue)
class QueueAdmin(TaskAdmin):
    task = "lines"
    task_order = 10
    task_hint = _("Who answers what, in which order")
    form = QueueForm
    inlines = (MemberInline, LineSkillInline, OverflowInline)
    list_display = (
        "name",
        "priority",
        "open_now",
        "offering",
        "offered_by",
        "member_count",
        "is_default",
        "is_active",
    )
    list_editable = ("priority", "is_active")
    list_select_related = ("calendar", "outside__api_token")
    list_filter = ("is_active", "offering", ("calendar", ReachFilter))
    search_fields = ("name", "public_name_ru", "public_name_en")
    ordering = ("-priority", "id")
    sortable_by = ()
    actions = ("switch_on", "switch_off")
    change_list_template = "admin/otklik/ordered_list.html"
    # Read by static/admin/order.js: dragging a row writes this column, higher numbers first.
    drag: ClassVar[dict[str, str]] = {"field": "priority", "direction": "descending"}
    fieldsets = (
        (None, {"fields": ("told", "name", ("public_name_ru", "public_name_en"), "is_active", "is_default")}),
        (_("Order"), {"fields": ("priority",)}),
        (
            _("Hours"),
            {
                "description": AT_ONCE,
                "fields": (
                    "calendar",
                    "out_of_hours",
                    ("last_minutes", "last_minutes_closed"),
                    ("last_minutes_text_ru", "last_minutes_text_en"),
                ),
            },
        ),
        (_("How work is given"), {"fields": ("offering", ("policy", "accept_seconds"), "outside")}),
        (_("Asked before the others"), {"fields": (("prefers_manager_seconds", "prefers_last_seconds"),)}),
        (_("Language"), {"fields": (("matches_language", "language_relax_seconds"),)}),
        (
            _("The customer in line"),
            {
                "description": AT_ONCE,
                "fields": (
                    *("tells_position", "tells_estimate"),
                    ("offer_contact_seconds", "offer_callback_seconds"),
                    "offer_messenger_seconds",
                ),
            },
        ),
        (_("When the customer falls silent"), {"fields": (("idle_minutes", "own_wait_seconds"),)}),
        (_("After closing"), {"fields": ("wrap_up_seconds", "reopen_hours", "shares_history")}),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("told",)

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.lines(request.user, found)

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(members_counted=Count("memberships"))
        # Counting forgets the table's own order, and a page of suggestions needs one.
        return found.order_by(*self.ordering).prefetch_related("calendar__intervals", "calendar__exceptions")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        drag = self.drag if reach.has_all_lines(request.user) else {}
        return super().changelist_view(request, {"drag": drag, **(extra_context or {})})

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm[Any]]:
        """The order between lines is shut in the list too, for whom it is on the page."""
        form = super().get_changelist_form(request, **kwargs)
        return form if reach.has_all_lines(request.user) else type("OfSingleLines", (FixedOrder, form), {})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """For whoever has all lines: which goes before which, the common one, shared history, who serves outside.

        By its priority a line takes conversations from the others, to be read there.
        """
        fixed = ("priority", "is_default", "shares_history", "outside")
        return self.readonly_fields if reach.has_all_lines(request.user) else (*self.readonly_fields, *fixed)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A line that is being made has nothing to be told of yet."""
        (title, first), *others = super().get_fieldsets(request, obj)
        if obj is None:
            first = {**first, "fields": [name for name in first["fields"] if name != "told"]}
        return [(title, first), *others]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_default = obj is not None and obj.is_default
        return not is_default and super().has_delete_permission(request, obj)

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(QueueMembership, "queue"), Kept(LineSkill, "queue"), Kept(Overflow, "queue")]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.is_default:
            self._take_from_others(request, obj)
        super().save_model(request, obj, form, change)

    def _take_from_others(self, request: HttpRequest, obj: Queue) -> None:
        """There is exactly one common line: the former one becomes an ordinary line."""
        for former in Queue.objects.filter(is_default=True).exclude(pk=obj.pk):
            former.is_default = False
            super().save_model(request, former, None, True)
            self.consequences(request, former, Saved(frozenset({"is_default"})))

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        actor, now = self.actor(request), clock.now()
        announcing.line_changed(row.pk, fields=sorted(saved.fields), actor=actor, now=now)
        moved = [member.operator_id for member in saved.rows_of(QueueMembership)]
        if DELETED in saved.fields:
            moved = list(row.memberships.values_list("operator_id", flat=True))
        announcing.rights_changed(moved, actor=actor, now=now)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for warning in (
            in_words.warning_of_circle(form.instance),
            in_words.warning_of_outside(form.instance),
        ):
            if warning:
                self.message_user(request, warning, messages.WARNING)

    @admin.display(description=_("in words"))
    def told(self, queue: Queue) -> str:
        """The settings below as sentences, a line each."""
        return "\n".join(in_words.told(queue))

    @admin.display(description=_("offered to"), ordering="policy")
    def offered_by(self, queue: Queue) -> str:
        """Whom it names, where anything is offered at all; an outside line names its application."""
        if queue.outside is not None:
            return str(queue.outside.api_token)
        return "—" if queue.offering == Offering.PULL else str(queue.get_policy_display())

    @admin.display(description=_("now"), boolean=True)
    def open_now(self, queue: Queue) -> bool:
        return queue.is_active and is_open(queue.calendar, clock.now())

    @admin.display(description=_("members"))
    def member_count(self, queue: Any) -> int:
        return int(queue.members_counted)

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=True)

    @admin.action(description=_("Switch off (takes no new conversations)"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset.filter(is_default=False), to=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, to: bool) -> None:
        count = self.change_rows(request, queryset, is_active=to)
        text = ngettext("%(count)s line was changed.", "%(count)s lines were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


class IntervalInline(TaskTabular):
    model = CalendarInterval


class ExceptionInline(TaskTabular):
    model = CalendarException


class CalendarForm(forms.ModelForm):
    """Common zones are offered, every other one may be typed."""

    class Meta:
        model = Calendar
        fields = ("name", "time_zone", "follows_production")


@admin.register(Calendar)
class CalendarAdmin(TaskAdmin):
    task = "lines"
    task_order = 20
    task_hint = _("Open hours, holidays and short days")
    form = CalendarForm
    inlines = (IntervalInline, ExceptionInline)
    change_list_template = "admin/otklik/calendar_list.html"
    list_display = ("name", "time_zone", "follows_production", "open_now", "used_by")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = Prefetch("queues", reach.lines(request.user, Queue.objects.all()), to_attr="seen_queues")
        return super().get_queryset(request).prefetch_related("intervals", "exceptions", "queues", seen)

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        if reach.has_all_lines(request.user):
            return found
        return found.filter(queues__in=reach.own_lines(request.user)).distinct()

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_his(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_his(request, obj)

    def _is_his(self, request: HttpRequest, obj: Any) -> bool:
        """Hours that somebody else's line keeps as well are changed by who has all lines."""
        if obj is None or reach.has_all_lines(request.user):
            return True
        own = set(reach.own_lines(request.user))
        return all(queue.pk in own for queue in obj.queues.all())

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(CalendarInterval, "calendar"), Kept(CalendarException, "calendar")]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        announcing.hours_changed(row.pk, actor=self.actor(request), now=clock.now())

    @admin.display(description=_("now"), boolean=True)
    def open_now(self, calendar: Calendar) -> bool:
        return is_open(calendar, clock.now())

    @admin.display(description=_("lines"))
    def used_by(self, calendar: Any) -> str:
        """Lines that the reader may know of."""
        return ", ".join(queue.name for queue in calendar.seen_queues) or "—"
