"""Leads: contacts that customers left, whose they are and what became of them."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.conversations.models import Right
from apps.conversations.oversight import LineFilter, sight_for
from apps.core import clock
from apps.core.actors import Actor, ActorKind
from apps.core.backoffice import spreadsheets
from apps.core.backoffice.confirmed import unless_confirmed
from apps.core.backoffice.large import LargeAdmin, changelist_of
from apps.core.errors import DomainError
from apps.core.events import announce
from apps.core.models import Event, User
from apps.core.numbers import numbered
from apps.core.sheets import made_safe
from apps.operators.models import Operator
from apps.routing.events import LeadsExported
from apps.routing.models import OPEN_LEAD, Lead, LeadState
from apps.routing.services import leads, naming

EXPORTED = 5000  # rows of one file, the newest
HISTORY = 100  # changes on the page of a lead
LOCK = "🔒"
VERBS = {
    LeadState.IN_WORK: gettext_lazy("Take into work"),
    LeadState.DONE: gettext_lazy("Done"),
    LeadState.FAILED: gettext_lazy("Failed"),
    LeadState.NEW: gettext_lazy("Put back"),
}
CHANGES = {
    "state": gettext_lazy("state"),
    "owner": gettext_lazy("owner"),
    "request": gettext_lazy("the customer left the contact again"),
    "joined": gettext_lazy("another lead of the same contact was joined to it"),
}


class LeadLineFilter(LineFilter):
    path = "queue"


class OpenFilter(admin.SimpleListFilter):
    """What is still to be done."""

    title = gettext_lazy("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", gettext_lazy("open ones")), ("mine", gettext_lazy("mine, open"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        found = queryset.filter(OPEN_LEAD)
        return found.filter(owner=request.user.pk) if self.value() == "mine" else found


@admin.register(Lead)
class LeadAdmin(LargeAdmin):
    task = "conversations"
    task_order = 20
    task_hint = gettext_lazy("Contacts left out of hours or instead of waiting")
    nothing_hint = gettext_lazy("Leads appear where a line asks for a contact or offers to leave one.")
    list_display = ("number", "created_at", "queue", "state", "owner", "who", "contact", "asked")
    list_select_related = ("queue", "owner__operator")
    list_filter = (OpenFilter, "state", LeadLineFilter, "created_at")
    indexed_filters = frozenset({"line", "open"})
    search_help_text = gettext_lazy("Number of the lead")
    change_form_template = "admin/otklik/lead.html"
    change_list_template = "admin/otklik/lead_list.html"
    fields = (
        ("state", "reason"),
        "owner",
        ("queue", "channel", "conversation_number"),
        ("who", "contact"),
        ("created_at", "closed_at"),
    )
    readonly_fields = ("who", "contact", "conversation_number")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """As of conversations: by grants over the line and channel."""
        return found.filter(pk__in=leads.visible_to(sight_for(request)).values("pk"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("requests")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return changelist_of(lambda rows: [self._shown(request, row) for row in rows])

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return None if found is None else self._shown(request, found)

    def _shown(self, request: HttpRequest, lead: Any) -> Any:
        """With what this reader may see of it; asked without the database."""
        sight = sight_for(request)
        lead.is_readable = leads.may(sight, Right.TEXT, lead)
        if lead.reason and not lead.is_readable:
            # A colleague's words about the customer; these rows are only shown.
            lead.reason = LOCK
        return leads.shown_to(sight, lead)

    @admin.display(description=gettext_lazy("number"))
    def number(self, lead: Lead) -> str:
        return numbered(lead.pk)

    @admin.display(description=gettext_lazy("customer"))
    def who(self, lead: Any) -> str:
        return LOCK if lead.shown_name is None else lead.shown_name or "—"

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, lead: Any) -> str:
        if lead.shown_phone is None:
            return LOCK
        known = [(each,) for each in (lead.shown_phone, lead.shown_email) if each]
        return format_html_join(", ", '<span class="whole">{}</span>', known)

    @admin.display(description=gettext_lazy("wants"))
    def asked(self, lead: Any) -> str:
        last = list(lead.requests.all())[-1:]
        return str(last[0]) if last else "—"

    @admin.display(description=gettext_lazy("conversation"))
    def conversation_number(self, lead: Lead) -> str:
        return numbered(lead.conversation_id) if lead.conversation_id else "—"

    # --- the page of one ----------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        lead = kwargs.get("obj")
        if lead is not None:
            context |= {
                "readable": lead.is_readable,
                "requests": list(lead.requests.all()),
                "changes": self._changes(lead),
                "verbs": self._verbs(request, lead),
                "may_fail": LeadState.FAILED in leads.LEGAL[lead.state],
                "owners": self._owners(lead) if self._may_work(request, lead) else [],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_work(self, request: HttpRequest, lead: Lead) -> bool:
        may = request.user.has_perm("routing.change_lead")
        return bool(may and leads.may(sight_for(request), Right.ANSWER, lead))

    def _verbs(self, request: HttpRequest, lead: Lead) -> list[tuple[str, Any]]:
        if not self._may_work(request, lead):
            return []
        return [(state, words) for state, words in VERBS.items() if state in leads.LEGAL[lead.state]]

    def _owners(self, lead: Lead) -> QuerySet[Operator]:
        members = Operator.objects.filter(is_active=True, memberships__queue=lead.queue_id)
        return members.order_by("public_name").distinct()

    def _changes(self, lead: Lead) -> list[dict[str, Any]]:
        rows = list(Event.objects.filter(subject_kind="lead", subject_id=lead.pk).order_by("-pk")[:HISTORY])
        staff = User.objects.in_bulk([row.actor_id for row in rows if row.actor_kind == ActorKind.STAFF])
        states = dict(LeadState.choices)
        return [
            {
                "at": row.at,
                "actor": _who(row, staff),
                "what": CHANGES.get(row.details.get("change", ""), _("the contact was left")),
                "state": states.get(row.details.get("state", LeadState.NEW)),
            }
            for row in rows
        ]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:number>/work/", view(self.work_view), name="routing_lead_work"),
            path("export/", view(self.export_view), name="routing_lead_export"),
            *super().get_urls(),
        ]

    def work_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Another state or owner, from the buttons of the page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("routing.change_lead"):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=number).exists():
            raise Http404
        try:
            lead = leads.change(
                sight_for(request), number, values=_asked(request), actor=self.actor(request), now=clock.now()
            )
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _became(lead), messages.SUCCESS)
        return redirect(reverse("admin:routing_lead_change", args=[number]))

    # --- the file -----------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        may = {"can_export": request.user.has_perm("routing.export_lead")}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The newest leads whose words the reader may read, as the list would show them; the log says who took them."""
        if not request.user.has_perm("routing.export_lead"):
            raise PermissionDenied
        if door := unless_confirmed(request, back=reverse("admin:routing_lead_changelist")):
            return door
        sight = sight_for(request)
        found = leads.visible_to(sight, Right.TEXT).select_related("queue", "owner__operator")
        rows = [leads.shown_to(sight, lead) for lead in found.prefetch_related("requests")[:EXPORTED]]
        user = request.user.pk
        assert user is not None
        event = LeadsExported(user=user, rows=len(rows), personal=sight.has(Right.PERSONAL))
        with transaction.atomic():
            announce(event, actor=Actor.staff(user), now=clock.now())
        return spreadsheets.table(_file(rows), name=f"leads-{clock.now():%Y%m%d-%H%M}.csv")


