"""Verbs of routing: place, accept, transfer, return, snooze, close. Each ends what was open and opens what follows."""
