"""Back-office pages of routing: lines of channels, capacity, and why each conversation went where it went."""

from apps.routing.admin import capacity, channels, records, silence

__all__ = ["capacity", "channels", "records", "silence"]
