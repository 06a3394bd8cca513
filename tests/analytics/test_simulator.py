"""The simulator: a day played through rules, without a database and without a wall clock."""

from __future__ import annotations

import copy
import heapq
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.analytics.whatif import generated
from apps.analytics.whatif.day import Abilities, Arrival, Day, Handling, Opening, Pause, Reaction, Staffer
from apps.analytics.whatif.generated import BEGINS, LinePlan, Team
from apps.analytics.whatif.outcome import Outcome
from apps.analytics.whatif.simulator import Simulation, simulate
from apps.routing.matching import matching
from apps.routing.matching.pool import UNIT
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenLine, FrozenOverflow, Need, Terms
from apps.routing.ruling.placing import House

AT_ONCE = Terms(offering="automatic")
FIRST, SECOND = 1, 2


Presence = tuple[tuple[datetime, str], ...]
AT_WORK: Presence = ((BEGINS, ""),)


def line(
    number: int = FIRST,
    *,
    priority: int = 0,
    terms: Terms = AT_ONCE,
    needs: tuple[Need, ...] = (),
    overflows: tuple[FrozenOverflow, ...] = (),
) -> FrozenLine:
    name = f"Line {number}"
    return FrozenLine(id=number, name=name, priority=priority, terms=terms, needs=needs, overflows=overflows)


def able(*lines: int, places: int = 1, skills: Mapping[int, int] | None = None) -> Abilities:
    return Abilities(lines=frozenset(lines or (FIRST,)), capacity=places * UNIT, skills=skills or {})


def operator(
    number: int = 1,
    *lines: int,
    places: int = 1,
    skills: Mapping[int, int] | None = None,
    presence: Presence = AT_WORK,
    changes: tuple[tuple[datetime, Abilities], ...] = (),
) -> Staffer:
    abilities = able(*lines, places=places, skills=skills)
    return Staffer(id=number, presence=presence, abilities=abilities, changes=changes)


def arrival(
    number: int,
    second: float,
    *,
    to: int = FIRST,
    work: float = 100.0,
    handling: Handling | None = None,
    manager: int | None = None,
    last: int | None = None,
    before: int | None = None,
) -> Arrival:
    at = BEGINS + timedelta(seconds=second)
    return Arrival(
        number=number,
        at=at,
        facts=Facts(now=at, channel=to, channel_kind="web"),
        handling=handling or Handling(work=work, reply=10.0),
        sent_to=to,
        manager=manager,
        last=last,
        before=before,
    )


def play(
    lines: list[FrozenLine],
    staff: list[Staffer],
    arrivals: list[Arrival],
    *,
    opening: Opening | None = None,
    grace: float = 60.0,
) -> dict[int, Outcome]:
    house = House(default=lines[0].id, lines={each.id: True for each in lines})
    ordered = tuple(sorted(lines, key=lambda each: (-each.priority, each.id)))
    day = Day(
        begins=BEGINS,
        ends=BEGINS + timedelta(hours=4),
        house=house,
        arrivals=tuple(arrivals),
        staff=tuple(staff),
        opening=opening or {},
        grace=grace,
    )
    found = simulate(day, Content(lines=ordered)).outcomes
    return {each.number: each for each in found}


def second(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - BEGINS).total_seconds()


# --- waiting and order ------------------------------------------------------------------------------------


def test_what_comes_while_nobody_has_room_is_taken_when_a_place_is_free() -> None:
    found = play([line()], [operator()], [arrival(1, 0), arrival(2, 30)])
    assert [second(found[number].taken) for number in (1, 2)] == [0.0, 100.0]
    assert [found[number].wait for number in (1, 2)] == [10.0, 80.0]
    assert second(found[2].closed) == 200.0


def test_the_more_important_line_is_served_first() -> None:
    lines = [line(FIRST), line(SECOND, priority=5)]
    found = play(
        lines, [operator(1, FIRST, SECOND)], [arrival(1, 0), arrival(2, 10), arrival(3, 20, to=SECOND)]
    )
    assert [second(found[number].taken) for number in (1, 3, 2)] == [0.0, 100.0, 200.0]


def test_an_offer_that_is_missed_goes_to_somebody_else() -> None:
    terms = Terms(offering="automatic", accept_seconds=20)
    late = Handling(work=100.0, reply=10.0, reactions=(Reaction(60.0), Reaction(5.0)))
    found = play([line(terms=terms)], [operator(1), operator(2)], [arrival(1, 0, handling=late)])
    assert (second(found[1].taken), found[1].operator) == (25.0, 2)


