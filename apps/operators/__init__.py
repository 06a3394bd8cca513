"""The organisation: who works here, in which lines, when, and with which texts."""
