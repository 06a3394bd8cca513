"""Transfer, close, and who holds what."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.core.api.views import ListView
from apps.routing.api import filters
from apps.routing.api import serializers as s
from apps.routing.models import Assignment
from apps.routing.services import handling, to_bot

READ, WRITE = "conversations:read", "conversations:write"
ASSIGNMENT = {
    "id": 640,
    "conversation": 1042,
    "operator": 12,
    "queue": 3,
    "reason": "accepted",
    "started_at": "2026-11-20T09:01:10Z",
    "ended_at": None,
    "end_reason": "",
}


class Transfer(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "transfer_conversation",
        tag="Conversations",
        summary="Send a conversation to a line, to an operator or to a bot",
        description="An operator must be at work and have room: at_capacity, not_at_work. A bot must be on, given "
        "conversations of the line, and able to answer there: bot_off, bot_not_in_line, bot_no_token, bot_no_right, "
        "bot_reads_more.",
        request=s.TransferInput,
        answer=s.PlaceOutput,
        sent={"queue": 3, "comment": "Asks about a card"},
        received={"id": 1042, "rev": 9, "state": "queued", "queue": 3, "holder": None},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        asked = self.valid(s.TransferInput)
        common = {"comment": asked["comment"], "actor": self.actor, "now": clock.now()}
        if "queue" in asked:
            moved = handling.transfer_to_line(self.sight, conversation_id, asked["queue"], **common)
        elif "bot" in asked:
            moved = to_bot.transfer_to_bot(self.sight, conversation_id, asked["bot"], **common)
        else:
            moved = handling.transfer_to_operator(self.sight, conversation_id, asked["operator"], **common)
        return Response(s.PlaceOutput(moved).data)


class Close(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "close_conversation",
        tag="Conversations",
        summary="Close a conversation",
        request=s.CloseInput,
        answer=s.PlaceOutput,
        sent={},
        received={"id": 1042, "rev": 10, "state": "closed", "queue": 3, "holder": None},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        self.valid(s.CloseInput)
        closed = handling.close(self.sight, conversation_id, actor=self.actor, now=clock.now())
        return Response(s.PlaceOutput(closed).data)


class AssignmentList(SightedView, ListView):
    scopes = {"GET": READ}
    queryset = Assignment.objects.none()
    serializer_class = s.AssignmentOutput
    filterset_class = filters.AssignmentFilter

    def get_queryset(self) -> QuerySet[Assignment]:
        return Assignment.objects.filter(conversation__in=self.seen())

    @operation(
        "list_assignments",
        tag="Conversations",
        summary="List who holds and held conversations",
        answer=s.AssignmentOutput(many=True),
        received=ASSIGNMENT,
    )
    def get(self, request: Request) -> Response:
        return self.listed()
