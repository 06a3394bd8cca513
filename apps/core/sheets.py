"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

# A cell that begins so is a formula to a spreadsheet; an apostrophe before it makes it text again.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")


def made_safe(value: str) -> str:
    """A cell that no spreadsheet will run. ``made_plain`` is its reverse."""
    return f"'{value}" if value.startswith((*FORMULA, "'")) else value


def made_plain(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith((*FORMULA, "'")) else value
