"""Erlang A: against exact small cases, its limits, another derivation, and customers played on the simulator."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest

from apps.analytics.staffing import check
from apps.analytics.staffing.check import Case
from apps.analytics.staffing.erlang import Load, operators_needed, service, slots_of

MINUTE = 60.0


def erlang_b(offered: float, slots: int) -> float:
    states = [offered**n / math.factorial(n) for n in range(slots + 1)]
    return states[-1] / sum(states)


def erlang_c(offered: float, slots: int) -> float:
    last = offered**slots / math.factorial(slots) * slots / (slots - offered)
    return last / (sum(offered**n / math.factorial(n) for n in range(slots)) + last)


# --- exact cases and limits -----------------------------------------------------------------------------


def test_one_slot_with_patience_as_long_as_handling_is_a_poisson_distribution() -> None:
    """Then every state n is left at rate nμ, so the number present is Poisson with the offered load."""
    found = service(Load(rate=1 / MINUTE, handling=MINUTE, patience=MINUTE), 1, within=0)
    busy = 1 - math.exp(-1)
    waiting = 1 - busy  # of a Poisson number with mean 1, what is above 1 on average
    assert found.in_time == pytest.approx(math.exp(-1), abs=1e-12)
    assert found.occupancy == pytest.approx(busy, abs=1e-12)
    assert found.abandoned == pytest.approx(waiting, abs=1e-12)
    assert found.wait == pytest.approx(waiting * MINUTE, abs=1e-9)


@pytest.mark.parametrize(("offered", "slots"), [(0.5, 1), (2.0, 3), (8.0, 10), (27.0, 30)])
@pytest.mark.parametrize("within", [0.0, 20.0, 300.0])
def test_without_end_to_patience_it_is_erlang_c(offered: float, slots: int, within: float) -> None:
    found = service(Load(rate=offered / 180, handling=180.0), slots, within=within)
    waits = erlang_c(offered, slots)
    late = waits * math.exp(-(slots - offered) / 180 * within)
    assert found.in_time == pytest.approx(1 - late, abs=1e-10)
    assert found.wait == pytest.approx(waits * 180 / (slots - offered), rel=1e-8)
    assert found.abandoned == 0


@pytest.mark.parametrize(("offered", "slots"), [(0.5, 1), (2.0, 3), (8.0, 10), (40.0, 30)])
def test_without_patience_it_is_erlang_b(offered: float, slots: int) -> None:
    found = service(Load(rate=offered / 180, handling=180.0, patience=1e-6), slots, within=20)
    assert found.abandoned == pytest.approx(erlang_b(offered, slots), abs=1e-6)
    assert found.in_time == pytest.approx(1 - erlang_b(offered, slots), abs=1e-6)


def test_a_very_long_patience_comes_to_erlang_c_from_both_formulas() -> None:
    load = Load(rate=8.0 / 180, handling=180.0)
    patient = Load(rate=8.0 / 180, handling=180.0, patience=1e9)
    for within in (0.0, 30.0, 120.0):
        exact, near = service(load, 10, within=within), service(patient, 10, within=within)
        assert near.in_time == pytest.approx(exact.in_time, abs=1e-5)


def test_a_line_that_never_gives_up_and_is_overloaded_serves_nobody_in_time() -> None:
    found = service(Load(rate=2.0, handling=10.0), 20, within=60)
    assert (found.in_time, found.wait, found.occupancy) == (0.0, math.inf, 1.0)


# --- another derivation: the density of the virtual wait, integrated ---------------------------------------


def by_density(load: Load, slots: int, within: float) -> float:
    """Mandelbaum and Zeltyn: v(t) = λ·exp(λH(t) − nμt)/(ε + λJ) with H(t) = (1 − e^(−θt))/θ; Simpson's rule."""
    free, leaving = slots / load.handling, 1 / load.patience
    states = [load.offered**n / math.factorial(n) for n in range(slots)]
    before = sum(states) / states[-1]

    def grows(t: float) -> float:
        return math.exp(load.rate * -math.expm1(-leaving * t) / leaving - free * t)

    whole = simpson(grows, 60 * load.patience + 400 / free, 400_000)
    served = simpson(lambda t: grows(t) * math.exp(-leaving * t), within, 20_000) if within else 0.0
    return (before + load.rate * served) / (before + load.rate * whole)


