"""May this user see that? Asked by core, which knows no conversations; answered by a table of config.

The table maps a kind of subject ("conversation", "customer" …) to a function of a user and numbers that returns
those he may see. A kind that is not in the table is nobody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.models import Event, User

Seen = Callable[[User, Collection[int]], set[int]]


@cache
def table() -> Mapping[str, Seen]:
    """Kind of subject -> who sees it, loaded once by its dotted path."""
    found: Mapping[str, Seen] = import_string(settings.OTKLIK_SUBJECTS)
    return found


def seen(user: User, kind: str, ids: Collection[int]) -> set[int]:
    """Of these subjects of one kind, those the user may see now."""
    asked = table().get(kind)
    return asked(user, ids) if asked is not None and ids and user.is_active else set()


def seen_events(user: User, events: Iterable[Event]) -> list[Event]:
    """Of these events, those whose subject the user may see now; a few queries per kind of subject."""
    events = list(events)
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        ids[event.subject_kind].add(event.subject_id)
    visible = {kind: seen(user, kind, wanted) for kind, wanted in ids.items()}
    return [event for event in events if event.subject_id in visible[event.subject_kind]]