def test_whoever_declined_is_asked_again_only_after_a_pause() -> None:
    terms = Terms(offering="automatic", accept_seconds=20)
    refused = Handling(work=100.0, reply=10.0, reactions=(Reaction(4.0, takes=False), Reaction(5.0)))
    found = play([line(terms=terms)], [operator(1)], [arrival(1, 0, handling=refused)])
    assert second(found[1].taken) == 4.0 + matching.PAUSE.total_seconds() + 5.0


def test_the_personal_manager_is_waited_for_and_then_anybody_takes_it() -> None:
    terms = Terms(offering="automatic", prefers_manager_seconds=60)
    staff = [operator(1), operator(2)]
    arrivals = [
        arrival(1, 0, manager=2, work=1000.0),
        arrival(2, 10, manager=2),
        arrival(3, 20, manager=2, work=1.0),
    ]
    found = play([line(terms=terms)], staff, arrivals)
    assert [found[number].operator for number in (1, 2)] == [2, 1]
    assert second(found[2].taken) == 70.0


def test_a_skill_that_nobody_has_is_asked_for_until_it_relaxes() -> None:
    needs = (Need(skill=7, level=2, relax=50),)
    found = play([line(needs=needs)], [operator(1, skills={7: 1})], [arrival(1, 0)])
    assert second(found[1].taken) == 50.0
    assert play([line(needs=(Need(skill=7, level=2),))], [operator(1)], [arrival(1, 0)])[1].taken is None


# --- what time alone does ---------------------------------------------------------------------------------


def test_after_work_keeps_the_next_one_waiting() -> None:
    terms = Terms(offering="automatic", wrap_up_seconds=30)
    found = play([line(terms=terms)], [operator()], [arrival(1, 0), arrival(2, 10)])
    assert second(found[2].taken) == 130.0


def test_a_silent_conversation_gives_its_place_away_and_comes_back_first() -> None:
    terms = Terms(offering="automatic", idle_minutes=1, own_wait_seconds=600)
    quiet = Handling(work=700.0, reply=10.0, pauses=(Pause(100.0, 300.0),))
    arrivals = [arrival(1, 0, handling=quiet), arrival(2, 10, work=400.0), arrival(3, 20, work=50.0)]
    found = play([line(terms=terms)], [operator()], arrivals)
    # Silent from 100 s on: its place is free at 161 s. It speaks at 400 s, waits for its holder until 561 s,
    # goes before the third one, and needs 300 s more.
    assert second(found[2].taken) == 161.0
    assert second(found[1].closed) == 861.0
    assert second(found[3].taken) == 861.0


def test_a_word_just_before_the_task_passes_keeps_the_place() -> None:
    """The task looks every twenty seconds: who writes after a minute, but before it looked, is not silent."""
    terms = Terms(offering="automatic", idle_minutes=1, own_wait_seconds=600)
    quiet = Handling(work=700.0, reply=10.0, pauses=(Pause(105.0, 100.0, words=(70.0,)),))
    found = play([line(terms=terms)], [operator()], [arrival(1, 0, handling=quiet), arrival(2, 10)])
    assert second(found[2].taken) == 700.0
    later = Handling(work=700.0, reply=10.0, pauses=(Pause(105.0, 100.0, words=(80.0,)),))
    found = play([line(terms=terms)], [operator()], [arrival(1, 0, handling=later), arrival(2, 10)])
    assert second(found[2].taken) == 181.0


def test_who_never_spoke_again_is_closed_at_his_end_though_sums_of_seconds_are_not_exact() -> None:
    """Its holder is full by then: had the last silence seemed a little shorter than the rest, it would come back."""
    terms = Terms(offering="automatic", idle_minutes=1, own_wait_seconds=600)
    quiet = Handling(work=447.73, reply=10.0, pauses=(Pause(23.34, 424.39),))
    assert 23.34 + 424.39 < 447.73
    found = play(
        [line(terms=terms)], [operator()], [arrival(1, 0, handling=quiet), arrival(2, 10, work=900.0)]
    )
    assert (second(found[1].closed), second(found[2].closed)) == (447.73, 1001.0)


def test_without_that_rule_a_silent_conversation_keeps_its_place() -> None:
    quiet = Handling(work=700.0, reply=10.0, pauses=(Pause(100.0, 300.0),))
    found = play([line()], [operator()], [arrival(1, 0, handling=quiet), arrival(2, 10)])
    assert second(found[2].taken) == 700.0


def test_what_waits_too_long_overflows_into_the_reserve_and_counts_in_its_own_line() -> None:
    lines = [
        line(FIRST, overflows=(FrozenOverflow(by="wait", limit=60, reserve=SECOND),)),
        line(SECOND),
    ]
    staff = [operator(1, FIRST), operator(2, SECOND)]
    found = play(lines, staff, [arrival(1, 0, work=900.0), arrival(2, 10)])
    assert (second(found[2].taken), found[2].line, found[2].answered_in) == (70.0, FIRST, SECOND)


