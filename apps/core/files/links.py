"""Links to files that work for one person and five minutes.

A link only says who asked for it: the view still asks, at that moment, whether this person may see the file.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound

LIFE = timedelta(minutes=5)


class BadLink(NotFound):
    """The link is old, changed, or somebody else's: these look alike."""

    def __init__(self) -> None:
        super().__init__(_("This link has expired. Open the file from the conversation again."))


def sign_link(file_id: UUID, audience: str, now: datetime) -> str:
    """A token for the address of a file; ``audience`` is "user:5" or "visitor:9"."""
    expires = int((now + LIFE).timestamp())
    return _signer(audience).sign(f"{file_id.hex}.{expires}")


def check_link(token: str, audience: str, now: datetime) -> UUID:
    """The file a token was made for; raises BadLink."""
    try:
        file_id, _dot, expires = _signer(audience).unsign(token).partition(".")
    except signing.BadSignature:
        raise BadLink from None
    if int(expires) < now.timestamp():
        raise BadLink
    return UUID(hex=file_id)


def _signer(audience: str) -> signing.Signer:
    # The audience is part of the key and not of the token: a link tells nobody whose it is.
    return signing.Signer(salt=f"core.files.link:{audience}")
