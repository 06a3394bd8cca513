"""What policies do at a warning and a breach, and shifts that bind: the same day with one setting changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.analytics.history import reading
from apps.analytics.history.episodes import episodes
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.analytics.whatif.day import Arrival, Bound, Day, Escalated, Handling, Staffer, Turn
from apps.analytics.whatif.generated import BEGINS
from apps.analytics.whatif.outcome import Outcome
from apps.analytics.whatif.promising import Promised
from apps.analytics.whatif.simulator import Simulation, simulate
from apps.conversations.models import Conversation
from apps.conversations.services import outbound
from apps.core.actors import SYSTEM
from apps.operators.models import Operator, Queue, WeeklyShift, WorkSetting
from apps.operators.services.presence import set_presence
from apps.routing.models import Assignment, PolicyAction, QueueEntry, ServicePolicy
from apps.routing.ruling import frozen
from apps.routing.ruling.frozen import Content
from apps.routing.ruling.placing import House
from apps.routing.services import clocks, escalating, handling, publishing
from tests.analytics.test_promising import policy
from tests.analytics.test_simulator import FIRST, SECOND, arrival, line, operator, second
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.factories.promises import escalation

Act, Moment = PolicyAction.Act, PolicyAction.Moment
RAISE = PolicyAction(policy_id=9, moment=Moment.BREACH, act=Act.RAISE, rank=50)
MOVE = PolicyAction(policy_id=9, moment=Moment.BREACH, act=Act.MOVE, queue_id=SECOND)


def played(
    staff: Sequence[Staffer],
    arrivals: Sequence[Arrival],
    *,
    promised: Promised | None = None,
    shifts: Mapping[int, tuple[Bound, ...]] | None = None,
) -> dict[int, Outcome]:
    day = Day(
        begins=BEGINS,
        ends=BEGINS + timedelta(hours=4),
        house=House(default=FIRST, lines={FIRST: True, SECOND: True}),
        arrivals=tuple(arrivals),
        staff=tuple(staff),
        promised=promised or Promised(),
        shifts=shifts or {},
    )
    found = simulate(day, Content(lines=(line(FIRST), line(SECOND)))).outcomes
    return {each.number: each for each in found}


def within(seconds: int, *actions: PolicyAction, warn: int | None = None) -> Promised:
    found = policy(first=seconds)
    found.warn_percent = warn
    return Promised(policies=(found,), actions={9: actions})


# --- acts of policies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("actions", "taken"), [((), 300.0), ((RAISE,), 200.0)])
def test_who_is_late_is_raised_above_those_who_came_before_him(
    actions: tuple[PolicyAction, ...], taken: float
) -> None:
    """The second is due first; the third's channel has a policy of its own, which raises him at its breach."""
    everywhere, own = policy(first=30, queue=FIRST), policy(first=60)
    own.queue_id, own.channel_id = FIRST, 7
    promised = Promised(policies=(everywhere, own), actions={9: actions})
    third = arrival(3, 20)
    third = replace(third, facts=replace(third.facts, channel=7))
    found = played([operator()], [arrival(1, 0, work=200.0), arrival(2, 10), third], promised=promised)
    assert second(found[3].taken) == taken
    assert second(found[2].taken) == 500.0 - taken


@pytest.mark.parametrize(("warn", "taken"), [(None, 82.0), (50, 50.0)])
def test_who_is_late_goes_to_the_other_line_at_the_breach_or_its_warning(
    warn: int | None, taken: float
) -> None:
    """Due at 90 s, with a second for an answer on its way; the sweep passes at every even second."""
    staff = [operator(1, FIRST), operator(2, SECOND)]
    arrivals = [arrival(1, 0, work=600.0), arrival(2, 10)]
    moment = Moment.WARNING if warn else Moment.BREACH
    move = PolicyAction(policy_id=9, moment=moment, act=Act.MOVE, queue_id=SECOND)
    assert second(played(staff, arrivals)[2].taken) == 600.0
    found = played(staff, arrivals, promised=within(80 if warn else 70, move, warn=warn))
    assert (second(found[2].taken), found[2].operator, found[2].line) == (taken, 2, FIRST)


def test_who_is_not_answered_in_work_is_taken_out_of_his_holders_hands() -> None:
    """He asks again 50 s after he was taken; his holder would answer at 400 s, and the policy does not wait for it."""
    turns = Handling(work=500.0, reply=10.0, turns=(Turn(50.0, 400.0),))
    staff = [operator(1, FIRST), operator(2, SECOND)]
    arrivals = [arrival(1, 0, handling=turns), arrival(2, 20)]
    promised = Promised(policies=(policy(following=60),), actions={9: (MOVE,)})
    plain, moved = played(staff, arrivals), played(staff, arrivals, promised=promised)
    assert second(plain[2].taken) == 500.0
    # Due at 110 s, with a second for an answer on its way.
    assert (second(moved[2].taken), moved[2].operator) == (112.0, 1)
    assert second(moved[1].closed) == 500.0


