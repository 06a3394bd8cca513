"""Sign-in of staff by allauth: nobody registers himself, service accounts have no password door."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, UserTokenForm
from django import forms
from django.http import HttpRequest

from apps.core import clock, letters
from apps.core.actors import SYSTEM
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

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """By a worker: the page answers as fast for an address that nobody here has."""
        site = context["request"].build_absolute_uri("/").rstrip("/")
        letters.ask_password_letter(user, site=site, actor=SYSTEM, now=clock.now())


class SignInForm(LoginForm):
    """Name and password. The way to a letter stands under the form, where letters can be sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class PasswordLinkForm(UserTokenForm):
    """The link of a letter, as long as its reader works here."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not letters.may_have_password(self.reset_user):
            raise forms.ValidationError("switched off")
        return cleaned
