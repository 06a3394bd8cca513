"""Conversations, their messages, deliveries and ratings."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations import selectors
from apps.conversations.api import examples, filters
from apps.conversations.api import serializers as s
from apps.conversations.models import Conversation, Delivery, Message, Rating
from apps.conversations.services import integration, marginalia
from apps.conversations.services.outbound import visible_or_404
from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.core.api.views import ListView

READ, WRITE = "conversations:read", "conversations:write"
FOUND_MESSAGES = 30


def _with_parts(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return found.select_related("channel").prefetch_related("tagging")


def _message(message: Message) -> dict[str, Any]:
    return s.MessageOutput(selectors.message_view(message, staff=True)).data


class ConversationList(SightedView, ListView):
    scopes = {"GET": READ, "POST": WRITE}
    queryset = Conversation.objects.none()
    serializer_class = s.ConversationOutput
    filterset_class = filters.ConversationFilter

    def get_queryset(self) -> QuerySet[Conversation]:
        return _with_parts(self.seen())

    @operation(
        "list_conversations",
        tag="Conversations",
        summary="List conversations, newest first",
        answer=s.ConversationOutput(many=True),
        received=examples.CONVERSATION,
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    @operation(
        "start_conversation",
        tag="Conversations",
        summary="Start a conversation in a customer's name",
        description="The text is stored as the customer's first words and routed like any other. With an open "
        "conversation of the same thread the answer is 409.",
        request=s.StartInput,
        answer=s.StartedOutput,
        status=201,
        sent=examples.START,
        received=examples.STARTED,
    )
    def post(self, request: Request) -> Response:
        asked = self.valid(s.StartInput)
        stored = integration.start(
            self.sight,
            identity_id=asked["identity"],
            text=asked["text"],
            thread=asked["thread"],
            line_id=asked.get("queue"),
            actor=self.actor,
            now=clock.now(),
        )
        return Response(s.StartedOutput(stored).data, status=201)


class ConversationDetail(SightedView):
    scopes = {"GET": READ}

    @operation(
        "get_conversation",
        tag="Conversations",
        summary="A conversation by its number",
        answer=s.ConversationOutput,
        received=examples.CONVERSATION,
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        found = get_object_or_404(_with_parts(self.seen()), pk=conversation_id)
        return Response(s.ConversationOutput(found).data)


class ConversationTags(SightedView):
    scopes = {"PUT": WRITE}

    @operation(
        "set_tags",
        tag="Conversations",
        summary="Set a conversation's tags",
        request=s.TagsInput,
        answer=s.TagsOutput,
        sent={"tags": [4]},
        received={"tags": [4]},
    )
    def put(self, request: Request, conversation_id: int) -> Response:
        asked = self.valid(s.TagsInput)
        tags = marginalia.set_tags(
            self.sight, conversation_id, tags=asked["tags"], actor=self.actor, now=clock.now()
        )
        return Response(s.TagsOutput({"tags": tags}).data)


class MessageList(SightedView, ListView):
    scopes = {"GET": READ, "POST": WRITE}
    page_order = "seq"
    queryset = Message.objects.none()
    serializer_class = s.MessageOutput

    @operation(
        "list_messages",
        tag="Messages",
        summary="Messages of a conversation in their order",
        answer=s.MessageOutput(many=True),
        received=examples.MESSAGE,
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        visible_or_404(self.sight, conversation_id)
        found = selectors.messages().filter(conversation_id=conversation_id)
        return self.get_paginated_response([_message(each) for each in self.page(found)])

    @operation(
        "write_message",
        tag="Messages",
        summary="Answer the customer, or leave a note",
        description="Written by the token's service account. Files are uploaded first, to /attachments/.",
        request=s.MessageInput,
        answer=s.MessageOutput,
        status=201,
        sent=examples.WRITE,
        received=examples.MESSAGE,
    )
    def post(self, request: Request, conversation_id: int) -> Response:
        asked = self.valid(s.MessageInput)
        stored = integration.write(
            self.sight,
            conversation_id=conversation_id,
            text=asked["text"],
            note=asked["note"],
            reply_to=asked.get("reply_to"),
            files=asked["files"],
            actor=self.actor,
            now=clock.now(),
        )
        return Response(_message(selectors.messages().get(pk=stored.pk)), status=201)


class MessageDetail(SightedView):
    scopes = {"GET": READ}

    @operation(
        "get_message",
        tag="Messages",
        summary="A message of a conversation",
        answer=s.MessageOutput,
        received=examples.MESSAGE,
    )
    def get(self, request: Request, conversation_id: int, message_id: int) -> Response:
        # Together: a number of another conversation's message is no message of this one.
        visible_or_404(self.sight, conversation_id)
        found = selectors.messages().filter(conversation_id=conversation_id)
        return Response(_message(get_object_or_404(found, pk=message_id)))


class MessageSearch(SightedView):
    scopes = {"GET": READ}
    query_parameters = ("search",)
    queryset = Message.objects.none()
    pagination_class = None

    @operation(
        "search_messages",
        tag="Messages",
        summary="Find messages by words: of 2,000 hits at most, the newest first",
        description="At most 30; Russian and English words are found in all their forms.",
        answer=s.MessageOutput(many=True),
        parameters=[
            OpenApiParameter("search", str, required=True, description="Words", pattern=r"^[^\x00]{2,200}$")
        ],
        received=examples.MESSAGE,
    )
    def get(self, request: Request) -> Response:
        text = request.query_params.get("search", "")
        if not 2 <= len(text) <= 200 or "\x00" in text:
            raise ValidationError({"search": ["2 – 200"]})
        found = selectors.found_by_words(self.sight, text, limit=FOUND_MESSAGES)
        return Response([_message(each) for each in found])


class DeliveryList(SightedView, ListView):
    scopes = {"GET": READ}
    queryset = Delivery.objects.none()
    serializer_class = s.DeliveryOutput
    filterset_class = filters.DeliveryFilter

    def get_queryset(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(conversation__in=self.seen())

    @operation(
        "list_deliveries",
        tag="Messages",
        summary="List deliveries to messengers and mailboxes",
        answer=s.DeliveryOutput(many=True),
        received=examples.DELIVERY,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class DeliveryDetail(SightedView):
    scopes = {"GET": READ}

    @operation(
        "get_delivery",
        tag="Messages",
        summary="A delivery with its tries",
        answer=s.DeliveryDetailOutput,
        received={**examples.DELIVERY, "attempts": [examples.ATTEMPT]},
    )
    def get(self, request: Request, delivery_id: int) -> Response:
        found = Delivery.objects.filter(conversation__in=self.seen()).prefetch_related("attempts")
        return Response(s.DeliveryDetailOutput(get_object_or_404(found, pk=delivery_id)).data)


class RatingList(SightedView, ListView):
    scopes = {"GET": READ}
    queryset = Rating.objects.none()
    serializer_class = s.RatingOutput
    filterset_class = filters.RatingFilter

    def get_queryset(self) -> QuerySet[Rating]:
        return Rating.objects.filter(conversation__in=self.seen())

    @operation(
        "list_ratings",
        tag="Conversations",
        summary="List customers' marks",
        answer=s.RatingOutput(many=True),
        received=examples.RATING,
    )
    def get(self, request: Request) -> Response:
        return self.listed()
