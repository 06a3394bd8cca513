"""Lines, channels, calendars."""

from __future__ import annotations

from itertools import count

from apps.channels.models import Channel
from apps.operators.models import Queue

_numbers = count(1)


def line(name: str | None = None, **values: object) -> Queue:
    """A line from which its members take work themselves, unless told otherwise; its priority is published."""
    usual: dict[str, object] = {"offering": "pull", "live_priority": values.get("priority", 0)}
    if values.get("offering", "pull") == "pull":
        usual["accept_seconds"] = 0
    return Queue.objects.create(name=name or f"Line {next(_numbers)}", **{**usual, **values})


def common_line() -> Queue:
    """The one default line."""
    found = Queue.objects.filter(is_default=True).first()
    if found is None:
        return line("Общая", is_default=True)
    if found.offering != "pull":
        found.offering, found.accept_seconds = "pull", 0
        found.save(update_fields=["offering", "accept_seconds"])
    return found


def channel(name: str | None = None, *, kind: str = "web", **values: object) -> Channel:
    common_line()
    return Channel.objects.create(name=name or f"Site {next(_numbers)}", kind=kind, **values)
