"""Back-office pages of what knows no business: integrations and the journal."""

from apps.core.admin import integrations, journal

__all__ = ["integrations", "journal"]
