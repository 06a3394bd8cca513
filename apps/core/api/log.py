"""The event log for integrations: what they may see of it, from a position on."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import log, subjects
from apps.core.actors import ActorKind
from apps.core.api.filters import IdFilter, StrictFilterSet
from apps.core.api.pages import AFTER, KeysetPagination, limit_of, page_parameters, page_schema
from apps.core.api.schema import operation
from apps.core.api.serializers import Output
from apps.core.api.views import ListView
from apps.core.events import kinds, shown_details
from apps.core.models import Event

# Events looked at for one page: an integration that sees little still gets on.
SCANNED = 1000


class SubjectOutput(Output):
    """What it happened to."""

    kind = serializers.CharField(source="subject_kind")
    id = serializers.IntegerField(source="subject_id")


class ActorOutput(Output):
    """Who did it: the id is of an identity, a user or a token, by kind."""

    kind = serializers.ChoiceField(source="actor_kind", choices=ActorKind.choices)
    id = serializers.IntegerField(source="actor_id", allow_null=True)


class EventOutput(Output):
    """One thing that happened. ``details`` holds ids, codes and numbers by kind (docs/api.md)."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    subject = SubjectOutput(source="*")
    actor = ActorOutput(source="*")
    details = serializers.SerializerMethodField()

    def get_details(self, event: Event) -> dict[str, Any]:
        return shown_details(event)


class EventFilter(StrictFilterSet):
    kind = django_filters.ChoiceFilter(
        choices=lambda: [(kind, kind) for kind in sorted(kinds())], help_text="Only events of this kind"
    )
    subject_kind = django_filters.ChoiceFilter(
        choices=lambda: [(kind, kind) for kind in sorted(subjects.table())],
        help_text="Only this kind of subject",
    )
    subject = IdFilter(field_name="subject_id", help_text="Only events of the subject with this number")


class LogPagination(KeysetPagination):
    """Pages of the log: ``next`` is never null, later events follow it."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        position, limit = _position(request), limit_of(request)
        beyond = log.beyond(queryset, position)[:SCANNED]
        scanned = list(beyond)
        page = subjects.seen_events(view.account, scanned)[:limit]
        if len(page) == limit:
            self._next = log.Position.of(page[-1])
        else:
            self._next = log.Position.of(scanned[-1]) if scanned else position
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next": str(self._next)})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        end = "never null here: later events follow it, also after an empty page"
        found = page_schema(schema, end, example="90211.48213")
        found["properties"]["next"]["type"] = "string"
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return page_parameters(
            "`next` of the page before; nothing: the beginning", r"^[0-9]{1,18}\.[0-9]{1,18}$"
        )


def _position(request: Request) -> log.Position:
    text = request.query_params.get(AFTER)
    try:
        return log.Position.parse(text) if text is not None else log.Position()
    except ValueError as error:
        raise ValidationError({AFTER: [_("Take it from “next” of the page before.")]}) from error


EXAMPLE = {
    "id": 48213,
    "kind": "message.received",
    "at": "2026-11-20T09:00:03.120Z",
    "subject": {"kind": "conversation", "id": 1042},
    "actor": {"kind": "customer", "id": 77},
    "details": {"conversation": 1042, "rev": 3, "message": 5310, "seq": 1, "state": "queued"},
}


class EventList(ListView):
    scopes = {"GET": "events:read"}
    queryset = Event.objects.none()
    serializer_class = EventOutput
    filterset_class = EventFilter
    pagination_class = LogPagination

    def get_queryset(self) -> QuerySet[Event]:
        return log.settled()

    @operation(
        "list_events",
        tag="Events",
        summary="Follow the event log",
        description="Events of subjects that the token may see, in the order in which nothing is passed by. A page "
        "may be short or empty before the end: ask again from `next`.",
        answer=EventOutput(many=True),
        received=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        return self.listed()
