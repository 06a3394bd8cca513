"""Doors of core for Celery: by id, safe to run twice."""

from __future__ import annotations

import logging
import time
from smtplib import SMTPException
from uuid import UUID

from celery import shared_task

from apps.core import clock, files, leases, letters, staff_sessions
from apps.core.api import idempotency
from apps.core.models import User
from apps.core.services import webhooks

logger = logging.getLogger(__name__)
# One run sends for so long and leaves the rest to the next one.
SENDING_SECONDS = 20


@shared_task
def scan_file(file_id: str) -> None:
    """Have one new file judged by the virus scanner; what fails waits for the sweep."""
    try:
        files.scan(UUID(file_id), now=clock.now())
    except files.ScannerDown as error:
        logger.warning("no verdict on file %s: %s", file_id, error)


@shared_task
def scan_waiting() -> None:
    """Every ten seconds: files whose scan was lost. Stops at the first failure, the scanner is asked again soon."""
    now = clock.now()
    for file_id in files.waiting_for_scan(now=now):
        try:
            files.scan(file_id, now=now)
        except files.ScannerDown as error:
            logger.warning("no verdict on file %s: %s", file_id, error)
            return


@shared_task
def forget_abandoned_files() -> None:
    """Every night: uploads that were never sent go, batch after batch."""
    while files.forget_abandoned(now=clock.now()):
        pass


@shared_task
def collect_webhooks() -> None:
    """Every second: events of the log become deliveries, batch after batch up to its end."""
    while webhooks.collect(now=clock.now()):
        pass


@shared_task
def send_webhooks() -> None:
    """Every second: whatever is due leaves; who does not take it is left alone for the rest of the run."""
    with webhooks.sending_slot() as is_free:
        if is_free:
            _send_due(until=time.monotonic() + SENDING_SECONDS)


def _send_due(*, until: float) -> None:
    unwilling: set[int] = set()
    while time.monotonic() < until:
        delivery = webhooks.claim_next(now=clock.now(), without=unwilling)
        if delivery is None:
            return
        if not webhooks.send(delivery, now=clock.now()):
            unwilling.add(delivery.subscription_id)


@shared_task
def forget_old() -> None:
    """Every hour: answers kept for repeats, webhooks of the past, sessions and leases of dead processes go."""
    leases.forget_the_dead()
    staff_sessions.forget(now=clock.now())
    for forget in (idempotency.forget, webhooks.forget):
        while forget(now=clock.now()):
            pass


@shared_task(autoretry_for=(OSError, SMTPException), retry_backoff=10, max_retries=5)
def send_password_letter(user_id: int, site: str) -> None:
    """The link for a new password; a mail server that is away is asked again for about five minutes."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None and letters.may_have_password(user):
        letters.send_password_letter(user, site=site, now=clock.now())
