"""Back-office pages of conversations: to look at. Grants are edited on the page of their group."""

from apps.conversations.admin import conversations, grants, merges, messages

__all__ = ["conversations", "grants", "merges", "messages"]
