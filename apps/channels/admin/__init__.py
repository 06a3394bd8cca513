"""Back-office pages of channels and of what providers sent."""

from apps.channels.admin import channels, updates

__all__ = ["channels", "updates"]
