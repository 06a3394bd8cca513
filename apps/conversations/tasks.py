"""Doors of the conversations for Celery: by id, safe to run twice. The rows are the truth, a task only a nudge."""

from __future__ import annotations

import threading
from uuid import UUID

from celery import shared_task

from apps.conversations.services import continuing, delivery, fallback, files, ingest, letters
from apps.core import clock

# One drain sends with several threads; more of them at once would only starve the other lanes of this process.
_drains = threading.BoundedSemaphore(2)


@shared_task
def ingest_updates(channel_id: int) -> None:
    """A channel has new updates."""
    ingest.ingest_channel(channel_id, now=clock.now)


@shared_task
def ingest_left_behind() -> None:
    """Every two seconds: updates whose nudge was lost, and those that failed and have tries left."""
    for channel_id in ingest.channels_waiting():
        ingest.ingest_channel(channel_id, now=clock.now)


@shared_task
def show_judged_file(file_id: str) -> None:
    """A file was judged by the virus scanner; while no message has it, there is nothing to show."""
    files.note_verdict(UUID(file_id), now=clock.now())


@shared_task
def forget_links() -> None:
    """Every hour: links that expired long ago are told of to nobody."""
    continuing.forget_old(now=clock.now())


@shared_task
def deliver_due() -> None:
    """On every new delivery and every two seconds: what killed workers left, then all that is due."""
    if not _drains.acquire(blocking=False):
        return
    try:
        delivery.recover(now=clock.now())
        delivery.deliver_due(now=clock.now)
    finally:
        _drains.release()


@shared_task
def look_for_unread() -> None:
    """Every five seconds: answers of the log are watched, and what nobody comes to read becomes a letter."""
    while fallback.notice(now=clock.now()):
        pass
    fallback.watch(now=clock.now())


@shared_task
def send_letters() -> None:
    """On every new letter and every five seconds: what killed workers left, then all that is due."""
    letters.recover(now=clock.now())
    letters.send_due(now=clock.now)
