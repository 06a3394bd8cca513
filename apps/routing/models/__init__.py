"""What routing keeps: who offers which line, what stands where, by which rules, and why."""

from apps.routing.models.capacity import KindWeight, OperatorLimit
from apps.routing.models.decisions import Decision
from apps.routing.models.departments import ChannelLine, Department
from apps.routing.models.leads import OPEN_LEAD, Lead, LeadRequest, LeadState, Occasion, Wanted
from apps.routing.models.lookups import Lookup, LookupOutcome, LookupSetting
from apps.routing.models.rules import Category, Condition, Rule, RuleSet, RuleSkill, RulesSetting, Segment
from apps.routing.models.silence import SilencePolicy, SilenceStep, SilenceTaken
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
    "OPEN_LEAD",
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
    "Lead",
    "LeadRequest",
    "LeadState",
    "LeavingReason",
    "Lookup",
    "LookupOutcome",
    "LookupSetting",
    "Occasion",
    "OperatorLimit",
    "Patrol",
    "QueueEntry",
    "RankReason",
    "Rule",
    "RuleSet",
    "RuleSkill",
    "RulesSetting",
    "Segment",
    "SilencePolicy",
    "SilenceStep",
    "SilenceTaken",
    "Stage",
    "Violation",
    "Wanted",
]
