"""Pages of what is one for the whole bank."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.core.backoffice.base import TaskAdmin
from apps.operators import reach


class ForEverybody(TaskAdmin):
    """Whoever runs single lines reads it, who has all lines writes it: it decides in every line."""

    def _writes(self, request: HttpRequest) -> bool:
        return reach.has_all_lines(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._writes(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._writes(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._writes(request)
