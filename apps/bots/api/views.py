"""Bots to which an integration may hand conversations."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.bots import selectors
from apps.bots.models import Bot
from apps.core.api.filters import StrictFilterSet
from apps.core.api.schema import operation
from apps.core.api.serializers import Output
from apps.core.api.views import ListView

BOT = {
    "id": 2,
    "name_ru": "Бот «Тарифы»",
    "name_en": "Tariff bot",
    "is_active": True,
    "answer_seconds": 30,
    "queues": [3],
}


class BotOutput(Output):
    """A bot, with those of its lines that the token knows."""

    id = serializers.IntegerField()
    name_ru = serializers.CharField()
    name_en = serializers.CharField()
    is_active = serializers.BooleanField(help_text="Switched off, it is handed nothing")
    answer_seconds = serializers.IntegerField(help_text="It has them each time the customer writes")
    queues = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="Lines from which it is given conversations; null: from every line",
    )


class BotFilter(StrictFilterSet):
    is_active = django_filters.BooleanFilter(help_text="Only those that are switched on")


class BotList(ListView):
    scopes = {"GET": "organisation:read"}
    page_order = "pk"
    queryset = Bot.objects.none()
    serializer_class = BotOutput
    filterset_class = BotFilter

    def get_queryset(self) -> QuerySet[Bot]:
        return selectors.bots_of(self.account)

    @operation(
        "list_bots",
        tag="Organisation",
        summary="List bots",
        description="Those that may be given conversations from a line the token knows, and the one that answers by "
        "this token.",
        answer=BotOutput(many=True),
        received=BOT,
    )
    def get(self, request: Request) -> Response:
        page = self.page(self.filter_queryset(self.get_queryset()))
        known = selectors.known_lines(self.account)
        return self.get_paginated_response([_bot(each, known) for each in page])


def _bot(bot: Bot, known_lines: set[int]) -> dict[str, Any]:
    lines = sorted(each.queue_id for each in bot.lines.all())
    shown = {
        "id": bot.pk,
        "name_ru": bot.name_ru,
        "name_en": bot.name_en,
        "is_active": bot.is_active,
        "answer_seconds": bot.answer_seconds,
        "queues": [line for line in lines if line in known_lines] if lines else None,
    }
    return BotOutput(shown).data
