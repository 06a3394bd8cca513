"""Days and moments that people type: within two centuries, whatever their zone.

What lies near the ends of the calendar can be stored and never read again, and reckoning with it overflows: one such
row would break every list, and every sweep, that meets it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def sensible(value: date) -> None:
    """Raises ValidationError for a day or a moment of another age; the day of each counts, whatever the zone."""
    if not EARLIEST.year <= value.year < LATEST.year:
        raise ValidationError(_("A moment between the years 2000 and 2100."))
