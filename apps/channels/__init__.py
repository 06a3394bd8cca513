"""The wire: configured connections, visitors, adapters and the ledger of raw updates."""
