"""What a token may do: every operation names the scope it needs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.core.models import ApiToken


class HasScope(BasePermission):
    """The token has the scope that the view declares for the method; a view that declares none is closed."""

    message = _("The token lacks the permission that this operation needs.")
    code = "scope_missing"

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return False
        method = "GET" if request.method == "HEAD" else request.method
        needed = getattr(view, "scopes", {}).get(method)
        if needed:
            return needed in token.scopes
        # A method nobody serves has no scope: let it through to its 405.
        name = str(method).lower()
        return not (name in view.http_method_names and hasattr(view, name))
