"""What allauth says of passwords, said on in our own words."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from django.db import transaction
from django.dispatch import receiver

from apps.core import clock
from apps.core.actors import Actor
from apps.operators.services import announcing


@receiver(password_changed)
@transaction.atomic
def announce_new_password(*, user: Any, **kwargs: Any) -> None:
    """Somebody changed his own password: sockets opened with the old one close, other sessions are over."""
    announcing.rights_changed([user.pk], actor=Actor.staff(user.pk), now=clock.now())
