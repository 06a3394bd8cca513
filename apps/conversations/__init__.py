"""The heart: customers, conversations, messages, and who may see what."""
