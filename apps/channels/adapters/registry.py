"""Which kinds of channel exist: one readable table in settings, loaded on first use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from apps.channels.adapters.base import Adapter


@cache
def adapter_class(kind: str) -> type[Adapter]:
    """The adapter of a kind; KeyError for a kind that is not installed."""
    found: type[Adapter] = import_string(settings.OTKLIK_ADAPTERS[kind])
    return found


def build_adapter(kind: str, *, secret: str = "") -> Adapter:
    """An adapter with a channel's settings; KeyError for a kind that is not installed."""
    return adapter_class(kind)(secret=secret)


def kind_choices() -> list[tuple[str, str | Promise]]:
    """Kinds for a form. A callable, so that a new adapter needs no migration."""
    return [(kind, adapter_class(kind).label) for kind in settings.OTKLIK_ADAPTERS]


@cache
def own_socket_kinds() -> frozenset[str]:
    """Kinds whose customers are reached through our own sockets: for them nothing leaves."""
    return frozenset(kind for kind in settings.OTKLIK_ADAPTERS if adapter_class(kind).abilities.own_socket)


@cache
def deep_link_kinds() -> frozenset[str]:
    """Kinds in which a chat can be continued by a link."""
    return frozenset(kind for kind in settings.OTKLIK_ADAPTERS if adapter_class(kind).abilities.deep_links)


@cache
def first_word_kinds() -> frozenset[str]:
    """Kinds in which somebody may be written to who has not just written himself."""
    return frozenset(kind for kind in settings.OTKLIK_ADAPTERS if adapter_class(kind).abilities.writes_first)
