"""Verbs of the organisation: presence."""
