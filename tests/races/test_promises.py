"""However many look at the clock at once, a promise is broken once, and kept or broken but never both."""

from __future__ import annotations

import pytest

from apps.conversations.services import outbound
from apps.core.models import Event
from apps.routing.models import Clock, EscalationRun, Obligation
from apps.routing.services import clocks, escalating, handling, upkeep
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight
from tests.factories.promises import at, escalation, greeted, policy, promise
from tests.races.crew import at_once, processes

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_workers_that_find_a_breach_at_once_write_one_obligation() -> None:
    promise()
    for _round in range(5):
        conversation = greeted()
        results = at_once(*[lambda: upkeep.act_on_due(now=at(700)) for _worker in range(4)])
        assert not any(isinstance(each, Exception) for each in results)
        assert Obligation.objects.filter(conversation=conversation).count() == 1
        broken = Event.objects.filter(kind="clock.broken", subject_id=conversation.pk)
        created = Event.objects.filter(kind="obligation.created", subject_id=conversation.pk)
        assert (broken.count(), created.count()) == (1, 1)


def test_four_processes_that_sweep_at_once_write_one_obligation_a_conversation() -> None:
    promise()
    numbers = [greeted().pk for _each in range(20)]
    outcomes = processes(4, "sweep_promises", moment=at(700).isoformat())
    assert len(outcomes) == 4
    assert sorted(Obligation.objects.values_list("conversation", flat=True)) == numbers
    assert Event.objects.filter(kind="obligation.created").count() == 20


def test_an_answer_that_arrives_while_the_promise_breaks_leaves_one_truth() -> None:
    promise()
    policy(first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),), capacity=20)
    for _round in range(8):
        conversation = greeted(holder=anna)
        number = conversation.pk

        def answer(number: int = number) -> None:
            outbound.answer(
                sight=sight(anna), conversation_id=number, text="Да", client_id=f"yes-{number}", now=at(600)
            )
            clocks.keep(number, now=at(600))

        results = at_once(answer, lambda: upkeep.act_on_due(now=at(601)))
        assert not any(isinstance(each, Exception) for each in results), results
        states = set(Clock.objects.filter(conversation=number).values_list("state", flat=True))
        owed = Obligation.objects.filter(conversation=number).count()
        assert (states, owed) in [({"kept"}, 0), ({"broken"}, 1)]
        assert not Clock.objects.filter(conversation=number, ended_at=None).exists()


def test_a_closing_while_the_promise_breaks_leaves_it_owed_once_and_named() -> None:
    promise()
    anna = people.operator(lines=(organisation.common_line(),), capacity=20)
    for _round in range(5):
        number = greeted(holder=anna).pk

        def close(number: int = number) -> None:
            handling.close(sight(anna), number, now=at(600))
            clocks.keep(number, now=at(601))

        results = at_once(close, lambda: upkeep.act_on_due(now=at(601)), lambda: upkeep.mend(now=at(601)))
        assert not any(isinstance(each, Exception) for each in results), results
        assert Obligation.objects.get(conversation=number).closed_at == at(600)
        assert not Clock.objects.filter(conversation=number, ended_at=None).exists()


def test_two_workers_that_begin_the_clocks_of_a_turn_begin_them_once() -> None:
    policy(first_seconds=600, resolution_seconds=6000)
    for _round in range(5):
        number = dialogues.conversation().pk
        results = at_once(*[lambda number=number: clocks.keep(number, now=NOW) for _worker in range(4)])
        assert results == [None] * 4
        assert Clock.objects.filter(conversation=number).count() == 2


def test_two_workers_that_escalate_at_once_send_it_on_once() -> None:
    second = organisation.line()
    escalation(when="unanswered", seconds=60, act="line", to_queue=second)
    for _round in range(5):
        number = dialogues.conversation().pk
        results = at_once(*[lambda: escalating.escalate(now=at(60)) for _worker in range(3)])
        assert sum(results) == 1
        assert EscalationRun.objects.filter(conversation=number).count() == 1
