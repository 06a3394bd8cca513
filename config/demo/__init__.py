"""The demo bank: its own site, its people and its past. Served and filled only where DEMO_SITE is on."""

from __future__ import annotations

# One password for all of them: the demo listens on this machine only.
PASSWORD = "meridian-demo-2026"  # noqa: S105

ACCOUNTS = (
    ("admin", "administrator"),
    ("marina", "head supervisor"),
    ("elena", "supervisor"),
    ("anna", "operator"),
    ("boris", "operator"),
    ("vika", "operator"),
    ("timur", "operator"),
    ("dasha", "operator"),
    ("olga", "auditor"),
)


def accounts() -> list[str]:
    """Log-ins of the demo, as they are printed at its start."""
    return [f"{name:<8} {PASSWORD}   ({role})" for name, role in ACCOUNTS]
