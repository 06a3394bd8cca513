"""REST: the organisation."""
