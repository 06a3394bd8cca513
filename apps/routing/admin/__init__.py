"""Back-office pages of routing: lines of channels, capacity, and why each conversation went where it went."""

from apps.routing.admin import capacity, channels, records

__all__ = ["capacity", "channels", "records"]
