"""The automatic first line. Its floor of the house is kept for it: routing may call it, conversations may not."""
