"""Files: up before the message that carries them, down with the right to read it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import Throttled
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations import selectors
from apps.conversations.api import examples
from apps.conversations.api import serializers as s
from apps.conversations.services import files as access
from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.core.files import receive, serve
from apps.core.limits import allow
from apps.core.models import StoredFile

READ, WRITE = "files:read", "files:write"
UPLOADS_PER_MINUTE = 30


class Attachments(SightedView):
    scopes = {"POST": WRITE}
    parser_classes = [MultiPartParser]

    @operation(
        "upload_attachment",
        tag="Attachments",
        summary="Upload a file",
        description="A form with the part `file`. Name its id in the message that carries it.",
        request={"multipart/form-data": s.UploadInput},
        answer=s.FileOutput,
        status=201,
        received=examples.FILE,
    )
    def post(self, request: Request) -> Response:
        asked = self.valid(s.UploadInput)
        uploader = f"user:{self.account.pk}"
        if not allow(f"upload:{uploader}", UPLOADS_PER_MINUTE, 60):
            raise Throttled(wait=60)
        stored = receive(
            asked["file"],
            uploaded_by=uploader,
            allowed_kinds=StoredFile.Kind.values,
            max_bytes=settings.UPLOAD_MAX_BYTES,
            now=clock.now(),
        )
        return Response(s.FileOutput(selectors.file_view(stored)).data, status=201)


class AttachmentDetail(SightedView):
    scopes = {"GET": READ}

    @operation(
        "get_attachment",
        tag="Attachments",
        summary="What is known of a file",
        answer=s.FileOutput,
        received=examples.FILE,
    )
    def get(self, request: Request, file_id: UUID) -> Response:
        return Response(s.FileOutput(selectors.file_view(access.for_staff(self.sight, file_id))).data)


class AttachmentContent(SightedView):
    scopes = {"GET": READ}

    @operation(
        "download_attachment",
        tag="Attachments",
        summary="A file's content",
        description="409 while the file is being checked for viruses, or when it may not be served at all.",
        answer=OpenApiTypes.BINARY,
        media="application/octet-stream",
    )
    def get(self, request: Request, file_id: UUID) -> HttpResponseBase:
        found = access.for_staff(self.sight, file_id)
        return serve(found, as_download=True, range_header=request.headers.get("Range", ""))
