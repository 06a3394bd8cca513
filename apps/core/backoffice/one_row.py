"""Pages of tables with one row: nothing is added or deleted, and the list leads to the row."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.backoffice.base import TaskAdmin


class OneRowAdmin(TaskAdmin):
    """The row has the number 1 and is made when somebody opens its page first."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: the list is its page."""
        if not self.has_view_or_change_permission(request):
            shown: HttpResponse = super().changelist_view(request, extra_context)
            return shown
        self.model._default_manager.get_or_create(pk=1)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", 1)