def test_who_was_answered_in_time_stays_where_he_is() -> None:
    staff = [operator(1, FIRST), operator(2, SECOND)]
    found = played(staff, [arrival(1, 0)], promised=within(60, MOVE, RAISE))
    assert (found[1].operator, second(found[1].closed)) == (1, 100.0)


def test_a_line_that_is_switched_off_gets_nothing_by_a_policy() -> None:
    switched_off = PolicyAction(policy_id=9, moment=Moment.BREACH, act=Act.MOVE, queue_id=3)
    staff = [operator(1, FIRST), operator(2, SECOND)]
    found = played(staff, [arrival(1, 0, work=600.0), arrival(2, 10)], promised=within(60, switched_off))
    assert second(found[2].taken) == 600.0


# --- what rules of escalation did ---------------------------------------------------------------------------


def test_a_rule_sends_on_who_still_waits_where_it_found_him_and_nobody_else() -> None:
    """That day nobody took him for 60 s: with a colleague more he is taken before."""
    late = replace(arrival(2, 10), escalated=(Escalated(after=60.0, line=FIRST, to=SECOND),))
    elsewhere = replace(arrival(3, 10), escalated=(Escalated(after=60.0, line=SECOND, to=FIRST),))
    staff = [operator(1, FIRST), operator(2, SECOND)]
    found = played(staff, [arrival(1, 0, work=600.0), late, elsewhere])
    assert (second(found[2].taken), found[2].operator, found[2].line) == (70.0, 2, FIRST)
    assert found[3].operator == 1
    more = played([*staff, operator(3, FIRST)], [arrival(1, 0, work=600.0), late])
    assert (second(more[2].taken), more[2].operator) == (10.0, 3)


def test_a_rule_raises_who_waits() -> None:
    raised = replace(arrival(3, 20), escalated=(Escalated(after=5.0, line=FIRST, rank=9),))
    found = played([operator()], [arrival(1, 0, work=200.0), arrival(2, 10), raised])
    assert [second(found[number].taken) for number in (3, 2)] == [200.0, 300.0]


@pytest.mark.django_db
@pytest.mark.usefixtures("settled_at_once")
def test_who_was_escalated_while_he_waited_came_once() -> None:
    cards, reserve = organisation.common_line(), organisation.line("Резерв")
    boris = people.operator("Борис", lines=(reserve,))
    escalation(when="unanswered", seconds=60, act="line", to_queue=reserve, queue=cards)
    escalation(when="unanswered", seconds=30, act="raise", rank=4, queue=cards)
    number = dialogues.conversation(now=NOW).pk
    for after in (30, 60):
        escalating.escalate(now=NOW + timedelta(seconds=after))
    handling.accept(people.sight(boris), number, now=NOW + timedelta(seconds=70))
    handling.close(people.sight(boris), number, now=NOW + timedelta(seconds=90))
    day = reading.read(NOW, NOW + timedelta(hours=1), [frozen.draft()])
    [came] = day.day.arrivals
    assert [(each.after, each.line, each.to, each.rank) for each in came.escalated] == [
        (60.0, cards.pk, reserve.pk, 0),
        (30.0, cards.pk, None, 4),
    ]
    [happened] = day.happened
    assert (happened.line, happened.answered_in) == (cards.pk, reserve.pk)


# --- shifts -----------------------------------------------------------------------------------------------


def bound(begins: float, until: float, ends: float) -> Bound:
    return Bound(*(BEGINS + timedelta(seconds=each) for each in (begins, until, ends)))


def test_whoever_is_bound_gets_nothing_new_before_his_shift_ends() -> None:
    """The second operator comes at 600 s; without shifts the first would have taken it."""
    staff = [operator(1), operator(2, presence=((BEGINS + timedelta(seconds=600), ""),))]
    arrivals = [arrival(1, 0), arrival(2, 150)]
    shifts = {1: (bound(0, 120, 300),)}
    assert second(played(staff, arrivals)[2].taken) == 150.0
    found = played(staff, arrivals, shifts=shifts)
    assert (second(found[2].taken), found[2].operator) == (600.0, 2)


def test_what_he_holds_he_finishes_and_then_goes_home() -> None:
    """He is one of a line that sends on when nobody is at work: from his leaving on it does."""
    staff = [operator(1, presence=((BEGINS, ""),))]
    simulation = Simulation(
        Day(
            begins=BEGINS,
            ends=BEGINS + timedelta(hours=4),
            house=House(default=FIRST, lines={FIRST: True}),
            arrivals=(arrival(1, 0, work=400.0),),
            staff=tuple(staff),
            shifts={1: (bound(0, 100, 200),)},
        ),
        Content(lines=(line(),)),
    )
    simulation.play()
    (outcome,), (work,) = simulation.outcomes, simulation.crew.works(BEGINS + timedelta(hours=4))
    # Those who are through are looked for every ten seconds.
    assert (second(outcome.closed), work.at_work) == (400.0, 403.0)


