"""Back-office pages of the organisation: lines and hours, staff and their work, texts."""

from apps.operators.admin import lines, look, production, staff, texts, work

__all__ = ["lines", "look", "production", "staff", "texts", "work"]
