"""REST: bots."""
