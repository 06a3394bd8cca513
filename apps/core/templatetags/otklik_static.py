"""Tags that let a page load our native modules under a strict Content-Security-Policy."""

from __future__ import annotations

import json

from django import template
from django.template import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.core import modules

register = template.Library()
# The same escapes as json_script: nothing in the map may end the script element.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def import_map(context: RequestContext, surface: str) -> SafeString:
    """The inline import map of a surface. Must stand before the first module or preload of the page."""
    text = json.dumps(modules.import_map(surface), separators=(",", ":")).translate(ESCAPES)
    nonce = str(context["request"].csp_nonce)
    return format_html('<script type="importmap" nonce="{}">{}</script>', nonce, mark_safe(text))  # noqa: S308 - JSON of our own


@register.simple_tag
def module_preloads(*entries: str) -> SafeString:
    """`modulepreload` links for everything the entries import, each once."""
    links = dict.fromkeys(link for entry in entries for link in modules.preloads(entry))
    return format_html_join("\n", "{}", ((_preload(url, integrity),) for url, integrity in links))


def _preload(url: str, integrity: str) -> SafeString:
    if not integrity:
        return format_html('<link rel="modulepreload" href="{}">', url)
    return format_html('<link rel="modulepreload" href="{}" integrity="{}">', url, integrity)


@register.simple_tag
def icon_sprite() -> SafeString:
    """The icon sprite inside the page, so that icons are there with the first picture."""
    return mark_safe(modules.source("shared/icons.svg"))  # noqa: S308 - our own file
