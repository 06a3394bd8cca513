"""Back-office pages of routing: rules and versions, lines, capacity, and why each conversation went where it did."""

from apps.routing.admin import (
    capacity,
    channels,
    escalations,
    leads,
    ledger,
    lookups,
    promises,
    records,
    rules,
    segments,
    silence,
    versions,
    watchdog,
)

__all__ = [
    "capacity",
    "channels",
    "escalations",
    "leads",
    "ledger",
    "lookups",
    "promises",
    "records",
    "rules",
    "segments",
    "silence",
    "versions",
    "watchdog",
]
