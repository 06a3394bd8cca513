"""Customers and their addresses."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.api import examples, filters
from apps.conversations.api import serializers as s
from apps.conversations.models import Customer, Identity
from apps.conversations.services import integration
from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.core.api.views import ListView

READ, WRITE = "customers:read", "customers:write"


class CustomerList(SightedView, ListView):
    scopes = {"GET": READ, "POST": WRITE}
    queryset = Customer.objects.none()
    serializer_class = s.CustomerOutput
    filterset_class = filters.CustomerFilter

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.known_to(self.sight).with_personal(self.sight)

    @operation(
        "list_customers",
        tag="Customers",
        summary="List or find customers",
        answer=s.CustomerOutput(many=True),
        received=examples.CUSTOMER,
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    @operation(
        "upsert_customer",
        tag="Customers",
        summary="Create or update a customer by the bank's number",
        description="Needs an account that sees personal data in all lines. Attributes are merged key by key.",
        request=s.UpsertInput,
        answer=s.UpsertOutput,
        sent=examples.UPSERT,
        received=examples.UPSERTED,
    )
    def post(self, request: Request) -> Response:
        asked = dict(self.valid(s.UpsertInput))
        bank_id = asked.pop("bank_id")
        customer, _created = integration.upsert_customer(
            self.sight, bank_id=bank_id, values=asked, actor=self.actor, now=clock.now()
        )
        return Response(s.UpsertOutput({"id": customer.pk, "bank_id": bank_id}).data)


class CustomerDetail(SightedView):
    scopes = {"GET": READ, "PATCH": WRITE}

    @operation(
        "get_customer",
        tag="Customers",
        summary="A customer",
        answer=s.CustomerOutput,
        received=examples.CUSTOMER,
    )
    def get(self, request: Request, customer_id: int) -> Response:
        return Response(s.CustomerOutput(integration.known_customer(self.sight, customer_id)).data)

    @operation(
        "change_customer",
        tag="Customers",
        summary="Change what is known of a customer",
        description="Fields that are not named stay; attributes are merged key by key, null forgets one.",
        request=s.CustomerInput,
        answer=s.CustomerOutput,
        sent=examples.CUSTOMER_CHANGE,
        received=examples.CUSTOMER,
    )
    def patch(self, request: Request, customer_id: int) -> Response:
        asked = self.valid(s.CustomerInput)
        changed = integration.describe(
            self.sight, customer_id, values=asked, actor=self.actor, now=clock.now()
        )
        return Response(s.CustomerOutput(changed).data)


class CustomerEvents(SightedView):
    scopes = {"POST": WRITE}

    @operation(
        "report_customer_event",
        tag="Customers",
        summary="Report what a customer did",
        description="Becomes an event of kind customer.acted in the log: a code, never words.",
        request=s.CustomerEventInput,
        answer=s.CustomerEventOutput,
        status=201,
        sent=examples.CUSTOMER_EVENT,
        received=examples.CUSTOMER_EVENT_STORED,
    )
    def post(self, request: Request, customer_id: int) -> Response:
        asked, now = self.valid(s.CustomerEventInput), clock.now()
        at = asked.get("at", now)
        integration.report(
            self.sight, customer_id, code=asked["code"], happened_at=at, actor=self.actor, now=now
        )
        stored = {"customer": customer_id, "code": asked["code"], "at": at}
        return Response(s.CustomerEventOutput(stored).data, status=201)


class IdentityList(SightedView, ListView):
    scopes = {"GET": READ}
    queryset = Identity.objects.none()
    serializer_class = s.IdentityOutput
    filterset_class = filters.IdentityFilter

    def get_queryset(self) -> QuerySet[Identity]:
        return _identities(self)

    @operation(
        "list_identities",
        tag="Customers",
        summary="List customers' addresses in channels",
        answer=s.IdentityOutput(many=True),
        received=examples.IDENTITY,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class IdentityDetail(SightedView):
    scopes = {"GET": READ}

    @operation(
        "get_identity",
        tag="Customers",
        summary="A customer's address",
        answer=s.IdentityOutput,
        received=examples.IDENTITY,
    )
    def get(self, request: Request, identity_id: int) -> Response:
        return Response(s.IdentityOutput(get_object_or_404(_identities(self), pk=identity_id)).data)


def _identities(view: SightedView) -> QuerySet[Identity]:
    """Addresses of customers the account knows, each with whether its personal part may be shown."""
    customers = Customer.objects.known_to(view.sight)
    personal = Customer.objects.with_personal(view.sight).filter(pk=OuterRef("customer"))
    shown = Exists(personal.filter(**filters.SHOWN))
    found = Identity.objects.filter(customer__in=customers.values("pk"))
    return found.select_related("channel").annotate(shows_personal=shown)
