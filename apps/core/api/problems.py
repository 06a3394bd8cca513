"""Refusals as problem documents (RFC 9457): one shape, a stable code, words in the asker's language."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from apps.core.errors import DomainError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# Codes of the framework that we call otherwise.
CODES = {
    "authentication_failed": "token_refused",
    "not_authenticated": "token_missing",
    "permission_denied": "forbidden",
    "parse_error": "malformed",
    "throttled": "too_many_requests",
}
TITLES = {
    400: _("The request is not valid"),
    401: _("A valid token is needed"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("The method is not allowed here"),
    406: _("This form of answer is not offered"),
    408: _("The request did not come in time"),
    409: _("The state does not allow it"),
    413: _("The request is too large"),
    415: _("This form of request is not understood"),
    416: _("There is no such part"),
    422: _("The idempotency key was used for another request"),
    429: _("Too many requests"),
    503: _("Not available now"),
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document. ``type`` is an identifier, not an address to fetch."""
    body: dict[str, Any] = {
        "type": f"urn:otklik:problem:{code}",
        "title": str(TITLES.get(status, HTTPStatus(status).phrase)),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=status, headers=dict(headers or {}), content_type=CONTENT_TYPE)


def problem_response(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A problem document for where no view of REST answers, already in bytes."""
    return rendered(problem(status, code, detail, headers=headers))


def rendered(answer: Response) -> HttpResponse:
    """An answer of REST in bytes, whatever form the view would have chosen for it."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    content = JSONRenderer().render(answer.data)
    return HttpResponse(content, status=answer.status_code, content_type=CONTENT_TYPE, headers=headers)


def method_not_allowed(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """405 in the framework's words, for addresses that are no view of REST."""
    refused = exceptions.MethodNotAllowed(str(request.method))
    headers = {"Allow": ", ".join(allowed)}
    return problem_response(refused.status_code, refused.default_code, str(refused.detail), headers=headers)


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an expected failure; None lets a surprise be logged and answered with 500."""
    if isinstance(error, DomainError):
        return problem(error.status, error.code, str(error.text))
    if isinstance(error, Http404):
        return problem(404, "not_found", str(_("There is no such thing.")))
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", str(TITLES[403]))
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", str(TITLES[413]))
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("REST answers 503: %s", error, exc_info=error)
        return problem(503, "unavailable", str(_("Try again in a moment.")), headers={"Retry-After": "5"})
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid", str(_("Some fields are not valid.")), errors=by_field(error.detail))
    return _from_framework(error) if isinstance(error, exceptions.APIException) else None


def _from_framework(error: exceptions.APIException) -> Response:
    code = str(error.get_codes()) if isinstance(error.detail, str) else error.default_code
    headers = {}
    if scheme := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    if seconds := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(seconds))
    return problem(error.status_code, CODES.get(code, code), str(error.detail), headers=headers)


def by_field(detail: Any, path: str = "") -> dict[str, list[dict[str, str]]]:
    """What is wrong with each field, by its path ("files.0"): lists of {code, detail}."""
    found: dict[str, list[dict[str, str]]] = {}
    members = detail.items() if isinstance(detail, Mapping) else enumerate(detail)
    for name, each in members:
        if isinstance(each, str):
            code = getattr(each, "code", "invalid")
            found.setdefault(path, []).append({"code": str(code), "detail": str(each)})
        else:
            found.update(by_field(each, f"{path}.{name}" if path else str(name)))
    return found
