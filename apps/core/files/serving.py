"""The answer that carries a file, with headers that leave the content no power over our pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.base import File
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from apps.core.api.problems import problem_response
from apps.core.files.storing import ensure_servable, open_stored
from apps.core.models.files import StoredFile

State = StoredFile.State
CHUNK = 64 * 1024
THUMBNAIL_TYPE = "image/webp"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
# One range of bytes, as players ask for; lists of ranges are answered with the whole.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def serve(
    stored: StoredFile, *, thumbnail: bool = False, as_download: bool = False, range_header: str = ""
) -> HttpResponseBase:
    """The response with the file; raises FileUnavailable. Whether the asker may see it was asked before.

    Shown in place only where that is safe: pictures (made anew by us), sound, and PDF inside the sandbox. Sound
    and film are also served in parts, for ``range_header`` (the request's Range).
    """
    ensure_servable(stored)
    is_small = thumbnail and bool(stored.thumbnail_path)
    content = open_stored(stored, thumbnail=is_small)
    content_type = THUMBNAIL_TYPE if is_small else stored.content_type
    start, end = 0, content.size
    wants_part = stored.kind in (StoredFile.Kind.AUDIO, StoredFile.Kind.VIDEO) and range_header
    if wants_part and (match := _RANGE.fullmatch(range_header.strip())) and any(match.groups()):
        start, end = _part(match, content.size)
    if start >= end:
        content.close()
        return _no_such_part(content.size)
    response = FileResponse(FilePart(content, start, end), content_type=content_type)
    _describe(response, stored, inline=not as_download and (is_small or _is_safe_inline(stored)))
    response["Content-Length"] = str(end - start)
    if (start, end) != (0, content.size):
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    return response


def _is_safe_inline(stored: StoredFile) -> bool:
    return (
        stored.kind in (StoredFile.Kind.IMAGE, StoredFile.Kind.AUDIO)
        or stored.content_type == "application/pdf"
    )


def _part(match: re.Match[str], size: int) -> tuple[int, int]:
    """First byte and the byte after the last one; an empty stretch when the file has no such part."""
    first, last = match.groups()
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size


def _no_such_part(size: int) -> HttpResponse:
    headers = {**HEADERS, "Content-Range": f"bytes */{size}"}
    return problem_response(
        416, "no_such_part", _("The file ends before the part that was asked for."), headers=headers
    )


def _describe(response: HttpResponseBase, stored: StoredFile, *, inline: bool) -> None:
    for name, value in HEADERS.items():
        response[name] = value
    disposition = content_disposition_header(not inline, stored.name)
    if disposition:
        response["Content-Disposition"] = disposition
    if stored.kind in (StoredFile.Kind.AUDIO, StoredFile.Kind.VIDEO):
        response["Accept-Ranges"] = "bytes"


class FilePart:
    """Chunks of a file from one byte up to another; closes the file with the response."""

    def __init__(self, content: File, start: int, end: int) -> None:
        self._content, self._left = content, end - start
        content.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.read()
        if not chunk:
            raise StopIteration
        return chunk

    def read(self) -> bytes:
        """The next piece; empty at the end."""
        chunk: bytes = self._content.read(min(CHUNK, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._content.close()


class FileResponse(StreamingHttpResponse):
    """Streams to either kind of server: Django's own would read the whole file into memory under ASGI."""

    def __init__(self, part: FilePart, **kwargs: Any) -> None:
        super().__init__(part, **kwargs)
        self._part = part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self._part.read, thread_sensitive=False)
        while chunk := await read():
            yield chunk
