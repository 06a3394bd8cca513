"""What allauth and Django say of signing in and out, said on in our own words."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from apps.core import clock
from apps.core.actors import Actor
from apps.core.control import close_sockets
from apps.core.models import SocketTicket
from apps.core.sockets import Close
from apps.operators.services import announcing


@receiver([password_changed, password_reset])
@transaction.atomic
def announce_new_password(*, user: Any, **kwargs: Any) -> None:
    """Somebody changed his own password: sockets opened with the old one close, other sessions are over."""
    announcing.rights_changed([user.pk], actor=Actor.staff(user.pk), now=clock.now())


@receiver(user_logged_out)
def forget_tickets(*, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Signed out: tickets of this session open nothing, and his sockets come back only where he is still signed in."""
    if user is None or request is None:
        return
    SocketTicket.objects.filter(user=user, session_key=request.session.session_key or "").delete()
    close_sockets(user.pk, Close.RESYNC)
