"""From what was seen of a line lately to the wait of somebody who stands in it.

Whoever waits moves up when a place of an operator of his line becomes free, and is overtaken by conversations of
more important lines and customers that the same operators serve. Both happen at rates measured over the last while,
so his place walks down to zero with a drift, and the time until then has a known mean and variance.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.routing.estimating.ranges import Range, range_of
from apps.routing.estimating.spread import Spread

# A line that loses nearly every free place to more important ones still moves: no slower than this share of them.
SLOWEST = 0.1
# With fewer ends than this nothing is known of how long a conversation lasts.
FEWEST_ENDS = 5
# From being given to the first words, while nothing was measured.
UNKNOWN_ANSWER = Spread(20.0, 400.0)
# Whoever waits longer than this share of all first answers took is not being taken.
TAKEN = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line at one moment, and what its operators did in the last ``window`` seconds."""

    # Places of its operators at work: free for it now, and all of them.
    free: int
    places: int
    # Who waits in this line, and what these operators will serve of what waits in lines that go before it.
    waiting: int = 0
    # Where nobody gives them out, for how long somebody waits already whom an operator with a free place might take.
    passed_over: float = 0.0
    elsewhere: float = 0.0
    # How long places were held, in seconds, and how many of them became free meanwhile.
    held: float = 0.0
    ends: int = 0
    # After-work for each end: a place is not free before that.
    wrap_up: float = 0.0
    # Conversations that came to the same operators and go before whoever waits already, per second.
    overtaking: float = 0.0
    # Of those who wait, how many give up per second and customer.
    leaving: float = 0.0
    # From being given to the first words of the operator.
    answering: Spread = UNKNOWN_ANSWER


def estimate(seen: Seen, *, ahead: int | None = None) -> Range | None:
    """The range for whoever has so many of his line before him (None: all of them); None when it is not known."""
    before = seen.waiting if ahead is None else ahead
    wait = wait_of(seen, before + seen.elsewhere)
    return None if wait is None else range_of(wait)


def wait_of(seen: Seen, ahead: float) -> Spread | None:
    """Mean and variance of the time until he is answered; None where nobody works or nothing was seen."""
    if seen.places <= 0:
        return None
    moves = ahead + 1 - _given(seen)
    if moves <= 0:
        return seen.answering
    if seen.ends < FEWEST_ENDS or seen.held <= 0:
        return None
    return _walk(seen, moves) + seen.answering


def _given(seen: Seen) -> int:
    """Free places that count: none while somebody is passed over for longer than answers take."""
    return seen.free if seen.passed_over <= seen.answering.quantile(TAKEN) else 0


def _walk(seen: Seen, moves: float) -> Spread:
    """The first moment at which nobody is before him any more."""
    up = seen.overtaking
    freed = seen.places / (seen.held / seen.ends + seen.wrap_up)
    mean = variance = 0.0
    for place in range(max(1, round(moves))):
        down = freed + place * seen.leaving
        drift = max(down - up, SLOWEST * down)
        mean += 1 / drift
        variance += (down + up) / drift**3
    # The rates themselves are known only as well as so many ends tell.
    return Spread(mean, variance + mean * mean / seen.ends)
