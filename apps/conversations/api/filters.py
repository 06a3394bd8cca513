"""Filters of lists. Names of fields and operators never come from outside."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from apps.conversations.models import Customer, Delivery, Identity, State, Verification
from apps.conversations.querysets import ConversationQuerySet
from apps.core.api.filters import IdFilter, MomentFilter, StrictFilterSet, WordsFilter

PERSONAL = {"bank_id": "bank_id", "phone": "phone", "email": "email__iexact"}
# An annotation of ``with_personal``: rows whose personal part the account sees.
SHOWN = {"shows_personal": True}


class ConversationFilter(StrictFilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices, help_text="Only in this state")
    is_open = django_filters.BooleanFilter(method="by_open", help_text="true: not closed; false: closed")
    queue = IdFilter(field_name="line_id", help_text="Only of this line")
    channel = IdFilter(field_name="channel_id", help_text="Only of this channel")
    customer = IdFilter(field_name="customer_id", help_text="Only of this customer")
    holder = IdFilter(field_name="holder_id", help_text="Only held by this operator")
    tag = IdFilter(field_name="tagging__tag_id", help_text="Only with this tag")
    opened_from = MomentFilter(field_name="opened_at", lookup_expr="gte", help_text="Opened then or later")
    opened_to = MomentFilter(field_name="opened_at", lookup_expr="lt", help_text="Opened before")
    closed_from = MomentFilter(field_name="closed_at", lookup_expr="gte", help_text="Closed then or later")
    closed_to = MomentFilter(field_name="closed_at", lookup_expr="lt", help_text="Closed before")

    def by_open(self, found: ConversationQuerySet, name: str, value: bool) -> ConversationQuerySet:
        return found.open() if value else found.closed()


class CustomerFilter(StrictFilterSet):
    """Personal values find only customers whose personal data the account sees."""

    search = WordsFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name")
    bank_id = WordsFilter(method="by_personal", help_text="Exactly the bank's number")
    phone = WordsFilter(method="by_personal", help_text="Exactly this phone")
    email = WordsFilter(method="by_personal", help_text="Exactly this address")

    def by_personal(self, found: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return found.filter(**{PERSONAL[name]: value}, **SHOWN)


class IdentityFilter(StrictFilterSet):
    customer = IdFilter(field_name="customer_id", help_text="Only of this customer")
    channel = IdFilter(field_name="channel_id", help_text="Only in this channel")
    verification = django_filters.ChoiceFilter(choices=Verification.choices, help_text="Only this level")
    external_id = django_filters.CharFilter(
        max_length=200, method="by_address", help_text="Exactly this address in its channel"
    )

    def by_address(self, found: QuerySet[Identity], name: str, value: str) -> QuerySet[Identity]:
        return found.filter(external_id=value, **SHOWN)


class DeliveryFilter(StrictFilterSet):
    conversation = IdFilter(field_name="conversation_id", help_text="Only of this conversation")
    message = IdFilter(field_name="message_id", help_text="Only of this message")
    state = django_filters.ChoiceFilter(choices=Delivery.State.choices, help_text="Only in this state")


class RatingFilter(StrictFilterSet):
    conversation = IdFilter(field_name="conversation_id", help_text="Only of this conversation")
    queue = IdFilter(field_name="conversation__line_id", help_text="Only of conversations of this line")
    operator = IdFilter(field_name="operator_id", help_text="Only of this operator's conversations")
    score = django_filters.ChoiceFilter(
        choices=[(mark, str(mark)) for mark in range(1, 6)], help_text="Only this mark"
    )
    given_from = MomentFilter(field_name="at", lookup_expr="gte", help_text="Given then or later")
    given_to = MomentFilter(field_name="at", lookup_expr="lt", help_text="Given before")
