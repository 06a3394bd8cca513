"""A write asked for twice is done once: the key is claimed before the work, the answer kept beside it.

The work and its answer are committed together while the claim's row is locked. So a process that dies leaves
either nothing done and an unfinished row, or all done and the answer to repeat. An unfinished row that nobody
locks any more is taken over after a minute.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.core.api.problems import CONTENT_TYPE, problem_handler
from apps.core.errors import Conflict, DomainError, Invalid
from apps.core.models import ApiToken, IdempotentRequest

HEADER = "Idempotency-Key"
TAKEN_OVER_AFTER = timedelta(minutes=1)
# Refusals of this try, not of the write: unreadable, not signed in, too slow, too large, too many. They free the key.
NOT_YET = frozenset({400, 401, 408, 413, 429})
KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{8,80}")


class KeyReused(DomainError):
    """The key belongs to a request with another address or body."""

    code = "idempotency_key_reused"
    status = 422


class InFlight(Conflict):
    """The same request is being worked on at this moment."""

    code = "request_in_flight"


def once(request: Request, work: Callable[[], Response]) -> Response:
    """Do ``work`` unless this token's key was used before; then give the answer of that time."""
    token, now = request.auth, clock.now()
    assert isinstance(token, ApiToken)
    row = _claim(token, _key(request), _fingerprint(request), now)
    if row.status is not None:
        return _replayed(row)
    return _work(row.pk, request, work)


def _work(claim: int, request: Request, work: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            row = _held(claim)
            if row.status is not None:
                return _replayed(row)
            response = work()
            _keep(claim, response)
            return response
    except Exception as error:  # noqa: BLE001 - a surprise is raised again once the key is free
        return _refused(claim, error, request)


def _refused(claim: int, error: Exception, request: Request) -> Response:
    """What was refused has changed nothing. A refusal by the rules is the answer to keep; others free the key."""
    response = None if isinstance(error, InFlight) else problem_handler(error, {"request": request})
    if response is None or response.status_code in NOT_YET or response.status_code >= 500:
        if not isinstance(error, InFlight):
            IdempotentRequest.objects.filter(pk=claim, status__isnull=True).delete()
        raise error
    _keep(claim, response)
    return response


def _claim(token: ApiToken, key: str, fingerprint: str, now: datetime) -> IdempotentRequest:
    fresh = IdempotentRequest(token=token, key=key, fingerprint=fingerprint, created_at=now)
    if IdempotentRequest.objects.bulk_create([fresh], ignore_conflicts=True) and (
        mine := IdempotentRequest.objects.filter(token=token, key=key, created_at=now).first()
    ):
        # Made by us, or by an equal request in the same microsecond: the row lock decides between the two.
        return _checked(mine, fingerprint)
    row = IdempotentRequest.objects.filter(token=token, key=key).first()
    if row is None:
        raise InFlight(_("The same request is being worked on. Try again in a moment."))
    _checked(row, fingerprint)
    if row.status is None and row.created_at > now - TAKEN_OVER_AFTER:
        raise InFlight(_("The same request is being worked on. Try again in a moment."))
    return row


def _checked(row: IdempotentRequest, fingerprint: str) -> IdempotentRequest:
    if row.fingerprint != fingerprint:
        raise KeyReused(_("This idempotency key was used for another request. Make a new one."))
    return row


def _held(claim: int) -> IdempotentRequest:
    row = IdempotentRequest.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=claim).first()
    if row is None:
        raise InFlight(_("The same request is being worked on. Try again in a moment."))
    return row


def _keep(claim: int, response: Response) -> None:
    body = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
    IdempotentRequest.objects.filter(pk=claim).update(status=response.status_code, body=body)


def _replayed(row: IdempotentRequest) -> Response:
    content_type = CONTENT_TYPE if row.status and row.status >= 400 else None
    headers = {"Idempotent-Replayed": "true"}
    return Response(row.body, status=row.status, headers=headers, content_type=content_type)


def _key(request: Request) -> str:
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise Invalid(
            _("Every write carries the header Idempotency-Key: 8 to 80 visible ASCII characters."),
            code="idempotency_key_missing",
        )
    return key


def _fingerprint(request: Request) -> str:
    """What was asked: method, address and content; the wording of the JSON does not matter."""
    parts = [str(request.method), request.get_full_path(), _content(request.data)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _content(data: Any) -> str:
    files = request_files(data)
    plain = {name: data[name] for name in data if name not in files} if files else data
    digests = {name: [file.name, _file_digest(file)] for name, file in files.items()}
    return json.dumps([plain, digests], sort_keys=True, default=str)


def request_files(data: Any) -> dict[str, UploadedFile]:
    """The files of a form, by field."""
    if not isinstance(data, Mapping) and not hasattr(data, "items"):
        return {}
    return {name: each for name, each in data.items() if isinstance(each, UploadedFile)}


def _file_digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def forget(*, now: datetime, limit: int = 5000) -> int:
    """Drop answers older than a day, a batch at a time; returns how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=now - KEPT_FOR).order_by("created_at")
    return IdempotentRequest.objects.filter(pk__in=old.values("pk")[:limit]).delete()[0]
