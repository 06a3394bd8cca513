"""The widget as browsers load it: the loader for the bank's pages and the frame with the chat."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from apps.channels.models import Channel
from apps.channels.services.visitors import ChannelClosed, find_channel
from apps.core import modules
from apps.core.models import Brand

MOVING_SECONDS = 600
RELEASE_SECONDS = 365 * 24 * 60 * 60
RELEASE_NAME = re.compile(r"\d+\.\d+\.\d+")
# What may stand in frame-ancestors: anything else in the channel's list admits nobody.
SITE = re.compile(r"https?://[a-z0-9.-]+(:\d+)?", re.IGNORECASE)


# --- the loader -----------------------------------------------------------------------------------------


def _loader_etag(request: HttpRequest) -> str:
    return f'"{_loader("widget/widget.js")[0]}"'


@require_safe
@condition(etag_func=_loader_etag)
def loader(request: HttpRequest) -> HttpResponse:
    """The moving loader: what the embed code names. Kept for minutes, so an update reaches every page soon."""
    return _script(request, "widget/widget.js", f"public, max-age={MOVING_SECONDS}")


@require_safe
def loader_release(request: HttpRequest, version: str) -> HttpResponse:
    """A released loader that never changes, for banks that pin it by its hash (docs/widget.md)."""
    if not RELEASE_NAME.fullmatch(version):
        raise Http404
    return _script(request, f"widget/releases/{version}.js", f"public, max-age={RELEASE_SECONDS}, immutable")


def _script(request: HttpRequest, name: str, caching: str) -> HttpResponse:
    try:
        digest, plain, packed = _loader(name)
    except LookupError as error:
        raise Http404 from error
    wants_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if wants_packed else plain, content_type="text/javascript; charset=utf-8")
    if wants_packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = f'"{digest}"'
    response["Cache-Control"] = caching
    # Any site may load it, and check its hash.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@lru_cache(maxsize=16)
def _loader(name: str) -> tuple[str, bytes, bytes]:
    """Digest, text and gzip of a loader; LookupError if there is none."""
    plain = modules.source(name).encode()
    return hashlib.sha256(plain).hexdigest()[:20], plain, gzip.compress(plain, mtime=0)


# --- the frame ------------------------------------------------------------------------------------------


@require_safe
@never_cache
@xframe_options_exempt
def frame(request: HttpRequest, public_key: str) -> HttpResponse:
    """The chat itself, in a frame of our origin that only the channel's sites may show."""
    try:
        channel = find_channel(public_key)
    except ChannelClosed as error:
        raise Http404 from error
    language = _language(request)
    with translation.override(language):
        response = render(request, "widget/frame.html", _frame_context(request, channel, language))
    response["Referrer-Policy"] = "no-referrer"
    response._csp_replace = _frame_policy(request, channel)  # type: ignore[attr-defined]  # read by django-csp
    return response


def _frame_context(request: HttpRequest, channel: Channel, language: str) -> dict[str, Any]:
    brand = Brand.objects.first() or Brand()
    name = channel.text("title", language) or brand.called(language)
    theme = request.GET.get("theme")
    return {
        "language": language,
        "theme": theme if theme in ("light", "dark") else "",
        "name": name,
        "wait": _("Opening the chat…"),
        "texts": f"widget/texts.{language}.js",
        "config": {
            "key": channel.public_key,
            "name": name,
            "colour": channel.accent or brand.accent,
            "logo": str(brand.logo_id) if brand.logo_id else None,
            "sites": channel.allowed_sites,
            "socket": "/ws/customer/",
            "files": f"/widget/{channel.public_key}/files/",
            "panels": static("widget/panels.css"),
        },
    }


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _frame_policy(request: HttpRequest, channel: Channel) -> dict[str, list[str]]:
    """What differs from the policy of all pages: who may frame it, the socket, and no markup from text."""
    scheme = "wss" if request.is_secure() else "ws"
    return {
        "frame-ancestors": _ancestors(channel.allowed_sites),
        "connect-src": ["'self'", f"{scheme}://{request.get_host()}"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }


def _ancestors(sites: list[str]) -> list[str]:
    """The channel's sites; an empty list admits any, as it does when the chat is opened."""
    return [site for site in sites if SITE.fullmatch(site)] or ["'none'" if sites else "*"]
