"""What routing keeps: who offers which line, what stands where, by which rules, and why."""

from apps.routing.models.capacity import KindWeight, OperatorLimit
from apps.routing.models.decisions import Decision
from apps.routing.models.departments import ChannelLine, Department
from apps.routing.models.rules import Category, Condition, Rule, RuleSet, RuleSkill, RulesSetting, Segment
from apps.routing.models.standing import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    EntryReason,
    KeptReason,
    LeavingReason,
    QueueEntry,
    RankReason,
    Stage,
)
from apps.routing.models.watch import Breach, Patrol, Violation

__all__ = [
    "Assignment",
    "AssignmentEnd",
    "AssignmentReason",
    "Breach",
    "Category",
    "ChannelLine",
    "Condition",
    "Decision",
    "Department",
    "EntryReason",
    "KeptReason",
    "KindWeight",
    "LeavingReason",
    "OperatorLimit",
    "Patrol",
    "QueueEntry",
    "RankReason",
    "Rule",
    "RuleSet",
    "RuleSkill",
    "RulesSetting",
    "Segment",
    "Stage",
    "Violation",
]
