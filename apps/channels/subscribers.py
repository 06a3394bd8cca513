"""What open chats are told of their channel."""

from __future__ import annotations

from apps.channels.events import ChannelChanged
from apps.channels.services import chats

# What no chat shows and no hello brings.
UNSEEN = frozenset({"name", "keys", "visitor_days", "webhook_secret"})


def refresh_chats(event: ChannelChanged) -> None:
    """Texts, limits, form, departments, sites, or the channel itself: whoever is there fetches them anew."""
    if not UNSEEN.issuperset(event.fields):
        chats.call_back([event.channel])
