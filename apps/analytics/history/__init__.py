"""A past day read from rows, as the simulator takes it, with what happened in it."""
