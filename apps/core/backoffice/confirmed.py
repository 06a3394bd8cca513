"""The password once more before keys, rights, other people's passwords and exports.

Signing in and confirming (allauth's page ``account_reauthenticate``) count for ACCOUNT_REAUTHENTICATION_TIMEOUT
seconds. It is asked when a form is opened. A form that was opened in time is taken for as long as one may idle in
the admin: nobody loses what he typed.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.middleware import STARTED


def unless_confirmed(
    request: HttpRequest, *, back: str = "", opened: bool = False
) -> HttpResponseRedirect | None:
    """The way to the page that asks for the password; None when it was given lately.

    ``back`` is where that page leads afterwards, by default this address. ``opened`` says that this is the sending
    of a form whose opening asked already.
    """
    grace = settings.ADMIN_IDLE_SECONDS if opened and request.method == "POST" else 0
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods or _age(request) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + grace:
        return None
    if request.method == "POST":
        messages.warning(request, _("Nothing was changed yet: confirm that it is you, then do it again."))
    query = urlencode({REDIRECT_FIELD_NAME: back or request.get_full_path()})
    return HttpResponseRedirect(f"{methods[0]['url']}?{query}")


def _age(request: HttpRequest) -> float:
    """Seconds since this session last proved who it is."""
    records = get_authentication_records(request, request.user)
    proofs = [each["at"] for each in records] + [request.session.get(STARTED, 0)]
    return float(clock.now().timestamp() - max(proofs))


class ConfirmedForms:
    """A mixin for pages whose every change gives rights or keys: whoever only looks is not asked."""

    # Bulk actions of the list that ask for the password first.
    confirmed_actions: ClassVar[tuple[str, ...]] = ("delete_selected",)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> Any:
        asked = set(self.confirmed_actions) & set(request.POST.getlist("action"))
        door = unless_confirmed(request) if asked else None
        return door or super().response_action(request, queryset, *args, **kwargs)  # type: ignore[misc]  # a mixin

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        page: Any = self
        writes = page.has_add_permission if object_id is None else page.has_change_permission
        door = unless_confirmed(request, opened=True) if writes(request) else None
        return door or super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # likewise

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        page: Any = self
        door = unless_confirmed(request, opened=True) if page.has_delete_permission(request) else None
        return door or super().delete_view(request, object_id, extra_context)  # type: ignore[misc]  # likewise

    def undo_view(self, request: HttpRequest, object_id: str, table: str, number: int) -> HttpResponse:
        door = self._sent_from(request, "history", object_id)
        return door or super().undo_view(request, object_id, table, number)  # type: ignore[misc]  # likewise

    def restore_view(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._sent_from(request, "deleted") or super().restore_view(request, number)  # type: ignore[misc]  # likewise

    def _sent_from(self, request: HttpRequest, what: str, *args: Any) -> HttpResponse | None:
        """A button of a page that anybody may open, to whom it leads back."""
        opts = self.opts  # type: ignore[attr-defined]  # likewise
        back = reverse(f"admin:{opts.app_label}_{opts.model_name}_{what}", args=args)
        return unless_confirmed(request, back=back) if request.method == "POST" else None
