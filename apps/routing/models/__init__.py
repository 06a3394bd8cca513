"""What routing keeps: who offers which line, what stands where, by which rules, and why."""

from apps.routing.models.decisions import Decision
from apps.routing.models.departments import ChannelLine, Department
from apps.routing.models.rules import Condition, Rule, RuleSet, RulesSetting
from apps.routing.models.standing import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    EntryReason,
    LeavingReason,
    QueueEntry,
)

__all__ = [
    "Assignment",
    "AssignmentEnd",
    "AssignmentReason",
    "ChannelLine",
    "Condition",
    "Decision",
    "Department",
    "EntryReason",
    "LeavingReason",
    "QueueEntry",
    "Rule",
    "RuleSet",
    "RulesSetting",
]
