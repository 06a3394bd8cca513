"""Accounts of people who work here: made, given a password."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group

from apps.core.models import User


def make_account(
    *, username: str, password: str, display_name: str, language: str, groups: Iterable[Group]
) -> User:
    """An account for somebody new. Without a password nobody can sign in until one is set."""
    account = User.objects.create_user(
        username, password=password or None, display_name=display_name, language=language
    )
    account.groups.set(groups)
    return account


def set_password(account: User, password: str) -> None:
    """Give a new password: sessions made with the old one are over at their next request."""
    account.set_password(password)
    account.save(update_fields=["password"])
