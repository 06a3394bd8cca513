"""How fast a token may ask: ``API_RATE``, counted in a sliding window."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from apps.core.limits import allow
from apps.core.models import ApiToken

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class TokenThrottle(BaseThrottle):
    """So many requests of one token a period; the answer says when to try again."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        limit, self._seconds = rate()
        return allow(f"api:{request.auth.pk}", limit, self._seconds)

    def wait(self) -> float:
        """Seconds after which at least a part of the window is free again."""
        return max(self._seconds / 10, 1)


def rate() -> tuple[int, int]:
    """Requests and seconds of the configured rate, such as "600/min"."""
    number, _, period = str(api_settings.DEFAULT_THROTTLE_RATES["token"]).partition("/")
    return int(number), SECONDS[period[0].lower()]
