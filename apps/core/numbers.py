"""Bounds of numbers that come from outside."""

from __future__ import annotations

# What PostgreSQL calls bigint: the largest number that any table takes.
BIG = 2**63 - 1
