"""Doors of the wire for Celery."""

from __future__ import annotations

from celery import shared_task

from apps.channels.services import updates
from apps.core import clock


@shared_task
def forget_old_updates() -> None:
    """Nightly: raw bodies are needed for replay, not for ever."""
    updates.forget_old(now=clock.now())
