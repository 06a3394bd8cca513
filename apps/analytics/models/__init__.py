"""What analysis keeps of its own: targets for planning."""

from apps.analytics.models.staffing import StaffingTarget

__all__ = ["StaffingTarget"]
