"""Receiving, keeping and scanning files."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import IO, BinaryIO

from celery import current_app
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.files import images, scanner
from apps.core.files.errors import FileRefused, FileUnavailable, ScannerDown
from apps.core.files.events import FileJudged
from apps.core.files.kinds import FileType, sniff
from apps.core.files.names import display_name
from apps.core.models.files import StoredFile

logger = logging.getLogger(__name__)
State = StoredFile.State

CHUNK = 64 * 1024
IN_MEMORY = 2 * 1024 * 1024
# The sweep leaves a new file to the task that was asked to scan it.
SCAN_GRACE = timedelta(seconds=10)
# A file the scanner never judged is marked so after this time, instead of "being scanned" for ever.
GIVE_UP_SCANNING = timedelta(hours=1)
SWEEP = 20
# An upload that no message, look or face refers to goes after this time: longer than anybody's unsent message waits
# for its connection.
ABANDONED = timedelta(days=7)
# Older than that it was swept already; a longer look back would read the whole table each day.
LOOK_BACK = timedelta(days=30)


def receive(
    upload: UploadedFile | BinaryIO,
    *,
    uploaded_by: str,
    allowed_kinds: Collection[str],
    max_bytes: int,
    now: datetime,
    name: str = "",
) -> StoredFile:
    """Take an upload and keep it; raises FileRefused, and then nothing is kept.

    A storage that fails does not raise: the row comes back *failed*, so that the message can be sent without
    its file and say so. ``name`` stands in for uploads that carry none.
    """
    given = name or str(getattr(upload, "name", "") or "")
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as received:
        _copy(_chunks(upload), received, max_bytes)
        file_type = sniff(received, given)
        if file_type.kind not in allowed_kinds:
            raise FileRefused(_("Files of this kind are not accepted here."), code="kind_not_allowed")
        stored = StoredFile(
            name=display_name(given, file_type),
            content_type=file_type.content_type,
            kind=file_type.kind,
            uploaded_by=uploaded_by,
            created_at=now,
        )
        _keep(stored, received, file_type)
    stored.save(force_insert=True)
    if stored.state == State.RECEIVED:
        transaction.on_commit(partial(_ask_for_scan, stored.pk))
    return stored


def _chunks(upload: UploadedFile | BinaryIO) -> Iterator[bytes]:
    if isinstance(upload, File):
        return iter(upload.chunks())
    return iter(partial(upload.read, CHUNK), b"")


def _copy(chunks: Iterator[bytes], received: IO[bytes], max_bytes: int) -> None:
    """Copy while counting, so that a lie about the length ends at the limit."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            limit = filesizeformat(max_bytes)
            raise FileRefused(
                _("The file is too large: at most %(limit)s.") % {"limit": limit}, code="too_large"
            )
        received.write(chunk)
    if not size:
        raise FileRefused(_("The file is empty."), code="empty")


def _keep(stored: StoredFile, received: IO[bytes], file_type: FileType) -> None:
    """Write the content (a picture made anew) into the storage and describe it in the row."""
    if file_type.kind != StoredFile.Kind.IMAGE:
        _write(stored, received, None)
        return
    picture = images.re_encode(received, file_type)
    with picture.content:
        stored.width, stored.height = picture.width, picture.height
        _write(stored, picture.content, picture.thumbnail)


def _write(stored: StoredFile, content: IO[bytes], thumbnail: bytes | None) -> None:
    stored.size, stored.sha256 = _measure(content)
    path = f"{stored.created_at:%Y/%m}/{uuid.uuid4()}"
    try:
        stored.path = default_storage.save(path, File(content))
        if thumbnail:
            stored.thumbnail_path = default_storage.save(f"{path}-small", File(BytesIO(thumbnail)))
    except Exception:
        # Disk full, object store away: each storage has errors of its own.
        logger.exception("file %s could not be stored", stored.pk)
        _remove(path, f"{path}-small")
        stored.path = stored.thumbnail_path = ""
        stored.state = State.FAILED
        return
    stored.state = State.RECEIVED if settings.CLAMD else State.UNSCANNED


