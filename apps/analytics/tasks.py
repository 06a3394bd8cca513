"""Doors of analytics for Celery: by id, safe to run twice. They run in the lane of reports."""

from __future__ import annotations

from celery import shared_task

from apps.analytics.services import what_if
from apps.core import clock


@shared_task
def run_what_if() -> None:
    """Whosever turn it is; then the next one, which may have waited for this one."""
    if what_if.run_next(now=clock.now()) is not None:
        run_what_if.delay()


@shared_task
def run_left_behind() -> None:
    """Every minute: runs that were asked and that nobody computes."""
    for _each in range(what_if.left_behind(now=clock.now())):
        run_what_if.delay()
