"""The alarm: a letter to those who may repair what the watchdog found."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from apps.core import letters
from apps.core.models import User
from apps.routing.models import Violation
from apps.routing.watchdog import words

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=15)  # a flood of one kind is told once in this time
READERS = 50


def send(violation_id: int, *, now: datetime) -> int:
    """Send the letters; how many. None for what is over already, or was told of lately."""
    found = Violation.objects.filter(pk=violation_id, state=Violation.State.OPEN).first()
    if found is None or not settings.LETTERS or _told_lately(found, now):
        return 0
    facts: dict[str, object] = {
        "what": found.get_code_display(),
        "happened": words.HAPPENED[found.code],
        "found": found,
    }
    return sum(_send(reader, facts) for reader in _readers()[:READERS])


def _told_lately(found: Violation, now: datetime) -> bool:
    earlier = Violation.objects.filter(code=found.code, pk__lt=found.pk, first_seen__gt=now - QUIET)
    return earlier.exclude(state=Violation.State.SUSPECTED).exists()


def _readers() -> QuerySet[User]:
    """People who may repair and have an address."""
    may = User.objects.with_perm("routing.repair_violation", backend=BACKEND).exclude(email="")
    return may.filter(is_active=True, is_service=False).order_by("pk")


BACKEND = "django.contrib.auth.backends.ModelBackend"


def _send(reader: User, facts: dict[str, object]) -> bool:
    """One letter; a mail server that refuses holds up no other."""
    try:
        letters.send(reader, "violation", {"reader": reader, **facts})
    except OSError:
        logger.exception("the alarm could not be sent to account %s", reader.pk)
        return False
    return True
