"""Bases of input and output: named field by field, nothing else gets in or out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.numbers import BIG


class Input(serializers.Serializer):
    """An input in which every field is declared: an unknown or read-only name is refused, not dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in writable]
            if unknown:
                refusal = serializers.ErrorDetail(str(_("There is no such field.")), code="unknown_field")
                raise serializers.ValidationError({str(name): [refusal] for name in unknown})
        return super().to_internal_value(data)


class Output(serializers.Serializer):
    """An answer, read from rows or views; never used for input."""


class IdField(serializers.IntegerField):
    """The number of a row. ``strict``: JSON's true and "7" are not numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": BIG, **options})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """A JSON string: numbers are not turned into text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """JSON's true and false only."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


_FIELD_ERROR = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
}


@extend_schema_field({"type": "object", "additionalProperties": {"type": "array", "items": _FIELD_ERROR}})
class ErrorsField(serializers.JSONField):
    """What is wrong, by field."""


@extend_schema_serializer(component_name="Problem")
class ProblemSerializer(Output):
    """A refusal (RFC 9457). Programs look at ``code``, people at ``detail``."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ErrorsField(required=False)  # type: ignore[assignment]  # a field here, not the base's property
