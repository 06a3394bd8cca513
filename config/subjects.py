"""Who sees a thing that core only knows by kind and number: the event log and webhooks ask here."""

from apps.conversations import subjects
from apps.routing import subjects as routing

SUBJECTS = {
    "conversation": subjects.seen_conversations,
    "customer": subjects.seen_customers,
    "lead": routing.seen_leads,
    "violation": routing.seen_violations,
    "queue": subjects.seen_lines,
    "operator": subjects.seen_operators,
    "user": subjects.seen_accounts,
    "channel": subjects.seen_channels,
    "file": subjects.seen_files,
    "rules": routing.seen_rules,
    "catalogue": subjects.seen_catalogue,
}
