"""How many operators a line needs and when: a forecast from history, Erlang A, and the shifts beside it."""
