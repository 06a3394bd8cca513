"""The organisation: hours, lines with their members, people with their skills, texts they use."""

from apps.operators.models.hours import (
    MIDNIGHT,
    Calendar,
    CalendarException,
    CalendarInterval,
    ProductionDay,
    Weekday,
    check_order,
    ends_after_it_begins,
)
from apps.operators.models.lines import (
    EditedHours,
    LineSkill,
    Offering,
    OutOfHours,
    Overflow,
    Policy,
    Queue,
    QueueMembership,
)
from apps.operators.models.people import LEVELS, Operator, Skill, SkillLevel
from apps.operators.models.presence import BreakReason, DeclineReason, Presence
from apps.operators.models.shifts import Shift, WeeklyShift, WorkSetting
from apps.operators.models.texts import ReplyTemplate, Tag, TemplateFolder

__all__ = [
    "LEVELS",
    "MIDNIGHT",
    "BreakReason",
    "Calendar",
    "CalendarException",
    "CalendarInterval",
    "DeclineReason",
    "EditedHours",
    "LineSkill",
    "Offering",
    "Operator",
    "OutOfHours",
    "Overflow",
    "Policy",
    "Presence",
    "ProductionDay",
    "Queue",
    "QueueMembership",
    "ReplyTemplate",
    "Shift",
    "Skill",
    "SkillLevel",
    "Tag",
    "TemplateFolder",
    "Weekday",
    "WeeklyShift",
    "WorkSetting",
    "check_order",
    "ends_after_it_begins",
]
