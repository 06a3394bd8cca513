"""REST: handing conversations on."""
