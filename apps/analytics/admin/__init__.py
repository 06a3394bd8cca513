"""Back-office pages of analysis: staffing, and past days by other rules."""

from apps.analytics.admin import staffing, what_if

__all__ = ["staffing", "what_if"]
