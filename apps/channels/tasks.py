"""Doors of the wire for Celery."""

from __future__ import annotations

from celery import shared_task

from apps.channels.services import signed, updates
from apps.core import clock


@shared_task
def forget_old_updates() -> None:
    """Nightly: raw bodies are needed for replay, not for ever."""
    updates.forget_old(now=clock.now())


@shared_task
def forget_used_tokens() -> None:
    """Every hour: a signed token that has expired needs no memory."""
    signed.forget_used(now=clock.now())
