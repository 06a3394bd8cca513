"""Back-office pages of analysis: staffing."""

from apps.analytics.admin import staffing

__all__ = ["staffing"]
