"""Files that people give us, from the first byte to the answer of a download. See docs/files.md.

A file is named, sniffed, re-encoded when it is a picture, stored under a random name and scanned; it is served by
one function with headers that leave it no power. Nothing here asks who may see a file: the caller does.
"""

from apps.core.files.errors import FileRefused, FileUnavailable, ScannerDown
from apps.core.files.links import BadLink, check_link, sign_link
from apps.core.files.serving import serve
from apps.core.files.storing import (
    ensure_servable,
    forget_abandoned,
    open_stored,
    receive,
    scan,
    waiting_for_scan,
)

__all__ = [
    "BadLink",
    "FileRefused",
    "FileUnavailable",
    "ScannerDown",
    "check_link",
    "ensure_servable",
    "forget_abandoned",
    "open_stored",
    "receive",
    "scan",
    "serve",
    "sign_link",
    "waiting_for_scan",
]
