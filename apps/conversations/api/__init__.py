"""REST: customers and what they write."""
