"""What can be expected to go wrong, in words for the person who asked."""

from __future__ import annotations

from django.utils.functional import Promise


class DomainError(Exception):
    """An expected refusal. Nothing was changed.

    ``code`` is stable and for machines; ``text`` is translated and says what to do. Sockets answer with an
    ``error`` frame, REST with a problem document of ``status``.
    """

    code = "refused"
    status = 409

    def __init__(self, text: str | Promise, *, code: str | None = None) -> None:
        super().__init__(str(text))
        self.text = text
        if code is not None:
            self.code = code


class NotFound(DomainError):
    """There is no such thing, or it is not for the asker: the two look alike on purpose."""

    code = "not_found"
    status = 404


class Forbidden(DomainError):
    """The asker sees the thing but may not do this to it."""

    code = "forbidden"
    status = 403


class Invalid(DomainError):
    """The request itself is wrong: too long, empty, of a wrong shape."""

    code = "invalid"
    status = 400


class Conflict(DomainError):
    """Somebody else was quicker, or the state no longer allows it."""

    code = "conflict"
    status = 409


class TooMany(DomainError):
    """The asker is too quick; the same request may be repeated later."""

    code = "rate_limited"
    status = 429


class Unavailable(DomainError):
    """A database or a neighbour does not answer now; the same request may be repeated."""

    code = "unavailable"
    status = 503
