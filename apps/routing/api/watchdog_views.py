"""Figures of the watchdog, for the bank's monitoring."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.conversations.sighted import SightedView
from apps.core import clock
from apps.core.api.schema import operation
from apps.routing.api import serializers as s
from apps.routing.watchdog.figures import figures


class Watchdog(SightedView):
    scopes = {"GET": "watchdog:read"}

    @operation(
        "read_watchdog",
        tag="Organisation",
        summary="What must never be, and is",
        description=(
            "Open violations within the token's sight, by code. An alarm is due when there is any, or when"
            " seconds_since_look is above 30 or null. lookups and lookup_failures tell of the last hour how often"
            " which outcome came of asking the bank's system; null for a token that does not see every line."
        ),
        answer=s.WatchdogOutput(),
        received={
            "open": 1,
            "by_code": {"holder_gone": 1},
            "oldest_seconds": 12.4,
            "seconds_since_look": 2.1,
            "lookups": {"found": 118, "late": 2},
            "lookup_failures": 2,
        },
    )
    def get(self, request: Request) -> Response:
        return Response(s.WatchdogOutput(figures(self.sight, now=clock.now())).data)
