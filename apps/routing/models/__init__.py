"""What routing keeps: who offers which line, what stands where, by which rules, and why."""

from apps.routing.models.bots import BotEnd, BotStay
from apps.routing.models.capacity import KindWeight, OperatorLimit
from apps.routing.models.decisions import Decision
from apps.routing.models.departments import ChannelLine, Department
from apps.routing.models.escalations import Escalation, EscalationRun
from apps.routing.models.leads import OPEN_LEAD, Lead, LeadRequest, LeadState, Occasion, Wanted
from apps.routing.models.ledger import (
    ForceMajeure,
    Obligation,
    ObligationState,
    Promise,
    PromiseChannel,
    PromiseExclusion,
)
from apps.routing.models.lookups import Lookup, LookupOutcome, LookupSetting
from apps.routing.models.promised import Pause
from apps.routing.models.promises import (
    CancelReason,
    Clock,
    ClockKind,
    ClockState,
    Notice,
    PolicyAction,
    ServicePolicy,
)
from apps.routing.models.rules import Category, Condition, Rule, RuleSet, RuleSkill, RulesSetting, Segment
from apps.routing.models.showing import Showing
from apps.routing.models.silence import SilenceChannel, SilencePolicy, SilenceStep, SilenceTaken
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
    "BotEnd",
    "BotStay",
    "Breach",
    "CancelReason",
    "Category",
    "ChannelLine",
    "Clock",
    "ClockKind",
    "ClockState",
    "Condition",
    "Decision",
    "Department",
    "EntryReason",
    "Escalation",
    "EscalationRun",
    "ForceMajeure",
    "KeptReason",
    "KindWeight",
    "Lead",
    "LeadRequest",
    "LeadState",
    "LeavingReason",
    "Lookup",
    "LookupOutcome",
    "LookupSetting",
    "Notice",
    "Obligation",
    "ObligationState",
    "Occasion",
    "OperatorLimit",
    "Patrol",
    "Pause",
    "PolicyAction",
    "Promise",
    "PromiseChannel",
    "PromiseExclusion",
    "QueueEntry",
    "RankReason",
    "Rule",
    "RuleSet",
    "RuleSkill",
    "RulesSetting",
    "Segment",
    "ServicePolicy",
    "Showing",
    "SilenceChannel",
    "SilencePolicy",
    "SilenceStep",
    "SilenceTaken",
    "Stage",
    "Violation",
    "Wanted",
]
