"""Shapes of customers, conversations, messages and what stands around them."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.conversations.models import AuthorKind, Delivery, DeliveryAttempt, MessageKind, State, Verification
from apps.conversations.services.timeline import FILES_AT_ONCE
from apps.conversations.services.words import STAFF_LIMIT
from apps.core.actors import ActorKind
from apps.core.api.serializers import IdField, Input, Output, StrictBooleanField, StrictCharField
from apps.core.models import StoredFile

LANGUAGES = settings.LANGUAGES


# --- conversations ------------------------------------------------------------------------------------


class ConversationOutput(Output):
    """A conversation. ``id`` is the number people know it by; ``rev`` rises with every visible change."""

    id = serializers.IntegerField()
    rev = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="Number of its last message")
    state = serializers.ChoiceField(choices=State.choices)
    state_since = serializers.DateTimeField()
    thread = serializers.CharField()
    queue = serializers.IntegerField(source="line_id")
    channel = serializers.IntegerField(source="channel_id")
    channel_kind = serializers.CharField(source="channel.kind")
    customer = serializers.IntegerField(source="customer_id")
    identity = serializers.IntegerField(source="identity_id")
    holder = serializers.IntegerField(source="holder_id", allow_null=True, help_text="The operator's number")
    opened_at = serializers.DateTimeField()
    first_answer_at = serializers.DateTimeField(allow_null=True)
    awaiting_since = serializers.DateTimeField(allow_null=True, help_text="First unanswered customer message")
    snoozed_until = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.ChoiceField(choices=ActorKind.choices, allow_blank=True)
    last_at = serializers.DateTimeField()
    last_text = serializers.CharField(help_text="Beginning of the last message")
    tags = serializers.SerializerMethodField()

    def get_tags(self, conversation: Any) -> list[int]:
        return sorted(each.tag_id for each in conversation.tagging.all())


class StartInput(Input):
    identity = IdField(help_text="Whose words these are")
    text = StrictCharField(max_length=STAFF_LIMIT)
    thread = StrictCharField(
        max_length=80, required=False, default="", allow_blank=True, help_text="A topic of its own"
    )
    queue = IdField(required=False, help_text="The department asked for, where the channel offers it")


class StartedOutput(Output):
    """The number of the new conversation and of its first message."""

    conversation = serializers.IntegerField(source="conversation_id")
    message = serializers.IntegerField(source="message_id")
    seq = serializers.IntegerField()


class TagsInput(Input):
    tags = serializers.ListField(child=IdField(), max_length=50, help_text="All tags it shall have")


class TagsOutput(Output):
    tags = serializers.ListField(child=serializers.IntegerField())


# --- messages -----------------------------------------------------------------------------------------


class AuthorOutput(Output):
    """Who wrote it; the id is of a member of staff or a service account."""

    kind = serializers.ChoiceField(choices=AuthorKind.choices)
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()


class FileOutput(Output):
    """A file; its content is fetched from /attachments/{id}/content/."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes")
    kind = serializers.ChoiceField(choices=StoredFile.Kind.choices)
    content_type = serializers.CharField()
    state = serializers.ChoiceField(choices=StoredFile.State.choices)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


class QuoteOutput(Output):
    """The message this one answers, as it reads now."""

    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    author = serializers.ChoiceField(choices=AuthorKind.choices)
    text = serializers.CharField()


