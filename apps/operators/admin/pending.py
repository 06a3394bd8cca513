"""Uploads that wait for their confirmation: in the cache, each for the person who sent it."""

from __future__ import annotations

import re
from typing import Any

from django.core.cache import cache
from import_export.tmp_storages import CacheStorage

NAME = re.compile(r"[0-9a-f]{32}")


def _owner_key(name: str) -> str:
    return f"{CacheStorage.CACHE_PREFIX}owner-{name}"


def bind(name: str, user: Any) -> None:
    """This upload is confirmed by nobody else."""
    cache.set(_owner_key(name), user.pk, CacheStorage.CACHE_LIFETIME)


def waits(name: str, user: Any) -> bool:
    """Whether an upload of this name waits and is this person's. What is no name of ours is never looked for."""
    if not NAME.fullmatch(name) or cache.get(_owner_key(name)) != user.pk:
        return False
    return CacheStorage(name=name).read() is not None
