"""Pages and types made from the code, and the check that they are current."""
