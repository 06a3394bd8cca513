"""Promises without the database: business time, running and pausing clocks, whose terms count, what a story owes."""
