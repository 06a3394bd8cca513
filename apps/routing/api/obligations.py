"""Obligations: what the bank owes for public promises it broke, for the bank's own systems to pay."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.sighted import SightedView
from apps.core.api.filters import IdFilter, MomentFilter, StrictFilterSet
from apps.core.api.schema import operation
from apps.core.api.serializers import Output
from apps.core.api.views import ListView
from apps.routing.models import Obligation, ObligationState

READ = "obligations:read"
OBLIGATION = {
    "id": 7,
    "promise": 1,
    "conversation": 1042,
    "customer": 501,
    "queue": 3,
    "state": "open",
    "compensation": "free_month",
    "turn": 1,
    "promised_seconds": 600,
    "taken_seconds": 842.5,
    "started_at": "2026-11-20T09:00:00Z",
    "due_at": "2026-11-20T09:10:00Z",
    "answered_at": "2026-11-20T09:14:02.500000Z",
    "asked_event": 90210,
    "answered_event": 90371,
    "closed_at": None,
    "closed_event": None,
    "shown_at": "2026-11-20T08:58:40Z",
    "shown_text": "We answer within 10 minutes, or a month is free",
    "created_at": "2026-11-20T09:10:01Z",
    "decided_at": None,
    "decided_by": None,
}


class ObligationOutput(Output):
    """What is owed for one broken promise, with its proof: seconds, moments, events of the log."""

    id = serializers.IntegerField()
    promise = serializers.IntegerField(source="promise_id")
    conversation = serializers.IntegerField(source="conversation_id")
    customer = serializers.IntegerField(source="conversation.customer_id")
    queue = serializers.IntegerField(source="line_id")
    state = serializers.ChoiceField(choices=ObligationState.choices)
    compensation = serializers.CharField(source="compensation_code")
    turn = serializers.IntegerField(help_text="The customer's message, by its seq")
    promised_seconds = serializers.IntegerField()
    taken_seconds = serializers.FloatField(allow_null=True, help_text="null: not answered yet")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    asked_event = serializers.IntegerField(allow_null=True)
    answered_event = serializers.IntegerField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True, help_text="Closed by the house without an answer")
    closed_event = serializers.IntegerField(allow_null=True)
    shown_at = serializers.DateTimeField(source="clock.showing.shown_at", default=None, allow_null=True)
    shown_text = serializers.CharField(source="clock.showing.text", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.IntegerField(source="decided_by_id", allow_null=True)


class ObligationFilter(StrictFilterSet):
    conversation = IdFilter(field_name="conversation_id", help_text="Only of this conversation")
    queue = IdFilter(field_name="line_id", help_text="Only of this line")
    promise = IdFilter(field_name="promise_id", help_text="Only of this promise")
    state = django_filters.ChoiceFilter(choices=ObligationState.choices, help_text="Only in this state")
    created_from = MomentFilter(field_name="created_at", lookup_expr="gte", help_text="Written then or later")
    created_to = MomentFilter(field_name="created_at", lookup_expr="lt", help_text="Written before")


class ObligationList(SightedView, ListView):
    scopes = {"GET": READ}
    queryset = Obligation.objects.none()
    serializer_class = ObligationOutput
    filterset_class = ObligationFilter

    def get_queryset(self) -> QuerySet[Obligation]:
        return Obligation.objects.filter(conversation__in=self.seen()).select_related(
            "conversation", "clock__showing"
        )

    @operation(
        "list_obligations",
        tag="Conversations",
        summary="List what is owed for broken promises",
        answer=ObligationOutput(many=True),
        received=OBLIGATION,
    )
    def get(self, request: Request) -> Response:
        return self.listed()
