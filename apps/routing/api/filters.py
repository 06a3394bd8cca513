"""Filters of assignments and leads."""

from __future__ import annotations

import django_filters

from apps.core.api.filters import IdFilter, MomentFilter, StrictFilterSet
from apps.routing.models import LeadState


class AssignmentFilter(StrictFilterSet):
    conversation = IdFilter(field_name="conversation_id", help_text="Only of this conversation")
    operator = IdFilter(field_name="operator_id", help_text="Only of this operator")
    queue = IdFilter(field_name="queue_id", help_text="Only in this line")
    is_open = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", help_text="true: holds now; false: has ended"
    )
    started_from = MomentFilter(field_name="started_at", lookup_expr="gte", help_text="Begun then or later")
    started_to = MomentFilter(field_name="started_at", lookup_expr="lt", help_text="Begun before")


class LeadFilter(StrictFilterSet):
    queue = IdFilter(field_name="queue_id", help_text="Only of this line")
    owner = IdFilter(field_name="owner_id", help_text="Only of this owner")
    customer = IdFilter(field_name="customer_id", help_text="Only of this customer")
    state = django_filters.ChoiceFilter(choices=LeadState.choices, help_text="Only in this state")
    changed_from = MomentFilter(field_name="changed_at", lookup_expr="gte", help_text="Changed then or later")
    changed_to = MomentFilter(field_name="changed_at", lookup_expr="lt", help_text="Changed before")
