"""Rules of a staff session: how long it may live, how long it may idle in the admin, what caches may keep."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone, translation

from apps.core import clock, staff_sessions
from apps.core.api.problems import TITLES, problem_response

STARTED = "started_at"
ADMIN_SEEN = "admin_seen_at"


class NoNulMiddleware:
    """Refuses a NUL in an address or its query: no table takes it. REST answers queries in its own form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = "" if request.path.startswith("/api/") else unquote(request.META.get("QUERY_STRING", ""))
        if "\0" in request.path or "\0" in query:
            return self._refused(request)
        return self.get_response(request)

    def _refused(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return HttpResponseBadRequest()
        # Nobody has asked for the language yet.
        with translation.override(translation.get_language_from_request(request)):
            return problem_response(400, "invalid", str(TITLES[400]))


class StaffSessionMiddleware:
    """Ends sessions that are too old or idled too long in the admin, notes living ones, speaks the user's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if self._is_over(request):
            logout(request)
            return self.get_response(request)
        staff_sessions.seen(request)
        translation.activate(request.user.language)
        timezone.activate(request.user.time_zone)
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        # One person's page must not reach another through a shared cache.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def _is_over(self, request: HttpRequest) -> bool:
        moment = clock.now().timestamp()
        started = request.session.setdefault(STARTED, moment)
        if moment - started > settings.SESSION_ABSOLUTE_SECONDS:
            return True
        if not request.path.startswith("/admin/"):
            return False
        idle = moment - request.session.get(ADMIN_SEEN, moment)
        if idle > settings.ADMIN_IDLE_SECONDS:
            return True
        # Written at most once a minute, so that a page does not cost a write of the session.
        if moment - request.session.get(ADMIN_SEEN, 0) > 60:
            request.session[ADMIN_SEEN] = moment
        return False
