"""Doors of analytics for Celery: by id, safe to run twice. They run in the lane of reports."""

from __future__ import annotations

from celery import shared_task

from apps.analytics.services import what_if
from apps.core import clock


@shared_task
def run_what_if(run_id: int) -> None:
    what_if.run(run_id, now=clock.now())


@shared_task
def run_left_behind() -> None:
    """Every minute: runs that were asked and that nobody computes."""
    for run_id in what_if.left_behind(now=clock.now()):
        run_what_if.delay(run_id=run_id)
