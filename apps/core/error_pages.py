"""What Django answers itself: a page for people, a problem document under /api/.

The page of a broken request (500.html) is rendered without a request: it asks neither the database nor a session.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from apps.core.api.problems import TITLES, problem_response

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: what Django itself finds suspicious. The page asks nothing of such a request."""
    page = partial(defaults.bad_request, request, exception)
    return _answer(request, 400, "invalid", str(TITLES[400]), page)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    page = partial(defaults.permission_denied, request, exception)
    return _answer(request, 403, "forbidden", str(TITLES[403]), page)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    page = partial(defaults.page_not_found, request, exception)
    return _answer(request, 404, "not_found", _("There is no such thing."), page)


def broken(request: HttpRequest) -> HttpResponse:
    """handler500: nobody expected this, so as little as possible is asked of anything.

    A database that is away, or has no connection left, is told from a fault: 503, to be asked again.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _unavailable(request)
    words = _("Something went wrong on our side. Try again in a moment.")
    return _answer(request, 500, "broken", words, partial(defaults.server_error, request))


def _unavailable(request: HttpRequest) -> HttpResponse:
    page = partial(_page, "503.html", 503)
    answer = _answer(request, 503, "unavailable", _("Try again in a moment."), page)
    answer["Retry-After"] = "5"
    return answer


def _page(template: str, status: int) -> HttpResponse:
    # Without the request, as Django does for 500.html: its context would ask the database.
    return HttpResponse(loader.render_to_string(template), status=status)


def _answer(
    request: HttpRequest, status: int, code: str, words: str, page: Callable[[], Any]
) -> HttpResponse:
    if not request.path.startswith(API):
        found: HttpResponse = page()
        return found
    return problem_response(status, code, words)
