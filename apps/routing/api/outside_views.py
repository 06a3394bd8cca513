"""What the application of an outside line or of a bot does with a conversation, beside writing and closing."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.routing.api import serializers as s
from apps.routing.services import outside, to_bot

WRITE = "conversations:write"
TAG = "Conversations"
REFUSED = "When it is not offered to this application, or not any more: not_offered."


class Accept(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "accept_conversation",
        tag=TAG,
        summary="Take a conversation that an outside line offers",
        description=REFUSED,
        request=s.HandInput,
        answer=s.PlaceOutput,
        sent={},
        received={"id": 1042, "rev": 9, "state": "assigned", "queue": 7, "holder": 31},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        self.valid(s.HandInput)
        taken = outside.accept(self.sight, conversation_id, actor=self.actor, now=clock.now())
        return Response(s.PlaceOutput(taken).data)


class Decline(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "decline_conversation",
        tag=TAG,
        summary="Do not take a conversation that an outside line offers",
        description=f"It goes back to the line and the person it came from. {REFUSED}",
        request=s.HandInput,
        answer=s.PlaceOutput,
        sent={},
        received={"id": 1042, "rev": 9, "state": "queued", "queue": 3, "holder": None},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        self.valid(s.HandInput)
        left = outside.decline(self.sight, conversation_id, actor=self.actor, now=clock.now())
        return Response(s.PlaceOutput(left).data)


class Return(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "return_conversation",
        tag=TAG,
        summary="Give a conversation back that this application of a bot or of an outside line has",
        description="It goes back to the person it came from, if he is at work and has room, else to its line; a "
        "bot may name another line.",
        request=s.ReturnInput,
        answer=s.PlaceOutput,
        sent={"comment": "Asks about a blocked card"},
        received={"id": 1042, "rev": 12, "state": "assigned", "queue": 3, "holder": 12},
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        asked = self.valid(s.ReturnInput)
        give_back = to_bot.give_back if to_bot.has(self.sight, conversation_id) else outside.give_back
        left = give_back(
            self.sight,
            conversation_id,
            queue_id=asked.get("queue"),
            comment=asked["comment"],
            actor=self.actor,
            now=clock.now(),
        )
        return Response(s.PlaceOutput(left).data)
