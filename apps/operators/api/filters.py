"""Filters of the organisation's lists."""

from __future__ import annotations

import django_filters
from django.conf import settings

from apps.core.api.filters import IdFilter, StrictFilterSet, WordsFilter
from apps.operators.models import Presence


class QueueFilter(StrictFilterSet):
    is_active = django_filters.BooleanFilter(help_text="Only lines that take new conversations")


class OperatorFilter(StrictFilterSet):
    queue = IdFilter(field_name="memberships__queue", help_text="Only members of this line")
    presence = django_filters.ChoiceFilter(
        field_name="presence__state", choices=Presence.State.choices, help_text="Only those in this state"
    )
    is_active = django_filters.BooleanFilter(help_text="Only those who work here")


class TemplateFilter(StrictFilterSet):
    queue = IdFilter(field_name="queue_id", help_text="Only templates of this line")
    language = django_filters.ChoiceFilter(choices=settings.LANGUAGES, help_text="Only in this language")
    shortcut = WordsFilter(help_text="Only with exactly this shortcut")


class TagFilter(StrictFilterSet):
    is_active = django_filters.BooleanFilter(help_text="Only tags that are offered")


class BreakReasonFilter(StrictFilterSet):
    is_active = django_filters.BooleanFilter(help_text="Only reasons that are offered")
