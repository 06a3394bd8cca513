"""The promise ledger in the back office: public promises, force majeure, and what the bank owes for broken ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Right
from apps.conversations.oversight import LineFilter, OfConversation, sight_for
from apps.core import clock
from apps.core.actors import Actor
from apps.core.backoffice import spreadsheets
from apps.core.backoffice.base import CREATED, DELETED, Saved, TaskTabular
from apps.core.backoffice.confirmed import unless_confirmed
from apps.core.backoffice.history import Kept
from apps.core.errors import DomainError
from apps.core.events import announce
from apps.core.models import User
from apps.core.numbers import numbered
from apps.core.sheets import made_safe
from apps.operators.oversight import ForEverybody
from apps.operators.services import announcing
from apps.routing.admin.promises import OfLineAdmin, Warns, WithShares, as_shown, in_words
from apps.routing.admin.showing import hindrances
from apps.routing.events import ObligationsExported
from apps.routing.models import (
    ForceMajeure,
    Obligation,
    ObligationState,
    Promise,
    PromiseChannel,
    PromiseExclusion,
)
from apps.routing.services import ledger

DECIDED_AT_ONCE = 100
EXPORTED = 5000  # rows of one file, the newest


class Greeted(ForEverybody):
    """What the bank says aloud in the greeting of its chats."""

    def retell(self, request: HttpRequest) -> None:
        """Open chats greet anew with what is promised now."""
        announcing.texts_changed("promises", actor=self.actor(request), now=clock.now())


class ChannelInline(TaskTabular):
    model = PromiseChannel
    verbose_name_plural = gettext_lazy("given in these channels (none: in all)")


class ExclusionInline(TaskTabular):
    model = PromiseExclusion
    verbose_name_plural = gettext_lazy("not given to: a customer category or a channel a row")


@admin.register(Promise)
class PromiseAdmin(Warns, WithShares, Greeted, OfLineAdmin):
    task = "promises"
    task_order = 20
    task_hint = gettext_lazy("What customers are told they may count on, and what a failure costs")
    shares_by = "promise"
    inlines = (ChannelInline, ExclusionInline)
    list_display = ("name", "said", "within", "queue", "kept_lately", "order", "is_active")
    list_editable = ("order", "is_active")
    list_select_related = ("queue",)
    list_filter = ("is_active",)
    search_fields = ("name", "text_ru", "text_en")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        (
            gettext_lazy("What is said"),
            {
                "fields": (("text_ru", "text_en"),),
                "description": gettext_lazy(
                    "Stands in the greeting of its channels instead of their own text, or under the department that "
                    "promises it, only while it counts. It is owed to whom it was shown, as it was shown."
                ),
            },
        ),
        (
            gettext_lazy("What is promised"),
            {"fields": (("what", "seconds"), "queue", "business_hours", "pause", "order")},
        ),
        (
            gettext_lazy("What does not count"),
            {
                "fields": ("requests_a_day",),
                "description": gettext_lazy(
                    "Also force majeure, customers and channels excluded below, and whoever closes the conversation "
                    "himself or leaves a contact instead of waiting. Closing by staff, a bot or a rule, putting aside "
                    "and sending on are no way out: what was shown stays owed until it is answered."
                ),
            },
        ),
        (
            gettext_lazy("What is owed"),
            {"fields": ("compensation_code", ("compensation_ru", "compensation_en"), "waived_alone")},
        ),
    )

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(PromiseChannel, "promise"), Kept(PromiseExclusion, "promise")]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """What was asked before a change of what is promised is not measured by it."""
        promised = ("is_active", "what", "seconds", "queue", "business_hours", "requests_a_day", "channels")
        if DELETED not in saved.fields and saved.touches(*promised, "exclusions", CREATED):
            Promise.objects.filter(pk=row.pk).update(since=clock.now())
        self.retell(request)

    def warnings(self, request: HttpRequest, row: Any) -> Iterator[str]:
        yield from super().warnings(request, row)
        yield from hindrances(row)

    @admin.display(description=gettext_lazy("said"))
    def said(self, promise: Promise) -> str:
        return promise.text(get_language() or "ru")

    @admin.display(description=gettext_lazy("within"))
    def within(self, promise: Promise) -> str:
        return f"{promise.get_what_display()}: {in_words(promise.seconds)}"


@admin.register(ForceMajeure)
class ForceMajeureAdmin(Greeted):
    task = "promises"
    task_order = 30
    task_hint = gettext_lazy("When public promises do not count, and why")
    list_display = ("reason", "promise", "begins_at", "ends_at", "now")
    list_select_related = ("promise",)
    fields = ("reason", "promise", ("begins_at", "ends_at"))

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        self.retell(request)

    @admin.display(description=gettext_lazy("now"), boolean=True)
    def now(self, row: ForceMajeure) -> bool:
        moment = clock.now()
        return row.begins_at <= moment and (row.ends_at is None or row.ends_at > moment)


class DecisionForm(forms.Form):
    """What is decided about obligations, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (ObligationState.CONFIRMED, gettext_lazy("It is owed: confirm")),
            (ObligationState.WAIVED, gettext_lazy("Nothing is owed: waive")),
        ],
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=ledger.REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed to waive. It is kept for the audit."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("decision") == ObligationState.WAIVED and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why nothing is owed."))
        return cleaned


