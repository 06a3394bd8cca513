"""Verbs of core: tokens of integrations, outgoing webhooks."""
