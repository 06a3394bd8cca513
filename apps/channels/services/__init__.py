"""What the wire does: visitors and their tokens, signed customers, the ledger of raw updates."""