class MessageOutput(Output):
    """A message. System lines carry ``code`` and ``params`` instead of a text; a deleted one keeps its place."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField()
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    author = AuthorOutput()
    identity = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    text = serializers.CharField()
    code = serializers.CharField()
    params = serializers.DictField()
    staff_only = serializers.BooleanField()
    files = FileOutput(many=True)
    reply_to = QuoteOutput(allow_null=True)
    edited_at = serializers.DateTimeField(allow_null=True)
    deleted = serializers.BooleanField()
    delivery = serializers.ChoiceField(choices=Delivery.State.choices, allow_null=True)


class MessageInput(Input):
    text = StrictCharField(max_length=STAFF_LIMIT, required=False, default="", allow_blank=True)
    note = StrictBooleanField(required=False, default=False, help_text="Only staff see it")
    reply_to = IdField(required=False, help_text="A message of the same conversation")
    files = serializers.ListField(
        child=serializers.UUIDField(), max_length=FILES_AT_ONCE, required=False, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["text"].strip() and not attrs["files"]:
            raise serializers.ValidationError({"text": _("Write something first.")}, code="required")
        return attrs


class UploadInput(Input):
    file = serializers.FileField(allow_empty_file=True, max_length=255)


# --- customers ----------------------------------------------------------------------------------------


class _PersonalField(serializers.Field):
    """A value that only accounts with the right to personal data are shown; null for others."""

    def get_attribute(self, instance: Any) -> Any:
        shown = getattr(instance, "shows_personal", False)
        return super().get_attribute(instance) if shown else None

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": ["string", "null"]})
class PersonalText(_PersonalField):
    pass


@extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
class PersonalAttributes(_PersonalField):
    pass


class CustomerOutput(Output):
    """A person. The four personal fields are null without the right to see them."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    bank_id = PersonalText()
    phone = PersonalText()
    email = PersonalText()
    attributes = PersonalAttributes()
    language = serializers.ChoiceField(choices=LANGUAGES)
    time_zone = serializers.CharField()
    manager = serializers.IntegerField(
        source="manager_id", allow_null=True, help_text="His personal manager: the operator's number"
    )
    created_at = serializers.DateTimeField()


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": 50,
        "additionalProperties": {
            "type": ["string", "number", "boolean", "null"],
            "maxLength": 500,
            "minimum": -(2**53) + 1,
            "maximum": 2**53 - 1,
        },
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,39}$"},
    }
)
class AttributesField(serializers.Field):
    """Facts about a customer: short names to plain values; null forgets one. Others stay as they are."""

    NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
    SAFE = 2**53

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or len(data) > 50:
            raise serializers.ValidationError(_("An object with at most 50 members."))
        return {self._name(name): self._value(value) for name, value in data.items()}

    def _name(self, name: str) -> str:
        if not self.NAME.fullmatch(name):
            raise serializers.ValidationError(_("Names are a-z, 0-9 and “_”, at most 40 characters."))
        return name

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return serializers.CharField(max_length=500, allow_blank=True).run_validation(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and abs(value) < self.SAFE:
            return value
        raise serializers.ValidationError(_("Values are texts, numbers, true, false or null."))

    def to_representation(self, value: Any) -> Any:
        return value


class CustomerInput(Input):
    """What to change; what is not named stays."""

    name = StrictCharField(max_length=120, required=False, allow_blank=True)
    phone = StrictCharField(max_length=32, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)
    time_zone = StrictCharField(max_length=64, required=False, allow_blank=True)
    attributes = AttributesField(required=False)
    manager = IdField(
        required=False,
        allow_null=True,
        help_text="His personal manager: the operator's number; null: nobody. Lines may ask him first",
    )


class UpsertInput(CustomerInput):
    bank_id = StrictCharField(max_length=80, help_text="The bank's own number of the customer")


class UpsertOutput(Output):
    """The customer's number here."""

    id = serializers.IntegerField()
    bank_id = serializers.CharField()


class CustomerEventInput(Input):
    code = serializers.RegexField(r"^[a-z][a-z0-9_]{0,59}\Z", help_text="Such as contract_signed")
    at = serializers.DateTimeField(required=False, help_text="When it happened; nothing: now")


class CustomerEventOutput(Output):
    customer = serializers.IntegerField()
    code = serializers.CharField()
    at = serializers.DateTimeField()


class IdentityOutput(Output):
    """A customer's address in one channel; the address itself is personal."""

    id = serializers.IntegerField()
    customer = serializers.IntegerField(source="customer_id")
    channel = serializers.IntegerField(source="channel_id")
    channel_kind = serializers.CharField(source="channel.kind")
    external_id = PersonalText()
    name = serializers.CharField()
    verification = serializers.ChoiceField(choices=Verification.choices)
    created_at = serializers.DateTimeField()


# --- deliveries and ratings ---------------------------------------------------------------------------


class DeliveryOutput(Output):
    """The carrying of a message to a messenger or a mailbox."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    message = serializers.IntegerField(source="message_id")
    identity = serializers.IntegerField(source="identity_id")
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    error = serializers.CharField()
    attempts_made = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class AttemptOutput(Output):
    outcome = serializers.ChoiceField(choices=DeliveryAttempt.Outcome.choices)
    error = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class DeliveryDetailOutput(DeliveryOutput):
    """A delivery with each of its tries."""

    attempts = AttemptOutput(many=True)


class RatingOutput(Output):
    """A customer's mark of a closed conversation."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    operator = serializers.IntegerField(source="operator_id", allow_null=True)
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField()
    at = serializers.DateTimeField()
