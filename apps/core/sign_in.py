"""Sign-in of staff by allauth: nobody registers himself, service accounts have no password door."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.core.addresses import client_address


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made in the admin; the door is for people who are active."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Limits count the client, not the proxy in front of us, behind which the whole bank would be one."""
        return client_address(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        return None if user is not None and user.is_service else user
