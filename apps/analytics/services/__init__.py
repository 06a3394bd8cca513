"""Verbs of analysis: past days asked again with other rules."""
