"""Shapes of the organisation."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.serializers import IdField, Input, Output
from apps.operators.models import Presence


class QueueOutput(Output):
    """A line. ``open`` tells whether its hours run now."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    public_name_ru = serializers.CharField()
    public_name_en = serializers.CharField()
    priority = serializers.IntegerField()
    is_default = serializers.BooleanField()
    is_active = serializers.BooleanField()
    open = serializers.BooleanField()
    members = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of operators")


class PresenceOutput(Output):
    """What an operator says of himself now."""

    operator = serializers.IntegerField(source="operator_id")
    state = serializers.ChoiceField(choices=Presence.State.choices)
    reason = serializers.IntegerField(
        source="reason_id", allow_null=True, help_text="The break reason's number"
    )
    since = serializers.DateTimeField()
    cause = serializers.ChoiceField(
        choices=[("", "he himself"), *Presence.Cause.choices], help_text="Who brought him there"
    )
    sent_by = serializers.IntegerField(
        source="sent_by_id", allow_null=True, help_text="The user who sent him, if somebody did"
    )
    shift_ends_at = serializers.DateTimeField(
        allow_null=True, help_text="Of the shift that goes on now, where shifts bind him"
    )


class OperatorOutput(Output):
    """An operator: his number is that of his user account."""

    id = serializers.IntegerField(source="pk")
    public_name = serializers.CharField()
    title = serializers.CharField()
    capacity = serializers.IntegerField(help_text="Conversations he may hold at once")
    is_active = serializers.BooleanField()
    queues = serializers.ListField(child=serializers.IntegerField(), source="line_ids")
    skills = serializers.ListField(child=serializers.CharField(), source="skill_names")
    presence = PresenceOutput(source="current_presence", allow_null=True)


class PresenceInput(Input):
    state = serializers.ChoiceField(choices=Presence.State.choices)
    reason = IdField(required=False, help_text="Needed for a break; may be given for going home")


class TemplateOutput(Output):
    """A reply template with its {placeholders}. Personal ones are not shown."""

    id = serializers.IntegerField()
    shortcut = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    language = serializers.CharField()
    folder = serializers.CharField(source="folder.name", default="")
    queue = serializers.IntegerField(source="queue_id", allow_null=True)
    is_active = serializers.BooleanField()


class TagOutput(Output):
    """A mark that may be put on conversations while it is active."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    colour = serializers.CharField()
    is_active = serializers.BooleanField()


class BreakReasonOutput(Output):
    """Why an operator may be away."""

    id = serializers.IntegerField()
    name_ru = serializers.CharField()
    name_en = serializers.CharField()
    is_active = serializers.BooleanField()
