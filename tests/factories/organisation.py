"""Lines, channels, calendars."""

from __future__ import annotations

from itertools import count

from apps.channels.models import Channel
from apps.operators.models import Queue

_numbers = count(1)


def line(name: str | None = None, **values: object) -> Queue:
    return Queue.objects.create(name=name or f"Line {next(_numbers)}", **values)


def common_line() -> Queue:
    """The one default line."""
    return Queue.objects.filter(is_default=True).first() or line("Общая", is_default=True)


def channel(name: str | None = None, *, kind: str = "web", **values: object) -> Channel:
    common_line()
    return Channel.objects.create(name=name or f"Site {next(_numbers)}", kind=kind, **values)