def _became(lead: Lead) -> str:
    """Its state and owner after a button of the page."""
    described = {"state": lead.get_state_display(), "owner": naming.name_of(lead.owner_id) or "—"}
    return _("State: %(state)s. Owner: %(owner)s.") % described


def _who(row: Event, staff: dict[int, User]) -> str:
    """A colleague by name; of customers and systems only what they are."""
    known = staff.get(row.actor_id) if row.actor_kind == ActorKind.STAFF and row.actor_id else None
    return str(known or ActorKind(row.actor_kind).label)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the form names and nothing else; an odd owner is nobody's number."""
    sent = request.POST
    asked: dict[str, Any] = {}
    if "owner" in sent:
        text = sent["owner"]
        asked["owner"] = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    if sent.get("state") in VERBS:
        asked |= {"state": sent["state"], "reason": sent.get("reason", "")}
    return asked


def _file(rows: list[Any]) -> str:
    """Cells that no spreadsheet will run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "number",
            "left_at",
            "line",
            "state",
            "reason",
            "owner",
            "name",
            "phone",
            "email",
            "preferred",
            "question",
        ]
    )
    for lead in rows:
        asked = lead.requests.all()
        cells = (
            lead.pk,
            lead.created_at.isoformat(),
            lead.queue.name,
            lead.state,
            lead.reason,
            lead.owner or "",
            lead.shown_name or "",
            lead.shown_phone or "",
            lead.shown_email or "",
            " | ".join(each.preferred for each in asked if each.preferred),
            " | ".join(each.question for each in asked if each.question),
        )
        writer.writerow([made_safe(str(each)) for each in cells])
    return out.getvalue()
