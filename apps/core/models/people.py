from __future__ import annotations

import zoneinfo
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked


def validate_time_zone(value: str) -> None:
    """Accept the names of the IANA database only."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone name such as Europe/Moscow."), params={"value": value}
        )


@tracked(exclude=("password", "last_login"))
class User(AbstractUser):
    """A member of staff or a service account of an integration; never a customer."""

    display_name = models.CharField(
        _("name shown to colleagues"), max_length=120, blank=True, help_text=_("Empty: first and last name.")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Moscow", validators=[validate_time_zone]
    )
    is_service = models.BooleanField(
        _("service account"),
        default=False,
        help_text=_("Belongs to an integration: works with a token and cannot sign in with a password."),
    )

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]  # the stubs narrow AbstractUser's to str
        verbose_name_plural = _("users")  # type: ignore[assignment]  # as above

    def __str__(self) -> str:
        return self.display_name or self.get_full_name() or self.username


@tracked()
class UserGroup(User.groups.through):  # type: ignore[name-defined]  # made by Django
    """The history of who is in which group."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked()
class StaffGroup(Group):
    """The history of groups."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked()
class GroupPermission(Group.permissions.through):  # type: ignore[name-defined]  # made by Django
    """The history of what a group may do in the back office."""

    class Meta:
        proxy = True
        default_permissions = ()
