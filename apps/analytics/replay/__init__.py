"""Recorded dialogues played by real sockets against a running server, and checked against its rows (docs/replay.md)."""