@admin.register(Obligation)
class ObligationAdmin(OfConversation):
    audited_by = "routing.audit_obligation"
    task = "promises"
    task_order = 40
    task_hint = gettext_lazy("What is owed to customers for broken promises: confirm it, or waive it")
    actions = ("decide",)
    list_display = (
        "written",
        "conversation",
        "owed",
        "late_by",
        "state",
        "asked_by",
        "decided_by",
    )
    list_select_related = ("conversation", "promise", "line", "clock__showing", "asked_by", "decided_by")
    list_filter = ("state", "promise", LineFilter, "created_at")
    indexed_filters = frozenset({"state"})
    change_list_template = "admin/otklik/obligation_list.html"
    change_form_template = "admin/otklik/obligation.html"
    fieldsets = (
        (None, {"fields": ("conversation", "line", "promise", "compensation", "state")}),
        (
            gettext_lazy("Proof"),
            {"fields": ("shown", "proof", "started_at", "due_at", "ended", "events", "clock")},
        ),
    )
    asked = (
        gettext_lazy("Waiver that a second person decides"),
        {"fields": ("asked_by", "asked_at", "asked_reason")},
    )
    decided = (gettext_lazy("Decision"), {"fields": ("decided_by", "decided_at", "reason")})
    readonly_fields = ("compensation", "shown", "proof", "ended", "events", "late_by")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who asked for a waiver, and who decided, once somebody did."""
        found = list(super().get_fieldsets(request, obj))
        if obj is not None and obj.asked_by_id is not None:
            found.append(self.asked)
        if obj is not None and obj.state != ObligationState.OPEN:
            found.append(self.decided)
        return found

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.change_obligation"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.export_obligation"))

    def get_urls(self) -> list[Any]:
        decide = self.admin_site.admin_view(self.decide_view)
        export = self.admin_site.admin_view(self.export_view)
        return [
            path("decide/", decide, name="routing_obligation_decide"),
            path("export/", export, name="routing_obligation_export"),
            *super().get_urls(),
        ]

    # --- words ----------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("written at"), ordering="created_at")
    def written(self, row: Obligation) -> str:
        return date_format(timezone.localtime(row.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("what is owed"))
    def owed(self, row: Obligation) -> SafeString:
        """In the words of the promise; its name stays the house's."""
        return format_html("{}<br><small>{}</small>", row.owed, row.promise)

    @admin.display(description=gettext_lazy("late by"))
    def late_by(self, row: Obligation) -> str:
        if row.taken_seconds is None:
            return _("closed without an answer") if row.closed_at else _("not answered")
        return in_words(row.taken_seconds - row.promised_seconds)

    @admin.display(description=gettext_lazy("compensation"))
    def compensation(self, row: Obligation) -> str:
        return f"{row.owed} ({row.compensation_code})"

    @admin.display(description=gettext_lazy("promised and taken"))
    def proof(self, row: Obligation) -> str:
        words = {"promised": in_words(row.promised_seconds), "turn": row.turn}
        if row.taken_seconds is None and row.closed_at:
            return (
                _("Message %(turn)s was promised an answer in %(promised)s and was closed without one.")
                % words
            )
        if row.taken_seconds is None:
            return _("Message %(turn)s was promised an answer in %(promised)s and has none.") % words
        words["taken"] = in_words(row.taken_seconds)
        return _("Message %(turn)s was promised an answer in %(promised)s; it took %(taken)s.") % words

    @admin.display(description=gettext_lazy("shown to the customer"))
    def shown(self, row: Obligation) -> str:
        return as_shown(row.clock.showing)

    @admin.display(description=gettext_lazy("answered or closed at"))
    def ended(self, row: Obligation) -> str:
        if row.answered_at is not None:
            return date_format(timezone.localtime(row.answered_at), "DATETIME_FORMAT")
        if row.closed_at is None:
            return _("not answered")
        return _("closed without an answer at %(moment)s") % {
            "moment": date_format(timezone.localtime(row.closed_at), "DATETIME_FORMAT")
        }

    @admin.display(description=gettext_lazy("events"))
    def events(self, row: Obligation) -> SafeString | str:
        """Links into the journal: the question, the answer when it came, or who closed it without one."""
        named = (
            (row.asked_event, pgettext("event", "the question")),
            (row.answered_event, pgettext("event", "the answer")),
            (row.closed_event, pgettext("event", "the closing")),
        )
        links = [
            (reverse("admin:core_event_change", args=[number]), word, numbered(number))
            for number, word in named
            if number is not None
        ]
        return format_html_join(", ", '<a href="{}">{} {}</a>', links) or "—"

    # --- deciding -------------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        is_open = row is not None and row.state == ObligationState.OPEN
        context["may_decide"] = is_open and self.has_decide_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=gettext_lazy("Confirm or waive…"), permissions=["decide"])
    def decide(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        numbers = list(
            queryset.filter(state=ObligationState.OPEN).values_list("pk", flat=True)[:DECIDED_AT_ONCE]
        )
        if not numbers:
            self.message_user(request, _("All of these have been decided already."), messages.WARNING)
            return None
        return redirect(f"{reverse('admin:routing_obligation_decide')}?ids={','.join(map(str, numbers))}")

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        rows = self._asked(request)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._decide(request, rows, **form.cleaned_data)
            return redirect(reverse("admin:routing_obligation_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Confirm or waive"),
            "form": form,
            "rows": rows,
        }
        return TemplateResponse(request, "admin/otklik/obligation_decide.html", context)

    def _asked(self, request: HttpRequest) -> list[Obligation]:
        """The obligations that were chosen, of the lines that are the reader's by grant; 404 for none.

        Who only takes part in a conversation, or reads it as its customer's history, does not decide what it costs.
        """
        numbers = [
            each
            for each in request.GET.get("ids", "").split(",")
            if each.isascii() and each.isdigit() and len(each) < 19
        ]
        granted = Conversation.objects.filter(sight_for(request).where(Right.TEXT))
        found = self.get_queryset(request).filter(
            pk__in=numbers[:DECIDED_AT_ONCE],
            state=ObligationState.OPEN,
            conversation__in=granted.values("pk"),
        )
        rows = list(found.select_related("promise", "line", "asked_by").order_by("pk"))
        if not rows:
            raise Http404
        return rows

    def _decide(self, request: HttpRequest, rows: list[Obligation], *, decision: str, reason: str) -> None:
        verb = ledger.confirm if decision == ObligationState.CONFIRMED else ledger.waive
        actor, done, asked = Actor.staff(cast(User, request.user).pk), 0, 0
        for row in rows:
            try:
                found = verb(row.pk, actor=actor, now=clock.now(), reason=reason)
                done += found.state != ObligationState.OPEN
                asked += found.state == ObligationState.OPEN
            except DomainError as refusal:
                self.message_user(
                    request, f"{numbered(row.conversation_id)}: {refusal.text}", messages.WARNING
                )
        text = ngettext("%(count)s obligation was decided.", "%(count)s obligations were decided.", done)
        if done:
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        text = ngettext(
            "%(count)s waiver waits for a second person.",
            "%(count)s waivers wait for a second person.",
            asked,
        )
        if asked:
            self.message_user(request, text % {"count": asked}, messages.WARNING)

    # --- taking away ----------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        may = {"can_export": self.has_export_permission(request), "exported": EXPORTED}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows by its filters, the newest so many; the log says who took it."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if door := unless_confirmed(request):
            return door
        try:
            shown = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(reverse("admin:routing_obligation_changelist"))
        found = shown.select_related(
            "conversation__customer", "clock__showing", "decided_by", "asked_by"
        ).order_by("-pk")[:EXPORTED]
        user = cast(User, request.user)
        with transaction.atomic():
            event = ObligationsExported(user=user.pk, rows=found.count())
            announce(event, actor=Actor.staff(user.pk), now=clock.now())
        lines = _lines(found.iterator(chunk_size=500), sight_for(request))
        return spreadsheets.streamed(lines, name="obligations.csv")


COLUMNS = (
    *("id", "conversation_id", "customer", "bank_id", "promise_id", "compensation_code", "state"),
    *("promised_seconds", "taken_seconds", "started_at", "due_at", "answered_at", "created_at"),
    *("decided_at", "decided_by", "reason", "asked_by"),
    *("shown_at", "shown_text", "closed_at"),
)


SHOWN = {"shown_at": "shown_at", "shown_text": "text"}


class _Echo:
    """What the writer writes is the line itself."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[Obligation], sight: Sight) -> Iterator[str]:
    """Ids, codes and moments, and of a decision who made it and why."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_cell(_value(row, name, sight)) for name in COLUMNS])


def _value(row: Obligation, name: str, sight: Sight) -> Any:
    """A column; the bank's number of a customer only to who may see personal data there."""
    if name == "customer":
        return row.conversation.customer_id
    if name == "bank_id":
        place = {"line_id": row.conversation.line_id, "channel_id": row.conversation.channel_id}
        return row.conversation.customer.bank_id if sight.covers(Right.PERSONAL, **place) else None
    if name in SHOWN:
        return getattr(row.clock.showing, SHOWN[name], None)
    if name in ("decided_by", "asked_by"):
        who = getattr(row, name)
        return who.get_username() if who else None
    return getattr(row, name)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else made_safe(str(value))
