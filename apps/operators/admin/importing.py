"""Rows from a CSV file: looked at first, then confirmed by the person who sent it and by nobody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV
from import_export.tmp_storages import CacheStorage

from apps.core.backoffice import spreadsheets
from apps.operators.admin import pending


class MarkedCSV(CSV):
    """As people download it, see ``core.backoffice.spreadsheets``."""

    def export_data(self, dataset: Any, **kwargs: Any) -> str:
        return spreadsheets.MARK + str(super().export_data(dataset, **kwargs))


class ConfirmedImport(ImportMixin):
    """A mixin for pages with an import: one format, and an upload waits in the cache until it is confirmed."""

    import_formats = formats = (CSV,)
    tmp_storage_class = CacheStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        may_add: bool = self.has_add_permission(request)
        return may_add and super().has_change_permission(request)

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_resource_kwargs(request, **kwargs), "user": request.user}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> Any:
        found = super().get_confirm_form_initial(request, import_form)
        if import_form is not None:
            pending.bind(found["import_file_name"], request.user)
        return found

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Confirm an upload. Somebody else's, one that is gone and a name that is none are all the same."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        sent = request.POST
        if sent.get("format") == "0" and pending.waits(sent.get("import_file_name", ""), request.user):
            response: HttpResponse = super().process_import(request, **kwargs)
            return response
        messages.error(request, _("This upload is not here any more. Choose the file again."))
        opts = self.opts
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_import")
