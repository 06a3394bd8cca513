"""Bots, to whom conversations may be handed. Routing calls this floor of the house, conversations never does."""
