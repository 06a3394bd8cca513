"""The schema and its page, self-hosted, under the same strict policy as every other page."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView
from rest_framework.response import Response

from apps.core.addresses import client_address, networks
from apps.core.api.problems import method_not_allowed, problem_response, rendered

READS = ["get", "head"]


def only_listed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For clients in ``API_DOCS_ADDRESSES``; for everybody else the address does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        address = ipaddress.ip_address(client_address(request))
        if not any(address in network for network in networks(tuple(settings.API_DOCS_ADDRESSES))):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@method_decorator(only_listed, name="dispatch")
class SchemaView(SpectacularAPIView):
    """OpenAPI in YAML, or JSON with ?format=json."""

    authentication_classes = ()
    throttle_classes = ()
    http_method_names = READS

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # DRF takes any answer
        """A refusal is a problem document, not the YAML of a schema."""
        answer: Response = super().handle_exception(exc)
        return rendered(answer)


@method_decorator([csrf_exempt, only_listed], name="dispatch")
class DocsView(View):
    """Swagger UI over the schema; a token typed into it stays in the page. Only read: nothing here is to forge."""

    http_method_names = READS

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "core/api_docs.html")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return method_not_allowed(request, [name.upper() for name in READS])


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """Whatever under /api/v1/ is nobody's address answers as everything else that is not there."""
    return problem_response(404, "not_found", _("There is no such thing."))