def test_a_line_nobody_serves_sends_on_after_its_time() -> None:
    lines = [
        line(FIRST, overflows=(FrozenOverflow(by="no_staff", limit=30, reserve=SECOND),)),
        line(SECOND),
    ]
    leaves = operator(1, FIRST, presence=((BEGINS, ""), (BEGINS + timedelta(seconds=50), "offline")))
    found = play(lines, [leaves, operator(2, SECOND)], [arrival(1, 60)])
    assert (second(found[1].taken), found[1].operator) == (80.0, 2)


def test_what_is_done_within_the_grace_time_of_who_left_is_done() -> None:
    gone = operator(1, presence=((BEGINS, ""), (BEGINS + timedelta(seconds=40), "offline")))
    comes = operator(2, presence=((BEGINS + timedelta(seconds=50), ""),))
    found = play([line()], [gone, comes], [arrival(1, 0)], grace=60.0)
    # It is put back a minute after he left; by then it was done.
    assert second(found[1].closed) == 100.0


def test_what_an_operator_who_left_held_goes_on_with_somebody_else() -> None:
    gone = operator(1, presence=((BEGINS, ""), (BEGINS + timedelta(seconds=40), "offline")))
    comes = operator(2, presence=((BEGINS + timedelta(seconds=150), ""),))
    found = play([line()], [gone, comes], [arrival(1, 0, work=120.0)], grace=60.0)
    # A hundred seconds were done when his grace time ended, and twenty were left.
    assert second(found[1].closed) == 170.0


def test_a_customer_whose_patience_is_over_leaves() -> None:
    tired = Handling(work=100.0, reply=10.0, patience=50.0)
    found = play([line()], [operator()], [arrival(1, 0), arrival(2, 10, handling=tired), arrival(3, 20)])
    assert (second(found[2].gave_up), found[2].taken) == (60.0, None)
    assert second(found[3].taken) == 100.0


def test_who_becomes_a_member_during_the_day_takes_what_waits_from_then_on() -> None:
    joins = operator(1, SECOND, changes=((BEGINS + timedelta(seconds=40), able(FIRST, SECOND)),))
    found = play([line(), line(SECOND)], [joins], [arrival(1, 0)])
    assert (second(found[1].taken), found[1].operator) == (40.0, 1)


def test_who_is_no_member_any_more_keeps_what_he_holds_and_gets_nothing_new() -> None:
    leaves = operator(1, places=2, changes=((BEGINS + timedelta(seconds=40), able(SECOND, places=2)),))
    found = play([line(), line(SECOND)], [leaves], [arrival(1, 0), arrival(2, 50)])
    assert second(found[1].closed) == 100.0
    assert found[2].taken is None


def test_a_capacity_that_is_raised_during_the_day_gives_room_at_once() -> None:
    grows = operator(1, changes=((BEGINS + timedelta(seconds=40), able(places=2)),))
    found = play([line()], [grows], [arrival(1, 0), arrival(2, 10)])
    assert second(found[2].taken) == 40.0


def test_what_comes_out_of_hours_waits_for_the_opening() -> None:
    opens = BEGINS + timedelta(minutes=10)
    found = play(
        [line()],
        [operator()],
        [arrival(1, 0)],
        opening={FIRST: ((opens, opens + timedelta(hours=1)),)},
    )
    assert found[1].offline
    assert second(found[1].taken) == 600.0


def test_who_comes_back_is_given_to_who_held_it() -> None:
    back = replace(arrival(1, 0, last=2, before=FIRST), sent_to=None)
    assert play([line()], [operator(1), operator(2)], [back])[1].operator == 2


# --- whole days -------------------------------------------------------------------------------------------

PLANS = (
    LinePlan(id=1, priority=20, part=1.0, work=200.0),
    LinePlan(id=2, part=3.0, work=300.0, terms=Terms(offering="automatic", accept_seconds=30)),
    LinePlan(id=3, part=2.0, work=250.0, terms=Terms(offering="automatic", policy="round_robin")),
)
TEAMS = (Team(lines=(1, 2), size=4), Team(lines=(2, 3), size=4, places=2), Team(lines=(3,), size=2))


def test_the_same_seed_makes_the_same_day() -> None:
    plays = [
        simulate(
            generated.day(PLANS, TEAMS, occupancy=0.9, hours=2, seed=5), generated.content(PLANS)
        ).figures(within=60)
        for _each in range(2)
    ]
    assert plays[0] == plays[1]
    assert plays[0].total.came > 300


