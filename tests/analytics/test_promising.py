"""Promises of a played day: the clocks of the product, on the virtual clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.analytics.whatif.day import Day, Handling, Turn
from apps.analytics.whatif.figures import Kept
from apps.analytics.whatif.generated import BEGINS
from apps.analytics.whatif.promising import Given, Promised
from apps.analytics.whatif.simulator import simulate
from apps.routing.models import ServicePolicy
from apps.routing.ruling.frozen import Content, FrozenOverflow
from apps.routing.ruling.placing import House
from tests.analytics.test_simulator import FIRST, SECOND, arrival, line, operator

BUSY = 600.0  # the operator's first conversation; the second waits for it


def policy(
    *,
    first: int | None = None,
    following: int | None = None,
    resolution: int | None = None,
    queue: int | None = None,
    pause: str = "answered",
    last_word_may_stay: bool = False,
    since: datetime = BEGINS - timedelta(days=1),
) -> ServicePolicy:
    return ServicePolicy(
        pk=queue or 9,
        queue_id=queue,
        first_seconds=first,
        next_seconds=following,
        resolution_seconds=resolution,
        business_hours=False,
        pause=pause,
        last_word_may_stay=last_word_may_stay,
        since=since,
    )


def kept(
    *policies: ServicePolicy, handling: Handling | None = None, given: tuple[Given, ...] = ()
) -> dict[str, Kept]:
    """One operator with one place; the second customer waits ten minutes for it."""
    second = replace(arrival(2, 1, handling=handling), given=given)
    day = Day(
        begins=BEGINS,
        ends=BEGINS + timedelta(hours=4),
        house=House(default=FIRST, lines={FIRST: True}),
        arrivals=(replace(arrival(1, 0, work=BUSY), asked=None, begins=False), second),
        staff=(operator(),),
        promised=Promised(policies=policies),
    )
    return simulate(day, Content(lines=(line(),))).figures(within=60).total.promises


@pytest.mark.parametrize(("seconds", "broken"), [(600, 1), (611, 0)])
def test_a_first_answer_is_late_by_the_wait_and_the_writing(seconds: int, broken: int) -> None:
    assert kept(policy(first=seconds)) == {"first": Kept(1, broken)}


def test_each_next_answer_has_its_own_clock_from_the_question() -> None:
    turns = (Turn(30.0, 50.0), Turn(60.0, 95.0))
    found = kept(policy(following=30), handling=Handling(work=100.0, reply=10.0, turns=turns))
    assert found == {"next": Kept(2, 1)}


def test_a_question_that_nobody_answered_before_closing_breaks_unless_a_last_word_may_stay() -> None:
    handling = Handling(work=100.0, reply=10.0, turns=(Turn(40.0, None),))
    for seconds, lenient in ((30, {"next": Kept(1, 1)}), (90, {})):
        assert kept(policy(following=seconds), handling=handling) == {"next": Kept(1, 1)}
        assert kept(policy(following=seconds, last_word_may_stay=True), handling=handling) == lenient
    sent_on = replace(handling, closes=False)
    assert kept(policy(following=90), handling=sent_on) == {}


def test_closing_settles_only_what_somebody_has_answered() -> None:
    silent = Handling(work=100.0, reply=None)
    assert kept(policy(resolution=9000), handling=silent) == {}
    assert kept(policy(resolution=650), handling=silent) == {"resolution": Kept(1, 1)}


@pytest.mark.parametrize(("pause", "broken"), [("never", 1), ("answered", 0)])
def test_settling_stands_still_while_the_customer_is_waited_for(pause: str, broken: int) -> None:
    """Ten minutes until the first words; then he is silent for a minute and a half."""
    assert kept(policy(resolution=660, pause=pause)) == {"resolution": Kept(1, broken)}


def test_what_is_not_closed_is_not_settled() -> None:
    assert kept(policy(resolution=10_000), handling=Handling(work=100.0, reply=10.0, closes=False)) == {}


def test_whoever_gives_up_in_time_was_promised_nothing() -> None:
    tired = Handling(work=100.0, reply=10.0, patience=50.0)
    assert kept(policy(first=100), handling=tired) == {}
    assert kept(policy(first=40), handling=tired) == {"first": Kept(1, 1)}


def test_a_policy_of_later_measures_nobodys_wait_of_before() -> None:
    assert kept(policy(first=10, since=BEGINS + timedelta(seconds=2))) == {}


def test_a_public_promise_holds_beside_the_policy() -> None:
    given = (Given(what="first", seconds=60, business_hours=False, pause="never", line=FIRST),)
    assert kept(policy(first=700), given=given) == {"first": Kept(1, 0), "promise": Kept(1, 1)}


def test_who_is_sent_on_has_the_terms_of_there_and_what_has_run_stays_run() -> None:
    lines = (line(FIRST, overflows=(FrozenOverflow(by="wait", limit=60, reserve=SECOND),)), line(SECOND))
    day = Day(
        begins=BEGINS,
        ends=BEGINS + timedelta(hours=1),
        house=House(default=FIRST, lines={FIRST: True, SECOND: True}),
        arrivals=(arrival(1, 0),),
        staff=(operator(1, SECOND),),
        promised=Promised(policies=(policy(first=300, queue=FIRST), policy(first=69, queue=SECOND))),
    )
    found = simulate(day, Content(lines=lines)).figures(within=60)
    # Answered after 70 s: in time for the line it came to, late by that of the reserve.
    assert found.total.promises == {"first": Kept(1, 1)}
    assert found.lines[0].line == FIRST


def test_who_was_promised_sooner_is_served_first() -> None:
    """Both wait in one line; the one of the channel with the shorter promise came later."""
    urgent = policy(first=60)
    urgent.channel_id = SECOND
    later = arrival(3, 20)
    later = replace(later, facts=replace(later.facts, channel=SECOND))
    day = Day(
        begins=BEGINS,
        ends=BEGINS + timedelta(hours=1),
        house=House(default=FIRST, lines={FIRST: True}),
        arrivals=(arrival(1, 0), arrival(2, 10), later),
        staff=(operator(),),
        promised=Promised(policies=(policy(first=900), urgent)),
    )
    found = {each.number: each for each in simulate(day, Content(lines=(line(),))).outcomes}
    assert [found[number].taken for number in (1, 3, 2)] == [
        BEGINS + timedelta(seconds=seconds) for seconds in (0, 100, 200)
    ]
