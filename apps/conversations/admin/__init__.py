"""Back-office pages of conversations: to look at, but for a customer's manager. Grants are on their group's page."""

from apps.conversations.admin import conversations, customers, grants, letters, merges, messages

__all__ = ["conversations", "customers", "grants", "letters", "merges", "messages"]
