"""Keyset pages: a page begins after the last row of the one before; nothing is counted."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.numbers import BIG

PAGE, LARGEST = 50, 200
LIMIT, AFTER = "limit", "after"


class KeysetPagination(BasePagination):
    """Pages by one unique column: ``page_order`` of the view, "-pk" when it names none."""

    query_parameters = (LIMIT, AFTER)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        order = getattr(view, "page_order", "-pk")
        self._column = order.lstrip("-")
        limit = limit_of(request)
        if (after := _after(request)) is not None:
            sign = "lt" if order.startswith("-") else "gt"
            queryset = queryset.filter(**{f"{self._column}__{sign}": after})
        rows = list(queryset.order_by(order)[: limit + 1])
        self._last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        following = None if self._last is None else str(getattr(self._last, self._column))
        return Response({"items": data, "next": following})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema, "null on the last page")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return page_parameters("`next` of the page before", r"^[0-9]{1,18}$")


def limit_of(request: Request) -> int:
    """Rows asked for, 1 to 200; raises ValidationError."""
    text = request.query_params.get(LIMIT, str(PAGE))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= LARGEST:
        detail = _("A number from 1 to %(largest)s.") % {"largest": LARGEST}
        raise ValidationError({LIMIT: [detail]})
    return int(text)


def _after(request: Request) -> int | None:
    text = request.query_params.get(AFTER)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) > BIG:
        raise ValidationError({AFTER: [_("Take it from “next” of the page before.")]})
    return int(text)


def page_schema(items: dict[str, Any], end: str, *, example: str | None = None) -> dict[str, Any]:
    """The schema of a page of ``items``."""
    following = {
        "type": ["string", "null"],
        "description": f"Pass it as `after` to get what follows; {end}.",
        "example": example,
    }
    properties = {"items": items, "next": following}
    return {"type": "object", "required": ["items", "next"], "properties": properties}


def page_parameters(meaning: str, pattern: str) -> list[dict[str, Any]]:
    """The two parameters of every list."""
    size = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE}
    return [
        {
            "name": AFTER,
            "in": "query",
            "schema": {"type": "string", "pattern": pattern},
            "description": meaning,
        },
        {"name": LIMIT, "in": "query", "schema": size, "description": "Rows on the page"},
    ]
