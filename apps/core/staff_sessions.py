"""Where a member of staff is signed in, and ending that.

The rows are those of allauth.usersessions, beside Django's own sessions. They are written when somebody signs in
and then at most once a minute, by pages and by open sockets; ending removes both, and the session's sockets close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import ClassVar

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from redis.exceptions import RedisError

from apps.core.actors import Actor
from apps.core.control import close_sockets
from apps.core.events import DomainEvent, announce
from apps.core.models import SocketTicket, User
from apps.core.sockets import Close

SEEN_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSessionsEnded(DomainEvent):
    """Somebody was signed out elsewhere: by himself or by an administrator. ``count``: in how many browsers."""

    kind: ClassVar[str] = "staff.sessions_ended"
    subject_kind: ClassVar[str] = "user"

    user: int
    count: int


def seen(request: HttpRequest) -> None:
    """Note that a signed-in browser asked for something; written at most once a minute, and not into the session."""
    key = request.session.session_key
    # A shared cache learns no keys that open anything.
    name = f"staff-seen:{hashlib.sha256(key.encode()).hexdigest()}" if key else ""
    try:
        is_due = bool(name) and cache.add(name, True, SEEN_SECONDS)
    except (OSError, RedisError):
        # Redis is away, and with it the word on what was written lately: the next minute will do.
        return
    if is_due:
        UserSession.objects.create_from_request(request)


def heard(session_key: str, *, now: datetime) -> None:
    """The same of a browser whose socket is open; called once a minute."""
    before = now - timedelta(seconds=SEEN_SECONDS / 2)
    UserSession.objects.filter(session_key=session_key, last_seen_at__lt=before).update(last_seen_at=now)


def living(user: User) -> list[UserSession]:
    """Where somebody is signed in now, the latest seen first."""
    found = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda each: each.last_seen_at, reverse=True)


@transaction.atomic
def end(user: User, found: Iterable[UserSession], *, actor: Actor, now: datetime) -> int:
    """End these sessions of a user: their pages, their tickets and their sockets. Returns how many there were."""
    keys = [each.session_key for each in found]
    if not keys:
        return 0
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)
    SocketTicket.objects.filter(user=user, session_key__in=keys).delete()
    UserSession.objects.filter(user=user, session_key__in=keys).delete()
    announce(StaffSessionsEnded(user=user.pk, count=len(keys)), actor=actor, now=now)
    return len(keys)


def close_screens(event: StaffSessionsEnded) -> None:
    """His sockets close and come back only where he is still signed in."""
    close_sockets(event.user, Close.RESYNC)


def forget(*, now: datetime) -> None:
    """Addresses and browsers are kept no longer than the sessions they belong to."""
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
