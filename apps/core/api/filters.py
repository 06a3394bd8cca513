"""Filters of lists: numbers, moments and enumerations only; what a filter means is a queryset's business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.core.moments import EARLIEST, LATEST
from apps.core.numbers import BIG


class IdFilter(django_filters.Filter):
    """The number of a row."""

    field_class = forms.IntegerField

    def __init__(self, *names: Any, **options: Any) -> None:
        super().__init__(*names, **{"min_value": 1, "max_value": BIG, **options})


class WordsFilter(django_filters.CharFilter):
    """A text of at most 80 characters, without the characters that no stored text has."""

    def __init__(self, *names: Any, **options: Any) -> None:
        super().__init__(*names, **{"max_length": 80, **options})


class MomentField(IsoDateTimeField):
    """A moment brought to UTC: the database takes no odd offsets and no years of the Romans."""

    def clean(self, value: Any) -> datetime | None:
        found: datetime | None = super().clean(value)
        if found is None:
            return None
        try:
            found = found.astimezone(UTC)
        except OverflowError:
            found = EARLIEST - timedelta(days=1)
        if not EARLIEST <= found <= LATEST:
            raise forms.ValidationError(_("A moment between the years 2000 and 2100."))
        return found


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A moment as 2026-11-20T09:00:00Z."""

    field_class = MomentField


class StrictFilterSet(django_filters.FilterSet):
    """A set of declared filters."""


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """A misspelt filter must not silently show everything: raises ValidationError."""
    unknown = [name for name in request.query_params if name not in known]
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    errors = {name: [_("There is no such parameter.")] for name in unknown}
    errors |= {name: [_("Given more than once.")] for name in repeated if name not in errors}
    if errors:
        raise ValidationError(errors, code="unknown_parameter")
