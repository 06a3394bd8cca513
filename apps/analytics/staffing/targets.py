"""Every line has a target from the moment somebody looks: one statement, however many lines are new."""

from __future__ import annotations

from django.db import connection

from apps.analytics.models import StaffingTarget

_MAKE = """
INSERT INTO analytics_staffingtarget (queue_id, percent, seconds, shrinkage_percent, weeks)
SELECT id, %(percent)s, %(seconds)s, %(shrinkage_percent)s, %(weeks)s FROM operators_queue WHERE is_active
ON CONFLICT (queue_id) DO NOTHING
"""


def make_missing() -> None:
    """Lines that came since the last look get the usual target."""
    usual = StaffingTarget()
    values = {name: getattr(usual, name) for name in ("percent", "seconds", "shrinkage_percent", "weeks")}
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, values)
