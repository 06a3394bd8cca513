"""Filters of assignments."""

from __future__ import annotations

import django_filters

from apps.core.api.filters import IdFilter, MomentFilter, StrictFilterSet


class AssignmentFilter(StrictFilterSet):
    conversation = IdFilter(field_name="conversation_id", help_text="Only of this conversation")
    operator = IdFilter(field_name="operator_id", help_text="Only of this operator")
    queue = IdFilter(field_name="queue_id", help_text="Only in this line")
    is_open = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", help_text="true: holds now; false: has ended"
    )
    started_from = MomentFilter(field_name="started_at", lookup_expr="gte", help_text="Begun then or later")
    started_to = MomentFilter(field_name="started_at", lookup_expr="lt", help_text="Begun before")
