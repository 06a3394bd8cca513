"""Conversations and what belongs to them as the back office shows them: to look at, within one's sight.

Lists stay fast at millions of rows: who sees every line needs no condition, and for others a list begins with the
latest conversations he may read. Older ones are reached by number.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation, Right
from apps.core.backoffice.large import LargeAdmin
from apps.core.numbers import typed_number
from apps.operators.models import Queue

LATEST = 1000  # conversations from which the lists of a limited reader are made


def sight_for(request: HttpRequest) -> Sight:
    """The reader's sight, read once a request."""
    if not hasattr(request, "sight"):
        request.sight = sight_of(request.user)  # type: ignore[attr-defined,arg-type]  # staff is signed in here
    found: Sight = request.sight  # type: ignore[attr-defined]  # set here
    return found


def asked_number(request: HttpRequest) -> int | None:
    """The number typed into the search box."""
    return typed_number(request.GET.get("q", ""))


class LineFilter(admin.SimpleListFilter):
    """Lines in which the reader may see something."""

    title = _("line")
    parameter_name = "line"
    path: ClassVar[str] = "line"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sight = sight_for(request)
        lines = [area.line_id for area in sight.areas.get(Right.METADATA, ())]
        known = [line for line in lines if line is not None]
        found = Queue.objects.all() if None in lines else Queue.objects.filter(pk__in=known)
        return [(str(queue.pk), queue.name) for queue in found]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        offered = {key for key, _name in self.lookup_choices}
        return queryset.filter(**{self.path: self.value()}) if self.value() in offered else queryset


class OfConversation(LargeAdmin):
    """Rows of a table that belong to conversations; only of those whose words the reader may read.

    ``audited_by``: a permission with which to know that a conversation exists is enough.
    """

    number_field = "conversation_id"
    search_help_text = _("Number of the conversation")
    audited_by: ClassVar[str] = ""

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        sight = sight_for(request)
        if sight.lines(Right.TEXT) is None or self._is_audited(request, sight):
            return found
        number = asked_number(request)
        if number is not None or not self._is_list(request):
            seen = Conversation.objects.visible_to(sight)
            seen = seen if number is None else seen.filter(pk=number)
            return found.filter(conversation__in=seen.values("pk"))
        latest = Conversation.objects.filter(sight.where(Right.TEXT)).order_by("-pk")
        return found.filter(conversation__in=latest.values("pk")[:LATEST])

    def _is_audited(self, request: HttpRequest, sight: Sight) -> bool:
        """An auditor of the whole house; one of single lines looks as everybody does."""
        may = bool(self.audited_by) and request.user.has_perm(self.audited_by)
        return may and sight.lines(Right.METADATA) is None

    def _is_list(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return match is not None and str(match.url_name).endswith("_changelist")
