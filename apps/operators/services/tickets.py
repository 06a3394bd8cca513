"""One-time keys for the operator's socket: a page of another site may borrow the cookie, but not this."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.errors import DomainError
from apps.core.models import SocketTicket

LIFE = timedelta(seconds=60)


class TicketRefused(DomainError):
    """The ticket is unknown, used or too old, or its owner may not work here."""

    code = "ticket_refused"
    status = 401


def issue(user_id: int, session_key: str, *, now: datetime) -> str:
    """A ticket for the signed-in user's next socket; old ones of everybody are swept away."""
    SocketTicket.objects.filter(expires_at__lt=now).delete()
    ticket = secrets.token_urlsafe(24)
    SocketTicket.objects.create(
        digest=_digest(ticket), user_id=user_id, session_key=session_key, expires_at=now + LIFE
    )
    return ticket


def redeem(ticket: str, *, now: datetime) -> SocketTicket:
    """Use a ticket up and return whose it was; raises TicketRefused. Two sockets never share one."""
    found = (
        SocketTicket.objects.select_related("user").filter(digest=_digest(ticket), expires_at__gt=now).first()
    )
    if found is None or not SocketTicket.objects.filter(pk=found.pk).delete()[0]:
        raise TicketRefused(_("Sign in again."))
    if not found.user.is_active:
        raise TicketRefused(_("Sign in again."))
    return found


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
