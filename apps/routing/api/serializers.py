"""Shapes of handing conversations on."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.conversations.models import State
from apps.core.api.serializers import IdField, Input, Output, StrictCharField
from apps.routing.models import AssignmentEnd, AssignmentReason, LeadState, Occasion, Wanted


class TransferInput(Input):
    """A line, an operator or a bot."""

    queue = IdField(required=False)
    operator = IdField(required=False)
    bot = IdField(required=False)
    comment = StrictCharField(
        max_length=2000, required=False, default="", allow_blank=True, help_text="A note for colleagues"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"queue", "operator", "bot"}) != 1:
            raise serializers.ValidationError(
                {"queue": _("Name either a line, an operator or a bot.")}, code="one_of"
            )
        return attrs


class CloseInput(Input):
    """Nothing: the address says it all."""


class HandInput(Input):
    """Nothing: the address says it all."""


class ReturnInput(Input):
    """By default it goes back to where it came from."""

    queue = IdField(required=False, help_text="Of a bot: another line in which it waits")
    comment = StrictCharField(
        max_length=2000, required=False, default="", allow_blank=True, help_text="A note for colleagues"
    )


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


# --- leads ----------------------------------------------------------------------------------------------------


class LeadInput(Input):
    """What changes; what is not named stays. ``joined`` is never set from outside."""

    state = serializers.ChoiceField(
        choices=[each for each in LeadState.choices if each[0] != LeadState.JOINED], required=False
    )
    reason = StrictCharField(
        max_length=200, required=False, allow_blank=True, help_text="Why it failed: needed for “failed”"
    )
    owner = IdField(required=False, allow_null=True, help_text="An operator who reads the line; null: nobody")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() & {"state", "owner"}:
            raise serializers.ValidationError({"state": _("Name a state or an owner.")}, code="one_of")
        return attrs


class LeadRequestOutput(Output):
    """What the customer asked for, each time he left the contact."""

    wanted = serializers.ChoiceField(choices=Wanted.choices)
    occasion = serializers.ChoiceField(choices=Occasion.choices)
    question = serializers.CharField()
    preferred = serializers.CharField()
    at = serializers.DateTimeField()


class LeadOutput(Output):
    """A contact that a customer left. Name, phone and e-mail are null without the right to see them."""

    id = serializers.IntegerField()
    queue = serializers.IntegerField(source="queue_id")
    channel = serializers.IntegerField(source="channel_id")
    customer = serializers.IntegerField(source="customer_id")
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    state = serializers.ChoiceField(choices=LeadState.choices)
    reason = serializers.CharField()
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    joined_into = serializers.IntegerField(source="joined_into_id", allow_null=True)
    name = serializers.CharField(source="shown_name", allow_null=True)
    phone = serializers.CharField(source="shown_phone", allow_null=True)
    email = serializers.CharField(source="shown_email", allow_null=True)
    requests = LeadRequestOutput(many=True)
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class WatchdogOutput(Output):
    """Figures of the watchdog."""

    open = serializers.IntegerField(help_text="Open violations")
    by_code = serializers.DictField(child=serializers.IntegerField(), help_text="How many of each code")
    oldest_seconds = serializers.FloatField(help_text="For how long the oldest holds")
    seconds_since_look = serializers.FloatField(allow_null=True, help_text="Null: it never looked")
    lookups = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="Outcomes of the last hour"
    )
    lookup_failures = serializers.IntegerField(allow_null=True, help_text="Of them no answer at all")
