"""Shapes of handing conversations on."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.conversations.models import State
from apps.core.api.serializers import IdField, Input, Output, StrictCharField
from apps.routing.models import AssignmentEnd, AssignmentReason


class TransferInput(Input):
    """Either a line or an operator."""

    queue = IdField(required=False)
    operator = IdField(required=False)
    comment = StrictCharField(
        max_length=2000, required=False, default="", allow_blank=True, help_text="A note for colleagues"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("queue" in attrs) == ("operator" in attrs):
            raise serializers.ValidationError(
                {"queue": _("Name either a line or an operator.")}, code="one_of"
            )
        return attrs


class CloseInput(Input):
    """Nothing: the address says it all."""


class PlaceOutput(Output):
    """Where the conversation stands after it."""

    id = serializers.IntegerField()
    rev = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    queue = serializers.IntegerField(source="line_id")
    holder = serializers.IntegerField(source="holder_id", allow_null=True)


class AssignmentOutput(Output):
    """An operator's hold of a conversation, from–to."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    operator = serializers.IntegerField(source="operator_id")
    queue = serializers.IntegerField(source="queue_id")
    reason = serializers.ChoiceField(choices=AssignmentReason.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.ChoiceField(choices=AssignmentEnd.choices, allow_blank=True)
