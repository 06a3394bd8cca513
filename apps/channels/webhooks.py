"""The door for providers: a request is stored and answered, nothing is understood here."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.channels.adapters.base import NotAuthentic
from apps.channels.services import updates
from apps.core import clock


# A provider has no cookie of ours; it proves itself to the adapter.
@csrf_exempt
@require_POST
def receive_webhook(request: HttpRequest, public_key: str) -> HttpResponse:
    """Store what a provider sent. 200 after the commit; 403, 404 and 413 say nothing more."""
    channel = updates.find_webhook_channel(public_key)
    if channel is None:
        return HttpResponse(status=404)
    # Read as a stream: Django's own limit on forms does not apply, ours does.
    body = request.read(settings.WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.WEBHOOK_MAX_BYTES:
        return HttpResponse(status=413)
    try:
        updates.accept_updates(channel, headers=dict(request.headers), body=body, now=clock.now())
    except NotAuthentic:
        return HttpResponse(status=403)
    return HttpResponse("ok", content_type="text/plain")
