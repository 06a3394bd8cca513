"""Of these leads, which may a user see? In the form in which core asks."""

from __future__ import annotations

from collections.abc import Collection

from apps.conversations.access import sight_of
from apps.core.models import User
from apps.routing.services import leads


def seen_leads(user: User, ids: Collection[int]) -> set[int]:
    """Events of leads say ids and codes: to whom may know that they exist."""
    return set(leads.visible_to(sight_of(user)).filter(pk__in=ids).values_list("pk", flat=True))
