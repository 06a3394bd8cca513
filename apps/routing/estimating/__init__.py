"""How long a customer will wait, as an honest range: plain values in, seconds out. No database, no clock.

The service for live lines and the simulator of what-if ask the same functions. See docs/whatif.md.
"""
