"""The log in tests: transactions of other databases on the same server hold its followers back as well."""

from __future__ import annotations

import time

import pytest

from apps.core import log
from apps.core.models import Event

PATIENCE_SECONDS = 180


def settle() -> None:
    """Wait until everything written so far may be read by followers."""
    until = time.monotonic() + PATIENCE_SECONDS
    while Event.objects.exists() and log.settled().count() < Event.objects.count():
        assert time.monotonic() < until, "a transaction on this server stays open"
        time.sleep(0.05)


@pytest.fixture
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about open transactions (tests/core/test_log.py is): nothing to wait for."""
    monkeypatch.setattr(log, "settled", lambda: Event.objects.order_by("xid", "pk"))
