"""However many race, one wins and nobody holds one too many: A24 of the threats among them."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from django.db import connection, connections

from apps.conversations.models import Conversation, Identity
from apps.conversations.services import inbound
from apps.core.errors import Conflict
from apps.operators.models import Queue
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import capacity, dispatch, handling, placement, sweeps
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once, processes

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_accept_at_the_same_moment_one_wins_and_the_other_is_told() -> None:
    line = organisation.common_line()
    anna = people.sight(people.operator("Анна", lines=(line,), capacity=20))
    boris = people.sight(people.operator("Борис", lines=(line,), capacity=20))
    for _round in range(8):
        number = dialogues.conversation().pk
        results = at_once(
            partial(handling.accept, anna, number, now=NOW),
            partial(handling.accept, boris, number, now=NOW),
        )
        [refused] = [each for each in results if isinstance(each, Exception)]
        assert isinstance(refused, handling.AlreadyTaken)
        winner = Conversation.objects.get(pk=number).holder
        assert winner is not None
        assert winner.operator.public_name in str(refused.text)
        assert Assignment.objects.filter(conversation=number).count() == 1


def test_two_take_overs_and_a_close_at_once_leave_one_outcome() -> None:
    line = organisation.common_line()
    rights = (*people.OPERATOR_RIGHTS, "take_over")
    staff = [people.sight(people.operator(f"О{n}", lines=(line,), rights=rights)) for n in range(3)]
    for _round in range(5):
        number = dialogues.conversation().pk
        handling.accept(staff[0], number, now=NOW)
        results = at_once(
            partial(handling.take_over, staff[1], number, now=NOW),
            partial(handling.take_over, staff[2], number, now=NOW),
            partial(handling.close, staff[0], number, now=NOW),
        )
        assert all(
            each is None or not isinstance(each, Exception) or hasattr(each, "code") for each in results
        )
        row = Conversation.objects.get(pk=number)
        running = Assignment.objects.filter(conversation=number, ended_at__isnull=True)
        assert running.count() == (1 if row.state == "assigned" else 0)
        if row.state == "assigned":
            handling.close(next(each for each in staff if each.user_id == row.holder_id), number, now=NOW)


def test_two_first_messages_that_race_open_one_conversation_that_is_given_once() -> None:
    line = organisation.line(is_default=True, offering="automatic", accept_seconds=0)
    for name in ("Анна", "Борис"):
        people.operator(name, lines=(line,), capacity=20)
    channel = organisation.channel()
    Queue.objects.filter(pk=line.pk).update(offering="automatic")
    for _round in range(6):
        by = dialogues.identity(channel)

        def send(place: int, by: Identity = by) -> None:
            stored = inbound.receive(by, text="Здравствуйте", client_id=f"send-{by.pk}-{place}", now=NOW)
            placement.route(stored.conversation_id, now=NOW)
            dispatch.dispatch(now=NOW)

        assert at_once(lambda: send(1), lambda: send(2)) == [None, None]
        [conversation] = Conversation.objects.filter(customer=by.customer_id)
        assert (conversation.state, conversation.messages.filter(author_kind="customer").count()) == (
            "assigned",
            2,
        )
        [given] = Assignment.objects.filter(conversation=conversation)
        assert given.operator_id == conversation.holder_id
        assert QueueEntry.objects.filter(conversation=conversation).count() == 1


class Watch(threading.Thread):
    """Looks at everybody's load all the time, each look one snapshot, until told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self.looks = 0
        self.over = threading.Event()

    def run(self) -> None:
        try:
            while not self.over.is_set():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT max(load) FROM (SELECT count(*) AS load FROM routing_assignment"
                        " WHERE ended_at IS NULL GROUP BY operator_id) AS loads"
                    )
                    self.most = max(self.most, cursor.fetchone()[0] or 0)
                self.looks += 1
                # A watcher beside the race: it must not slow down what it watches.
                time.sleep(0.01)
        finally:
            connections.close_all()


def test_four_processes_over_a_hundred_conversations_never_give_anybody_a_sixth() -> None:
    line = organisation.common_line()
    staff = [people.operator(f"Оператор {number}", lines=(line,), capacity=5) for number in range(8)]
    numbers = [dialogues.conversation(f"вопрос {number}").pk for number in range(100)]
    watch = Watch()
    watch.start()
    try:
        outcomes = processes(4, "grab", conversations=numbers, operators=[each.pk for each in staff])
    finally:
        watch.over.set()
        watch.join()
    returned = sum(each.get("returned", 0) for each in outcomes)
    held = Assignment.objects.filter(ended_at__isnull=True).count()
    assert watch.looks > 20
    assert watch.most == 5, "the race must have reached the limit, and never passed it"
    assert sum(each.get("at_capacity", 0) for each in outcomes) > 0
    # What was given back last may find nobody else asking: the sum is exact, the rest is luck.
    assert (
        held == Assignment.objects.count() - returned == sum(capacity.load_of(each.pk) for each in staff) > 0
    )
    assert Conversation.objects.filter(state="assigned").count() == held
    assert QueueEntry.objects.filter(left_at__isnull=True).count() == 100 - held


def test_accepting_races_with_being_sent_home_and_nothing_stays_with_the_gone() -> None:
    line = organisation.common_line()
    for _round in range(5):
        anna = people.operator("Анна", lines=(line,))
        sight = people.sight(anna)
        number = dialogues.conversation().pk
        first, _home = at_once(
            partial(handling.accept, sight, number, now=NOW),
            partial(sweeps.send_home, anna.pk, now=NOW),
        )
        if not isinstance(first, Exception):
            # Accepted a moment before or after: the next sweep frees what is still held.
            sweeps.release_held(anna.pk, now=NOW)
        else:
            assert isinstance(first, Conflict)
        assert Conversation.objects.get(pk=number).state == "queued"
