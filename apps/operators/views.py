"""The workspace's page, the one-time ticket for its socket, and the few things it keeps for its user."""

from __future__ import annotations

from typing import Any

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from apps.core import clock
from apps.operators import selectors
from apps.operators.services import tickets


@require_GET
@login_required
@ensure_csrf_cookie
def workspace(request: HttpRequest) -> HttpResponse:
    """The operator's window. Everything in it arrives over the socket."""
    language = translation.get_language()
    context = {
        "language": language,
        "texts": f"workspace/texts.{language}.js",
        "wait": _("Opening the workspace…"),
        "config": _config(request, language),
    }
    response = render(request, "workspace/index.html", context)
    response._csp_replace = _policy(request)  # type: ignore[attr-defined]  # read by django-csp
    return response


def _config(request: HttpRequest, language: str) -> dict[str, Any]:
    """What the page cannot know by itself; addresses are the server's to choose."""
    user = request.user
    assert user.is_authenticated  # login_required
    return {
        "user": {"id": user.pk, "name": str(user), "staff": user.is_staff},
        "language": language,
        "zone": user.time_zone,
        "brand": msgspec.to_builtins(selectors.brand(language)),
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "upload_bytes": settings.UPLOAD_MAX_BYTES,
        "urls": {
            "socket": "/ws/operator/",
            "ticket": reverse("workspace:ticket"),
            "language": reverse("workspace:language"),
            "files": f"{reverse('workspace:index')}files/",
            "back": reverse("workspace:back"),
            "sign_in": reverse("account_login"),
            "sign_out": reverse("account_logout"),
            "password": reverse("account_change_password"),
            "sessions": reverse("account_sessions"),
            "admin": reverse("admin:index") if user.is_staff else None,
        },
    }


def _policy(request: HttpRequest) -> dict[str, list[str]]:
    """What differs from the policy of all pages: the socket, and no markup from text."""
    scheme = "wss" if request.is_secure() else "ws"
    return {
        "connect-src": ["'self'", f"{scheme}://{request.get_host()}"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }


@require_POST
def ticket(request: HttpRequest) -> HttpResponse:
    """A key for one socket of this session, good for a minute; 401 when the session has ended.

    ``user`` tells a page that was opened by somebody else to reload.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"code": "signed_out", "text": _("Sign in again.")}, status=401)
    assert request.session.session_key  # a signed-in session is stored
    key = tickets.issue(request.user.pk, request.session.session_key, now=clock.now())
    return JsonResponse({"ticket": key, "user": request.user.pk})


@require_POST
@login_required
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language with this user from now on."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return JsonResponse({"code": "invalid", "text": _("There is no such language.")}, status=400)
    assert request.user.is_authenticated  # login_required
    request.user.language = chosen
    request.user.save(update_fields=["language"])
    return JsonResponse({"language": chosen})


@require_GET
@login_required
def back(request: HttpRequest) -> HttpResponse:
    """Where a sign-in in a second window ends: the workspace that waits in the first one goes on."""
    return render(request, "workspace/back.html")
