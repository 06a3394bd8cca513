"""Back-office pages of the organisation: lines and hours, staff, texts."""

from apps.operators.admin import lines, look, production, staff, texts

__all__ = ["lines", "look", "production", "staff", "texts"]
