"""Pages of the demo bank. Its sign-in asks for no password: it only shows how a bank names its customer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.core import clock
from config.demo.people import PEOPLE, Person, demo_channel, signed_token

SESSION_KEY = "demo_person"


def _person(request: HttpRequest) -> Person | None:
    return PEOPLE.get(request.session.get(SESSION_KEY, ""))


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The bank's front page with the widget embedded as any bank would embed it."""
    context: dict[str, Any] = {
        "channel": demo_channel(),
        "person": _person(request),
        "people": PEOPLE.values(),
    }
    return render(request, "site/home.html", context)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Be one of the made-up customers."""
    if request.POST.get("person") in PEOPLE:
        request.session[SESSION_KEY] = request.POST["person"]
    return redirect("site")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Be nobody again; the page then tells the widget so."""
    request.session.pop(SESSION_KEY, None)
    return redirect("site")


@require_GET
@never_cache
def token(request: HttpRequest) -> HttpResponse:
    """A fresh signed token for the customer who is signed in."""
    person, channel = _person(request), demo_channel()
    signed = signed_token(channel, person, now=clock.now()) if person and channel else None
    return JsonResponse({"jwt": signed}) if signed else HttpResponseNotFound()
