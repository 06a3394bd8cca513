"""Who sees a thing that core only knows by kind and number: the event log and webhooks ask here."""

from apps.conversations import subjects

SUBJECTS = {
    "conversation": subjects.seen_conversations,
    "customer": subjects.seen_customers,
    "queue": subjects.seen_lines,
    "operator": subjects.seen_operators,
    "catalogue": subjects.seen_catalogue,
}
