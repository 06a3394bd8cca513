"""Measures the house from above: replay of real dialogues and benches."""