def simpson(function: Callable[[float], float], end: float, steps: int) -> float:
    step = end / steps
    total = function(0.0) + function(end)
    total += sum((4 if n % 2 else 2) * function(n * step) for n in range(1, steps))
    return total * step / 3


@pytest.mark.parametrize(
    ("rate", "slots", "patience", "within"),
    [(0.05, 8, 120.0, 30.0), (0.05, 10, 600.0, 60.0), (0.2, 30, 60.0, 10.0), (0.08, 10, 90.0, 45.0)],
)
def test_the_density_of_the_wait_says_the_same(
    rate: float, slots: int, patience: float, within: float
) -> None:
    load = Load(rate=rate, handling=180.0, patience=patience)
    found = service(load, slots, within=within).in_time
    assert found == pytest.approx(by_density(load, slots, within), abs=1e-6)


# --- the simulator of what-if ------------------------------------------------------------------------------


def test_customers_played_on_the_simulator_get_what_the_formula_says() -> None:
    """Shares within 1.5 points and the mean wait within 2 s; `manage.py whatif --staffing` has the large grid."""
    rows = list(check.measure(check.SMALL, customers=8_000, seed=5))
    assert [row.customers > 7_000 for row in rows] == [True] * len(check.SMALL)
    for row in rows:
        assert row.in_time == pytest.approx(row.formula.in_time, abs=check.SHARE)
        assert row.abandoned == pytest.approx(row.formula.abandoned, abs=check.SHARE)
        assert row.wait == pytest.approx(row.formula.wait, abs=check.SECONDS)
        assert row.holds


def test_the_operators_found_reach_the_target_on_the_simulator_and_one_fewer_misses_it() -> None:
    load = Load(rate=0.05, handling=240.0, patience=180.0)
    found = operators_needed(load, each=3.0, share=0.8, within=30.0)
    cases = [Case(teams=((n, 3),), occupancy=load.offered / 3 / n) for n in (found, found - 1)]
    enough, too_few = check.measure(cases, customers=3_000, seed=1)
    assert enough.in_time >= 0.8 > too_few.in_time + 0.1


# --- hundreds of slots, and how many are needed -----------------------------------------------------------


@pytest.mark.parametrize("slots", [300, 1200, 5000])
def test_hundreds_of_slots_neither_overflow_nor_lose_the_order(slots: int) -> None:
    for share in (0.3, 0.95, 1.0, 1.3, 3.0):
        load = Load(rate=share * slots / 300, handling=300.0, patience=240.0)
        found = service(load, slots, within=3600.0)
        assert 0 <= found.in_time <= 1
        assert 0 <= found.abandoned < 1
        assert found.in_time + found.abandoned == pytest.approx(1, abs=1e-6)
        assert found.abandoned == pytest.approx(max(0.0, 1 - 1 / share), abs=0.03)


def test_every_slot_more_serves_more_in_time() -> None:
    load = Load(rate=0.5, handling=300.0, patience=180.0)
    shares = [service(load, slots, within=30).in_time for slots in range(1, 260)]
    assert all(more >= less - 1e-12 for less, more in pairwise(shares))


@pytest.mark.parametrize("each", [1.0, 2.4, 5.0])
def test_the_fewest_operators_are_found(each: float) -> None:
    load = Load(rate=0.3, handling=240.0, patience=300.0)
    found = operators_needed(load, each=each, share=0.8, within=30)
    assert service(load, slots_of(found, each), within=30).in_time >= 0.8
    assert service(load, slots_of(found - 1, each), within=30).in_time < 0.8


def test_nobody_is_needed_where_nobody_comes() -> None:
    assert operators_needed(Load(rate=0.0, handling=240.0), each=2.0, share=0.8, within=30) == 0


def test_patience_conversations_at_once_and_the_target_each_move_the_number() -> None:
    def needed(*, patience: float = 300.0, each: float = 2.0, share: float = 0.8, within: float = 30) -> int:
        return operators_needed(
            Load(rate=0.3, handling=240.0, patience=patience), each=each, share=share, within=within
        )

    assert needed(each=1.0) > needed(each=2.0) > needed(each=4.0)
    assert needed(share=0.95) > needed(share=0.8) > needed(share=0.5)
    assert needed(within=5) >= needed(within=30) > needed(within=300)
    assert needed(patience=60.0) != needed(patience=36000.0)
