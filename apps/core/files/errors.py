from __future__ import annotations

from apps.core.errors import DomainError, Invalid


class FileRefused(Invalid):
    """An upload is not taken; nothing of it is kept.

    Codes: empty, too_large, kind_unknown, kind_not_allowed, markup, broken_image, too_many_pixels.
    """

    code = "file_refused"


class FileUnavailable(DomainError):
    """A stored file may not or cannot be served now. Codes: scanning, infected, not_scanned, failed, missing."""

    code = "file_unavailable"
    status = 409


class ScannerDown(Exception):
    """The virus scanner gave no verdict: not reachable, out of time, or the file is over its own limit."""
