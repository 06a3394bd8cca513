"""The workspace's page, and the one-time ticket for its socket."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.core import clock
from apps.operators.services import tickets


@require_GET
@login_required
def workspace(request: HttpRequest) -> HttpResponse:
    return render(request, "workspace/index.html")


@require_POST
@login_required
def ticket(request: HttpRequest) -> HttpResponse:
    """A key for one socket of this session, good for a minute."""
    issued = tickets.issue(request.user.pk or 0, request.session.session_key or "", now=clock.now())
    return JsonResponse({"ticket": issued})
