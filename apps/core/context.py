"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.core.models import Brand


def brand(request: HttpRequest) -> dict[str, Any]:
    """The bank's look; read when a template asks for it."""
    return {"brand": SimpleLazyObject(lambda: Brand.objects.select_related("logo").first() or Brand())}


def letters(request: HttpRequest) -> dict[str, Any]:
    """Whether this installation can send letters, and pages may offer them."""
    return {"letters": settings.LETTERS}
