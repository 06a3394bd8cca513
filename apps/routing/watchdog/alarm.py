"""The alarm: a letter to those who may repair what the watchdog found."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from apps.core import letters
from apps.core.each import each_alone
from apps.core.locks import only_one
from apps.core.models import User
from apps.routing.models import Violation
from apps.routing.watchdog import words

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=15)  # a flood of one kind is told once in this time
LOST = timedelta(seconds=30)  # after this time nobody is about to tell of it any more
READERS = 50


def send(violation_id: int, *, now: datetime) -> int:
    """Send the letters; how many. None for what is over already, or of whose kind was told lately.

    One sender of a kind at a time: what another is telling of is marked by him, or found by ``send_lost``.
    """
    found = _untold().filter(pk=violation_id).first()
    if found is None or not settings.LETTERS:
        return 0
    with only_one(f"alarm {found.code}") as mine:
        return _tell(found, now) if mine else 0


def send_lost(*, now: datetime) -> int:
    """Send what nobody was told of: the nudge was lost, the mail server refused, or nobody had an address yet."""
    lost = _untold().filter(first_seen__lte=now - LOST).order_by("code", "pk").distinct("code")
    return sum(each_alone("the alarm", lambda pk: send(pk, now=now), lost.values_list("pk", flat=True)))


def _untold() -> QuerySet[Violation]:
    return Violation.objects.filter(state=Violation.State.OPEN, told_at__isnull=True)


def _tell(found: Violation, now: datetime) -> int:
    told_at, sent = _told_lately(found.code, now), 0
    if told_at is None:
        told_at, sent = now, _send_to_all(found)
        if not sent:
            return 0
    _mark(found.code, told_at)
    return sent


def _told_lately(code: str, now: datetime) -> datetime | None:
    told = Violation.objects.filter(code=code, told_at__gt=now - QUIET)
    moment: datetime | None = told.aggregate(last=Max("told_at"))["last"]
    return moment


@transaction.atomic
def _mark(code: str, told_at: datetime) -> None:
    """A flood is told of at once: the letter stands for all of the kind that hold with what it names."""
    rows = _untold().filter(code=code).order_by("pk").select_for_update(no_key=True)
    Violation.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=told_at)


def _send_to_all(found: Violation) -> int:
    facts: dict[str, object] = {
        "what": found.get_code_display(),
        "happened": words.HAPPENED[found.code],
        "found": found,
    }
    return sum(_send(reader, facts) for reader in _readers()[:READERS])


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
