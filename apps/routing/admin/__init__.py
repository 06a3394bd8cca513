"""Back-office pages of routing: lines of channels, and why each conversation went where it went."""

from apps.routing.admin import channels, records

__all__ = ["channels", "records"]
