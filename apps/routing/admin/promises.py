"""Service policies with their actions, and the clocks that run and ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from apps.conversations.oversight import LineFilter, OfConversation
from apps.core import clock
from apps.core.backoffice.base import (
    CREATED,
    DELETED,
    LabelledFormSet,
    ReachFilter,
    Saved,
    TaskAdmin,
    TaskTabular,
)
from apps.core.backoffice.history import Kept
from apps.core.backoffice.shown import shows
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing import promise_figures
from apps.routing.models import Clock, PolicyAction, Promise, ServicePolicy, Showing
from apps.routing.promise_figures import By, Share

LATELY = timedelta(days=7)
NAMED = 10  # lines in a warning


def in_words(seconds: float | None) -> str:
    """A stretch of time as people say it: 45 s, 10 min, 1 h 30 min, 2 d 4 h."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    parts = []
    for size, unit in (
        (86400, pgettext("unit", "d")),
        (3600, pgettext("unit", "h")),
        (60, pgettext("unit", "min")),
        (1, pgettext("unit", "s")),
    ):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or f"0 {pgettext('unit', 's')}"


def as_shown(showing: Showing | None) -> str:
    """What stood before the customer, since when, and when he began to write."""
    if showing is None:
        return "—"
    return _("“%(text)s”, in his chat at %(shown)s; he began to write at %(began)s") % {
        "text": showing.text,
        "shown": _moment(showing.shown_at),
        "began": _moment(showing.begun_at),
    }


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _own_lines(request: HttpRequest) -> set[int]:
    """The reader's lines, read once a request: each row of a list asks."""
    if not hasattr(request, "own_lines"):
        request.own_lines = set(reach.own_lines(request.user))  # type: ignore[attr-defined]  # kept here
    found: set[int] = request.own_lines  # type: ignore[attr-defined]  # set above
    return found