def test_waits_are_those_of_a_plain_queue_of_many_servers() -> None:
    """One line, first come first served: each wait follows from when the servers before became free."""
    chance = random.Random(3)
    servers, at = 8, 0.0
    free, arrivals, wanted = [0.0] * servers, [], []
    for number in range(1, 3001):
        at += chance.expovariate(0.085)
        work = chance.expovariate(0.0125)
        arrivals.append(arrival(number, at, handling=Handling(work=work, reply=0.0)))
        began = max(at, heapq.heappop(free))
        heapq.heappush(free, began + work)
        wanted.append(began - at)
    found = play([line()], [operator(number) for number in range(1, servers + 1)], arrivals)
    assert [found[number].wait for number in range(1, 3001)] == pytest.approx(wanted, abs=0.001)
    assert max(wanted) > 60


def test_it_gives_what_the_live_dispatcher_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each moment the pairs are those of ``matching.match`` over everything that waits and everybody."""
    passes = []
    original = Simulation._match

    def compared(simulation: Simulation) -> None:
        waiting = [case.waiting for number in simulation.lines for case in simulation.queues.of_line(number)]
        hands = copy.deepcopy([member.hand for member in simulation.crew.members.values()])
        wanted = matching.match(
            [each for each in waiting if each], hands, simulation.terms, now=simulation.now
        )
        original(simulation)
        given = {(each.waiting.conversation, each.operator) for each in wanted}
        held = {
            (case.arrival.number, operator)
            for cases in (simulation._held, simulation._asked)
            for operator, found in cases.items()
            for case in found
            if case.given_at == simulation.now
        }
        assert given <= held
        passes.append(len(given))

    monkeypatch.setattr(Simulation, "_match", compared)
    day = generated.day(PLANS, TEAMS, occupancy=1.05, hours=1, seed=9)
    kept = [
        replace(each, manager=each.number % 12, last=each.number % 7) if each.number % 3 else each
        for each in day.arrivals
    ]
    content = generated.content(PLANS)
    terms = Terms(
        offering="automatic", accept_seconds=30, prefers_manager_seconds=40, prefers_last_seconds=20
    )
    lines = tuple(_with(each, terms) if each.id == 2 else each for each in content.lines)
    simulate(replace(day, arrivals=tuple(kept)), Content(lines=lines))
    assert sum(passes) > 150


def _with(found: FrozenLine, terms: Terms) -> FrozenLine:
    return FrozenLine(id=found.id, name=found.name, priority=found.priority, rules=found.rules, terms=terms)


# --- who answered him last ------------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "taker"), [((FIRST,), 2), ((SECOND,), 1)])
def test_the_last_operator_is_asked_first_only_while_he_serves_the_line(
    lines: tuple[int, ...], taker: int
) -> None:
    waits = Terms(offering="automatic", prefers_last_seconds=60)
    staff = [operator(1), operator(2, *lines)]
    found = play([line(terms=waits), line(SECOND)], staff, [arrival(1, 0, last=2)])
    assert found[1].operator == taker


def test_a_personal_manager_is_asked_in_a_line_he_does_not_serve() -> None:
    waits = Terms(offering="automatic", prefers_manager_seconds=60)
    staff = [operator(1), operator(2, SECOND)]
    found = play([line(terms=waits), line(SECOND)], staff, [arrival(1, 0, manager=2)])
    assert found[1].operator == 2


@pytest.mark.parametrize(("leaves", "taken"), [(True, 20.0), (False, 40.0)])
def test_nobody_waits_for_a_last_operator_who_leaves_the_line_meanwhile(leaves: bool, taken: float) -> None:
    """The second one is busy until the 40th second; the first one has room from the start."""
    waits = Terms(offering="automatic", prefers_last_seconds=100)
    changes = ((BEGINS + timedelta(seconds=20), able(SECOND)),) if leaves else ()
    staff = [operator(1), operator(2, FIRST, SECOND, changes=changes)]
    came = [arrival(1, 0, to=SECOND, work=40.0), arrival(2, 10, last=2)]
    found = play([line(terms=waits), line(SECOND)], staff, came)
    assert second(found[2].taken) == taken


@pytest.mark.parametrize(("begins", "taker"), [(True, 1), (False, 2)])
def test_what_comes_back_goes_to_a_stranger_only_if_he_put_it_aside(begins: bool, taker: int) -> None:
    came = replace(arrival(1, 0, last=2, before=FIRST), begins=begins)
    found = play([line(), line(SECOND)], [operator(1), operator(2, SECOND)], [came])
    assert found[1].operator == taker
