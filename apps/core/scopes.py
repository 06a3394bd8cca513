"""What a token may be allowed to do: the catalogue is a table of config, core only looks names up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string


@cache
def scopes() -> Mapping[str, str | Promise]:
    """Every scope with its words for people, in the order in which forms show them."""
    found: Mapping[str, str | Promise] = import_string(settings.OTKLIK_SCOPES)
    return found


def scope_choices() -> list[tuple[str, str | Promise]]:
    """Scopes for a form."""
    return list(scopes().items())
