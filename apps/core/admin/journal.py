"""What happened, as the append-only log has it."""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core import subjects
from apps.core.admin.event_words import SUBJECTS, kind_words
from apps.core.backoffice.large import LargeAdmin, changelist_of
from apps.core.events import kinds
from apps.core.models import Event, User


class KindFilter(admin.SimpleListFilter):
    """By kind, from the catalogue: the table is too large to be asked which kinds it holds."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind_words(kind)) for kind in sorted(kinds())]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() in kinds() else queryset


@admin.register(Event)
class EventAdmin(LargeAdmin):
    """Rows about what this person may not see stay out, as they do in REST and webhooks."""

    task = "journal"
    task_order = 10
    task_hint = _("Every event of conversations, lines and staff, newest first")
    list_display = ("id", "at", "happened", "subject", "who")
    list_filter = (KindFilter, "actor_kind")
    search_help_text = _("Number of a conversation, customer, line or member of staff")
    number_field = "subject_id"
    indexed_filters = frozenset({"kind"})
    fields = ("at", "happened", "kind", "subject", "who", "what")
    readonly_fields = fields
    list_per_page = 100
    nothing_hint = _(
        "The latest events are of conversations that you may not read. Choose a kind, type a number or turn the page."
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        reader = cast(User, request.user)
        return changelist_of(lambda rows: subjects.seen_events(reader, rows))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, doubled = super().get_search_results(request, queryset, search_term)
        # The index begins with the kind: a bare number would be looked for in the whole log.
        return (found.filter(subject_kind__in=subjects.table()) if search_term.strip() else found), doubled

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or bool(subjects.seen_events(cast(User, request.user), [obj])))

    @admin.display(description=_("what happened"))
    def happened(self, event: Event) -> str:
        return kind_words(event.kind)

    @admin.display(description=_("subject"))
    def subject(self, event: Event) -> str:
        return f"{SUBJECTS.get(event.subject_kind, event.subject_kind)} {event.subject_id}"

    @admin.display(description=_("who"))
    def who(self, event: Event) -> str:
        return f"{event.get_actor_kind_display()} {event.actor_id or ''}".strip()

    @admin.display(description=_("details"))
    def what(self, event: Event) -> str:
        return json.dumps(event.details, ensure_ascii=False, indent=2)
