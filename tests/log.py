"""Waiting for the log: transactions of other databases on the same server hold followers back as well."""

from __future__ import annotations

import time

from apps.core import log
from apps.core.models import Event

PATIENCE_SECONDS = 60


def settle() -> None:
    """Wait until everything written so far may be read by followers."""
    until = time.monotonic() + PATIENCE_SECONDS
    while Event.objects.exists() and log.settled().count() < Event.objects.count():
        assert time.monotonic() < until, "a transaction on this server stays open"
        time.sleep(0.05)