class OfLineAdmin(TaskAdmin):
    """Settings of one line, or of all: whoever runs single lines sees common ones and changes his own."""

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.of_line(request.user, found)

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_his(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_his(request, obj)

    def _is_his(self, request: HttpRequest, obj: Any) -> bool:
        """What is for all lines belongs to everybody, so only who has all lines changes it."""
        return obj is None or reach.has_all_lines(request.user) or obj.queue_id in _own_lines(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "queue" and not reach.has_all_lines(request.user):
            field.required = True
            field.help_text = _("One of your lines.")
        return field


class Warns:
    """A mixin for pages of promises: what their authors may not have meant, as where one runs round the clock in
    lines that close."""

    def warnings(self, request: HttpRequest, row: Any) -> Iterator[str]:
        if text := runs_while_closed(request, row):
            yield text

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None and request.method == "GET":
            for text in self.warnings(request, row):
                messages.warning(request, text)
        found: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]  # a mixin
        return found


def runs_while_closed(request: HttpRequest, row: ServicePolicy | Promise) -> str:
    """What to say of a promise that counts hours in which its lines are closed; empty where it does not."""
    if row.business_hours or not row.is_active:
        return ""
    lines = reach.lines(request.user, Queue.objects.filter(is_active=True, calendar__isnull=False))
    names = list((lines.filter(pk=row.queue_id) if row.queue_id else lines).values_list("name", flat=True))
    if not names:
        return ""
    return _("It runs round the clock, also while these lines are closed: %(lines)s.") % {
        "lines": ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
    }


class WithShares:
    """A mixin for lists that say how promises were kept in the last seven days."""

    shares_by: By

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        own = None if reach.has_all_lines(request.user) else reach.own_lines(request.user)
        by = self.shares_by

        class Shared(ChangeList):
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                _mark(list(self.result_list), by, own)

        return Shared

    @admin.display(description=gettext_lazy("kept, last 7 days"))
    def kept_lately(self, row: Any) -> str:
        share: Share = row.share
        if share.percent is None:
            return "—"
        return _("%(percent)s %% of %(n)s") % {"percent": f"{share.percent:g}", "n": share.n}


def _mark(rows: list[Any], by: By, lines: Iterable[int] | None) -> None:
    """Write its share on each row of a page; one query."""
    now = clock.now()
    numbers = [row.pk for row in rows]
    found = promise_figures.shares(by, since=now - LATELY, until=now, only=numbers, lines=lines)
    for row in rows:
        row.share = found.get(row.pk, Share())


class ActionFormSet(LabelledFormSet):
    def clean(self) -> None:
        super().clean()
        rows = [getattr(form, "cleaned_data", {}) for form in self.forms]
        kept = [row for row in rows if row and not row.get("DELETE")]
        if any(row.get("moment") == PolicyAction.Moment.WARNING for row in kept) and not (
            self.instance.warn_percent
        ):
            raise ValidationError(_("Say above at how many per cent to warn: an action waits for it."))


class ActionInline(TaskTabular):
    model = PolicyAction
    formset = ActionFormSet
    verbose_name_plural = gettext_lazy("what follows a warning and a breach")
    autocomplete_fields = ("operator",)
    fields = ("moment", "act", "rank", "queue", "operator", "group", "tag")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the boxes of what is chosen; they are chosen among, not edited, so that a row fits a screen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(widget := getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            widget.can_add_related = widget.can_change_related = widget.can_view_related = False
        return shows(field, PolicyAction.OBJECTS) if db_field.name == "act" else field


@admin.register(ServicePolicy)
class ServicePolicyAdmin(Warns, WithShares, OfLineAdmin):
    task = "promises"
    task_order = 10
    task_hint = gettext_lazy("How soon customers are answered and settled, and what follows when not")
    shares_by = "policy"
    change_form_template = "admin/otklik/shown_form.html"
    inlines = (ActionInline,)
    list_display = ("name", "where", "times", "business_hours", "kept_lately", "order", "is_active")
    list_editable = ("order", "is_active")
    list_select_related = ("queue", "category", "channel")
    list_filter = ("is_active", ("queue", ReachFilter))
    search_fields = ("name",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        (
            gettext_lazy("For whom"),
            {
                "fields": ("queue", ("category", "channel"), "order"),
                "description": gettext_lazy(
                    "The policy that names most of line, category and channel counts alone: what it leaves empty "
                    "is not taken from another."
                ),
            },
        ),
        (
            gettext_lazy("Times"),
            {"fields": (("first_seconds", "next_seconds", "resolution_seconds"), "business_hours", "pause")},
        ),
        (
            gettext_lazy("What does not count"),
            {
                "fields": ("last_word_may_stay",),
                "description": gettext_lazy(
                    "Whoever closes it himself or leaves a contact instead of waiting is owed no answer any more. "
                    "What the house closes without an answer stays owed and breaks at its moment; closing settles "
                    "only what somebody has answered."
                ),
            },
        ),
        (gettext_lazy("Before and after"), {"fields": ("warn_percent",)}),
    )

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(PolicyAction, "policy")]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """What was asked before a change of what is promised is not measured by it."""
        promised = ("queue", "category", "channel", "first_seconds", "next_seconds", "resolution_seconds")
        if DELETED not in saved.fields and saved.touches("is_active", *promised, CREATED):
            ServicePolicy.objects.filter(pk=row.pk).update(since=clock.now())

    @admin.display(description=pgettext_lazy("policy", "for"))
    def where(self, policy: ServicePolicy) -> str:
        named = [str(each) for each in (policy.queue, policy.category, policy.channel) if each]
        return " · ".join(named) or _("everything")

    @admin.display(description=gettext_lazy("first / next / settled"))
    def times(self, policy: ServicePolicy) -> str:
        times = (policy.first_seconds, policy.next_seconds, policy.resolution_seconds)
        return " / ".join(in_words(each) for each in times)


@admin.register(Clock)
class ClockAdmin(OfConversation):
    audited_by = "routing.audit_obligation"
    task = "promises"
    task_order = 60
    task_hint = gettext_lazy("Every promise of every turn: running, kept, broken")
    list_display = ("started_at", "conversation", "kind", "by", "state", "promised_time", "due_at", "took")
    list_select_related = ("conversation", "policy", "promise", "showing", "line")
    list_filter = ("state", "kind", LineFilter, "started_at")
    indexed_filters = frozenset({"state"})
    fields = (
        *("conversation", "turn", "kind", "by", "line", "category", "channel", "state", "cancelled_because"),
        *("shown", "promised_time", "business_hours", "pause", "warn_percent"),
        *("started_at", "ran", "resumed_at", "due_at", "warned_at", "told", "broken_at", "met_at", "took"),
    )
    readonly_fields = ("by", "shown", "promised_time", "took", "ran", "told")

    @admin.display(description=gettext_lazy("promised by"))
    def by(self, found: Clock) -> str:
        return str(found.policy or found.promise)

    @admin.display(description=gettext_lazy("shown to the customer"))
    def shown(self, found: Clock) -> str:
        return as_shown(found.showing)

    @admin.display(description=gettext_lazy("promised"))
    def promised_time(self, found: Clock) -> str:
        return in_words(found.seconds)

    @admin.display(description=gettext_lazy("taken"))
    def took(self, found: Clock) -> str:
        return in_words(found.taken)

    @admin.display(description=gettext_lazy("had run before"))
    def ran(self, found: Clock) -> str:
        return in_words(found.spent)

    @admin.display(description=gettext_lazy("told"))
    def told(self, found: Clock) -> str:
        return _names([str(each.user) for each in found.notices.select_related("user")])


def _names(found: Sequence[str]) -> str:
    return ", ".join(found) or "—"
