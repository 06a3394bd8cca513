"""The base of every view of REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actors import Actor, ActorKind
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.idempotency import once
from apps.core.api.pages import KeysetPagination
from apps.core.models import ApiToken, User

WRITES = ("post", "put", "patch", "delete")


def _once(handler: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(handler)
    def guarded(view: ApiView, request: Request, *args: Any, **kwargs: Any) -> Response:
        return once(request, lambda: handler(view, request, *args, **kwargs))

    return guarded


class AlwaysJson(BaseContentNegotiation):
    """There is one form of answer: no Accept header is refused for wanting another."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, only.media_type or ""


class ApiView(GenericAPIView):
    """One address. ``scopes`` names the scope of each method; every write is done once per idempotency key.

    Writes are wrapped here and not by a decorator, so that a new view cannot forget it.
    """

    scopes: ClassVar[Mapping[str, str]] = {}
    http_method_names = ["get", "head", *WRITES]
    pagination_class: type[KeysetPagination] | None = KeysetPagination
    content_negotiation_class = AlwaysJson
    # Names of query parameters beside those of filters and pages.
    query_parameters: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for method in WRITES:
            if method in cls.__dict__:
                setattr(cls, method, _once(cls.__dict__[method]))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = {*self.query_parameters, *getattr(self, "filterset_class", _NoFilters).base_filters}
        if isinstance(self, ListView):
            known |= set(KeysetPagination.query_parameters)
        refuse_unknown_parameters(request, known)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        # One integration's answer must not reach another through a shared cache.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    @property
    def account(self) -> User:
        """The service account that asks."""
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def actor(self) -> Actor:
        """Who is written down as the author of a change."""
        assert isinstance(self.request.auth, ApiToken)
        return Actor(ActorKind.INTEGRATION, self.request.auth.pk)

    def valid(self, serializer: type[Any]) -> dict[str, Any]:
        """The checked input; raises ValidationError."""
        found = serializer(data=self.request.data)
        found.is_valid(raise_exception=True)
        checked: dict[str, Any] = found.validated_data
        return checked


class ListView(ApiView):
    """A list with filters and keyset pages; subclasses give ``get_queryset`` and the serializer of a row."""

    def listed(self) -> Response:
        """The page that was asked for."""
        found = self.page(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    def page(self, found: QuerySet[Any]) -> list[Any]:
        """The rows of the page that was asked for."""
        return list(self.paginate_queryset(found) or ())


class _NoFilters:
    base_filters: ClassVar[dict[str, Any]] = {}
