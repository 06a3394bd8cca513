"""Doors of routing for Celery: by id, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from apps.core import clock
from apps.routing.services import placement, sweeps


@shared_task
def route(conversation_id: int) -> None:
    placement.route(conversation_id, now=clock.now())


@shared_task
def follow_hours(queue_id: int) -> None:
    """Batch by batch, so that a long line is never locked whole."""
    while placement.follow_hours(queue_id, now=clock.now()) == placement.BATCH:
        pass


@shared_task
def sweep() -> None:
    """Every two seconds: lost nudges, snoozes that are due, lines that opened, operators who are gone."""
    now = clock.now()
    sweeps.route_left_behind(now=now)
    sweeps.open_lines(now=now)
    sweeps.notice_the_gone(now=now)
    sweeps.release_of_the_absent(now=now)
