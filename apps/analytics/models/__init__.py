"""What analysis keeps of its own: targets for planning, and past days asked again with other rules."""

from apps.analytics.models.staffing import StaffingTarget
from apps.analytics.models.what_if import WhatIfRun

__all__ = ["StaffingTarget", "WhatIfRun"]
