"""What every page of the back office shares; each app's admin.py builds on it."""