def _measure(content: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    content.seek(0)
    return size, digest.hexdigest()


def _remove(*paths: str) -> bool:
    """Take away contents that nobody needs; whether all of them are gone."""
    gone = True
    for path in paths:
        try:
            default_storage.delete(path)
        except Exception:
            # Each storage has errors of its own.
            logger.exception("the content %s could not be removed", path)
            gone = False
    return gone


def ensure_servable(stored: StoredFile) -> None:
    """Raise FileUnavailable unless the file's state lets it be downloaded."""
    if stored.state == State.CLEAN or (
        stored.state == State.UNSCANNED and settings.UNSCANNED_FILES == "allow"
    ):
        return
    waits = FileUnavailable(
        _("The file is still being checked for viruses. Try again in a minute."), code="scanning"
    )
    infected = FileUnavailable(_("A virus was found in this file; it cannot be downloaded."), code="infected")
    unknown = FileUnavailable(
        _("The file was not checked for viruses and cannot be downloaded."), code="not_scanned"
    )
    failed = FileUnavailable(_("The file could not be stored. Ask for it again."), code="failed")
    raise {
        State.RECEIVED: waits,
        State.SCANNING: waits,
        State.INFECTED: infected,
        State.UNSCANNED: unknown,
        State.FAILED: failed,
    }[State(stored.state)]


def open_stored(stored: StoredFile, *, thumbnail: bool = False) -> File:
    """The content for reading; FileUnavailable when it is not there. Asks nothing about the state."""
    path = stored.thumbnail_path if thumbnail and stored.thumbnail_path else stored.path
    try:
        if path:
            return default_storage.open(path, "rb")
    except FileNotFoundError:
        logger.exception("the content of file %s is gone", stored.pk)
    raise FileUnavailable(_("The content of this file is missing."), code="missing")


# --- Scanning -------------------------------------------------------------------------------------


def _ask_for_scan(file_id: uuid.UUID) -> None:
    try:
        # By name: tasks are an edge, which nothing below imports.
        current_app.send_task("apps.core.tasks.scan_file", kwargs={"file_id": str(file_id)})
    except OperationalError:
        logger.warning("no broker; the sweep will have file %s scanned", file_id)


def scan(file_id: uuid.UUID, *, now: datetime) -> str | None:
    """Have one file judged; its new state, or None when it waits for no scanner. May run twice.

    Raises ScannerDown when there is no verdict: the file then waits for the sweep, or is marked as not scanned
    where the bank allows such files or the scanner has been away too long.
    """
    waiting = StoredFile.objects.filter(pk=file_id, state__in=[State.RECEIVED, State.SCANNING])
    if not waiting.update(state=State.SCANNING):
        return None
    stored = StoredFile.objects.get(pk=file_id)
    try:
        state = _judge(stored)
    except ScannerDown:
        _settle(stored, _without_verdict(stored, now), now)
        raise
    _settle(stored, state, now)
    return state


@transaction.atomic
def _settle(stored: StoredFile, state: str, now: datetime) -> None:
    """Write the state down; a final one is announced, once, however often the file was judged."""
    waiting = StoredFile.objects.filter(pk=stored.pk, state__in=[State.RECEIVED, State.SCANNING])
    if waiting.update(state=state) and state != State.RECEIVED:
        announce(FileJudged(file=str(stored.pk), state=state), actor=SYSTEM, now=now)


def _judge(stored: StoredFile) -> str:
    if not settings.CLAMD:
        return State.UNSCANNED
    try:
        with open_stored(stored) as content:
            virus = scanner.find_virus(content, settings.CLAMD)
    except FileUnavailable:
        return State.FAILED
    if virus:
        logger.warning("file %s from %s is infected: %s", stored.pk, stored.uploaded_by, virus)
    return State.INFECTED if virus else State.CLEAN


def _without_verdict(stored: StoredFile, now: datetime) -> str:
    may_wait = settings.UNSCANNED_FILES != "allow" and now - stored.created_at < GIVE_UP_SCANNING
    return State.RECEIVED if may_wait else State.UNSCANNED


def waiting_for_scan(*, now: datetime) -> list[uuid.UUID]:
    """Files whose scan was lost or failed, oldest first; index file_unscanned."""
    waiting = StoredFile.objects.filter(
        state__in=[State.RECEIVED, State.SCANNING], created_at__lt=now - SCAN_GRACE
    ).order_by("created_at")
    return list(waiting.values_list("pk", flat=True)[:SWEEP])


# --- What nobody refers to ------------------------------------------------------------------------


def forget_abandoned(*, now: datetime, limit: int = 100) -> int:
    """Remove uploads that were never attached to anything, content first; returns how many went.

    Whatever has a foreign key to a file keeps it. A content that cannot be removed keeps its row for the next run.
    """
    removed = [file_id for file_id in _abandoned(now)[:limit] if _forget(file_id)]
    return len(removed)


def _abandoned(now: datetime) -> QuerySet[StoredFile, uuid.UUID]:
    """Index file_by_age, and that of each reference."""
    before = now - ABANDONED
    found = StoredFile.objects.filter(created_at__gte=before - LOOK_BACK, created_at__lt=before)
    return found.exclude(_is_referred_to()).order_by("created_at").values_list("pk", flat=True)


def references() -> list[ForeignObjectRel]:
    """Every foreign key to a file, those without a way back included."""
    found = StoredFile._meta.get_fields(include_hidden=True)
    return [each for each in found if isinstance(each, ForeignObjectRel)]


def _is_referred_to() -> Q:
    condition = Q()
    for relation in references():
        rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        condition |= Q(Exists(rows))
    return condition


@transaction.atomic
def _forget(file_id: uuid.UUID) -> bool:
    """One of them, asked again under its lock: it may have been attached meanwhile."""
    locked = StoredFile.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=file_id).first()
    if locked is None or StoredFile.objects.filter(_is_referred_to(), pk=file_id).exists():
        return False
    if not _remove(*filter(None, (locked.path, locked.thumbnail_path))):
        return False
    locked.delete()
    return True
