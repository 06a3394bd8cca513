"""Leads: contacts that customers left, and what became of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.models import Right
from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.core.api.views import ListView
from apps.core.errors import NotFound
from apps.routing.api import filters
from apps.routing.api import serializers as s
from apps.routing.models import Lead
from apps.routing.services import leads

READ, WRITE = "leads:read", "leads:write"
LEAD = {
    "id": 12,
    "queue": 3,
    "channel": 1,
    "customer": 501,
    "conversation": 1042,
    "state": "new",
    "reason": "",
    "owner": None,
    "joined_into": None,
    "name": "Anna",
    "phone": "+79160000000",
    "email": "",
    "requests": [
        {
            "wanted": "callback",
            "occasion": "waiting",
            "question": "A transfer has not come",
            "preferred": "after 18:00",
            "at": "2026-11-20T09:05:00Z",
        }
    ],
    "created_at": "2026-11-20T09:05:00Z",
    "changed_at": "2026-11-20T09:05:00Z",
    "closed_at": None,
}


class _Leads(SightedView):
    def readable(self) -> QuerySet[Lead]:
        """Leads of lines whose words the account may read."""
        return leads.visible_to(self.sight, Right.TEXT).prefetch_related("requests")


class LeadList(_Leads, ListView):
    scopes = {"GET": READ}
    queryset = Lead.objects.none()
    serializer_class = s.LeadOutput
    filterset_class = filters.LeadFilter

    def get_queryset(self) -> QuerySet[Lead]:
        return self.readable()

    def page(self, found: QuerySet[Any]) -> list[Any]:
        return [leads.shown_to(self.sight, lead) for lead in super().page(found)]

    @operation(
        "list_leads",
        tag="Leads",
        summary="List leads, newest first",
        answer=s.LeadOutput(many=True),
        received=LEAD,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class LeadOne(_Leads):
    scopes = {"GET": READ, "PATCH": WRITE}

    @operation("get_lead", tag="Leads", summary="Read a lead", answer=s.LeadOutput, received=LEAD)
    def get(self, request: Request, lead_id: int) -> Response:
        return self._shown(lead_id)

    @operation(
        "change_lead",
        tag="Leads",
        summary="Change the state or the owner of a lead",
        description="An impossible step is a conflict: illegal_move, another_open.",
        request=s.LeadInput,
        answer=s.LeadOutput,
        sent={"state": "failed", "reason": "Nobody answers"},
        received={**LEAD, "state": "failed", "reason": "Nobody answers", "closed_at": "2026-11-20T10:00:00Z"},
    )
    def patch(self, request: Request, lead_id: int) -> Response:
        asked = self.valid(s.LeadInput)
        self._found(lead_id)
        leads.change(self.sight, lead_id, values=asked, actor=self.actor, now=clock.now())
        return self._shown(lead_id)

    def _found(self, lead_id: int) -> Lead:
        found = self.readable().filter(pk=lead_id).first()
        if found is None:
            raise NotFound(_("There is no such lead."))
        return found

    def _shown(self, lead_id: int) -> Response:
        return Response(s.LeadOutput(leads.shown_to(self.sight, self._found(lead_id))).data)
