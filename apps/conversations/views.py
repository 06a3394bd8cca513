"""Doors for files: up with the sender's authority, down with the reader's, asked at that moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from apps.channels.models import Channel, Visitor
from apps.channels.services import visitors
from apps.conversations import selectors
from apps.conversations.access import sight_of
from apps.conversations.models import Identity
from apps.conversations.services import files as access
from apps.core import clock
from apps.core.addresses import client_address
from apps.core.errors import DomainError, Forbidden, Invalid, NotFound, TooMany
from apps.core.files import check_link, receive, serve, sign_link
from apps.core.limits import allow
from apps.core.models import StoredFile

UPLOADS_PER_MINUTE = 30
UPLOADS_PER_ADDRESS = 300  # many customers share an address

View = Callable[..., HttpResponseBase]


def problems(view: View) -> View:
    """Answer expected refusals with their status, a stable code and a text for the reader."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            return JsonResponse({"code": error.code, "text": str(error.text)}, status=error.status)

    return guarded


# --- the customer: known by the bearer token, so no cookie could be borrowed and no CSRF token is needed ------


@csrf_exempt
@require_POST
@problems
def customer_upload(request: HttpRequest, public_key: str) -> HttpResponseBase:
    channel, visitor = _visitor(request, public_key)
    if not channel.accepts_files:
        raise Forbidden(_("This chat takes no files."), code="no_files")
    with translation.override(visitor.language):
        return _uploaded(request, f"visitor:{visitor.pk}")


@require_GET
@problems
def customer_file(request: HttpRequest, public_key: str, file_id: UUID) -> HttpResponseBase:
    _channel, visitor = _visitor(request, public_key)
    return _served(request, _customers_file(visitor, file_id))


@csrf_exempt
@require_POST
@problems
def customer_link(request: HttpRequest, public_key: str, file_id: UUID) -> HttpResponseBase:
    """An address for viewers that send no headers: five minutes, this visitor, still asked at the download."""
    _channel, visitor = _visitor(request, public_key)
    _customers_file(visitor, file_id)
    token = sign_link(file_id, f"visitor:{visitor.pk}", clock.now())
    return JsonResponse({"url": reverse("linked_file", args=[visitor.pk, token])})


@require_GET
@problems
def linked_file(request: HttpRequest, visitor_id: int, token: str) -> HttpResponseBase:
    now = clock.now()
    file_id = check_link(token, f"visitor:{visitor_id}", now)
    visitor = Visitor.objects.filter(pk=visitor_id, expires_at__gt=now).first()
    if visitor is None:
        raise NotFound(_("There is no such file."))
    return _served(request, _customers_file(visitor, file_id))


@require_GET
@problems
@cache_control(public=True, max_age=3600)
def public_picture(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """The bank's logo and operators' pictures, for anybody."""
    response = serve(access.public_picture(file_id), thumbnail="full" not in request.GET)
    del response["Cache-Control"]
    return response


def _visitor(request: HttpRequest, public_key: str) -> tuple[Channel, Visitor]:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise visitors.TokenRefused(_("The chat session has ended. Open the chat again."))
    channel = visitors.find_channel(public_key)
    return channel, visitors.find_visitor(channel, token, now=clock.now())


def _customers_file(visitor: Visitor, file_id: UUID) -> StoredFile:
    identity = Identity.objects.filter(channel=visitor.channel_id, external_id=visitor.external_id).first()
    return access.for_customer(identity, f"visitor:{visitor.pk}", file_id)


# --- staff: known by the session ------------------------------------------------------------------------------


@require_POST
@login_required
@problems
def staff_upload(request: HttpRequest) -> HttpResponseBase:
    return _uploaded(request, f"user:{request.user.pk}")


@require_GET
@login_required
@problems
def staff_file(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    assert request.user.is_authenticated  # login_required
    return _served(request, access.for_staff(sight_of(request.user), file_id))


# --- both -----------------------------------------------------------------------------------------------------


def _uploaded(request: HttpRequest, uploader: str) -> HttpResponseBase:
    per_address = f"upload:{client_address(request)}"
    if not (
        allow(f"upload:{uploader}", UPLOADS_PER_MINUTE, 60) and allow(per_address, UPLOADS_PER_ADDRESS, 60)
    ):
        raise TooMany(_("Too many files at once. Wait a minute."))
    upload = request.FILES.get("file")
    if upload is None:
        raise Invalid(_("Attach a file."), code="file_missing")
    stored = receive(
        upload,
        uploaded_by=uploader,
        allowed_kinds=StoredFile.Kind.values,
        max_bytes=settings.UPLOAD_MAX_BYTES,
        now=clock.now(),
    )
    view = selectors.file_view(stored)
    return JsonResponse({name: getattr(view, name) for name in view.__struct_fields__}, status=201)


def _served(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    return serve(
        stored,
        thumbnail="thumb" in request.GET,
        as_download="download" in request.GET,
        range_header=request.headers.get("Range", ""),
    )
