"""Who gets which waiting conversation: plain values in, pairs with their reasons out. No database, no clock.

The live dispatcher, "try it" and what-if ask the same functions. See docs/offering.md.
"""