def test_who_comes_out_of_his_shift_begins_with_it() -> None:
    early = operator(1, presence=((BEGINS + timedelta(seconds=60), ""),))
    found = played([early], [arrival(1, 0)], shifts={1: (bound(300, 800, 900),)})
    assert second(found[1].taken) == 300.0


# --- a past day, with the settings of now --------------------------------------------------------------------

AFTER = NOW + timedelta(days=2)


def handled(holder: Operator, queue: Queue, *, came: int, taken: int, closed: int) -> Conversation:
    found = dialogues.conversation(line=queue, now=NOW + timedelta(seconds=came))
    handling.accept(people.sight(holder), found.pk, now=NOW + timedelta(seconds=taken))
    outbound.send_text(
        holder.pk,
        conversation_id=found.pk,
        text="Добрый день",
        client_id=f"answer-{came:06d}",
        now=NOW + timedelta(seconds=taken + 10),
    )
    handling.close(people.sight(holder), found.pk, now=NOW + timedelta(seconds=closed))
    return found


def asked() -> dict[str, float]:
    """What the draft would have done that day, of all lines."""
    run = what_if.ask(day=NOW.date(), zone="UTC", actor=SYSTEM, now=AFTER)
    assert what_if.run_next(now=AFTER) == run.pk
    found: dict[str, float] = WhatIfRun.objects.get(pk=run.pk).result["asked"]["total"]
    return found


@pytest.fixture
def cards() -> Queue:
    """A line whose one operator is busy for ten minutes, while a second customer waits for her."""
    cards = organisation.common_line()
    anna = people.operator("Анна", lines=(cards,), capacity=1)
    for state in ("offline", "online"):
        set_presence(anna.pk, state=state, actor=SYSTEM, now=NOW - timedelta(minutes=1))
    handled(anna, cards, came=0, taken=5, closed=600)
    handled(anna, cards, came=60, taken=610, closed=700)
    publishing.publish(actor=SYSTEM, now=NOW - timedelta(days=1))
    return cards


@pytest.mark.django_db
def test_a_policy_that_sends_on_shortens_the_wait_of_a_past_day(cards: Queue) -> None:
    reserve = organisation.line("Резерв", offering="automatic")
    boris = people.operator("Борис", lines=(reserve,), capacity=1)
    for state in ("offline", "online"):
        set_presence(boris.pk, state=state, actor=SYSTEM, now=NOW - timedelta(minutes=1))
    before = asked()
    rush = ServicePolicy.objects.create(name="Быстро", queue=cards, first_seconds=120, since=AFTER)
    PolicyAction.objects.create(policy=rush, act=Act.MOVE, queue=reserve)
    after = asked()
    assert before["mean"] == pytest.approx(286, abs=10)
    assert after["mean"] == pytest.approx(75, abs=10)


@pytest.mark.django_db
def test_shifts_that_bind_leave_unanswered_what_comes_after_their_end(cards: Queue) -> None:
    anna = Operator.objects.get()
    local = NOW.astimezone(ZoneInfo(anna.user.time_zone))
    WeeklyShift.objects.create(
        operator=anna,
        weekday=local.weekday(),
        begins=(local - timedelta(hours=1)).time(),
        ends=(local + timedelta(minutes=5)).time(),
    )
    assert asked()["answered"] == 2
    WorkSetting.objects.create(pk=1, works_outside_shift=False, last_minutes=0)
    assert asked()["answered"] == 1


@pytest.mark.django_db
def test_what_a_policy_sent_on_is_one_arrival_and_what_a_person_sent_on_is_two(cards: Queue) -> None:
    """A policy acts again when the day is played; a person's choice is taken as it was."""
    other = organisation.line("Кредиты")
    rush = ServicePolicy.objects.create(name="Быстро", queue=cards, first_seconds=60, since=NOW)
    PolicyAction.objects.create(policy=rush, act=Act.MOVE, queue=other)
    found = dialogues.conversation(line=cards, now=NOW)
    clocks.keep(found.pk, now=NOW)
    clocks.keep(found.pk, now=NOW + timedelta(seconds=70))
    stays = list(QueueEntry.objects.filter(conversation=found))
    assert [stay.queue_id for stay in stays] == [cards.pk, other.pk]
    work = Assignment.objects.filter(conversation=found)
    moment = (found.pk, stays[1].entered_at)
    assert [len(episodes(stays, work)), len(episodes(stays, work, {moment}))] == [2, 1]
    assert reading._sent_by_policies(NOW, AFTER) == {moment}
