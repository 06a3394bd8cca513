"""Rows for tests, one module per app: everything has a sensible default, tests name only what they are about."""
