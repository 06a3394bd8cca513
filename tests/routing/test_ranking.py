"""What waits follows its customer: described anew, joined, acting, or sorted by other categories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.conversations.access import Sight
from apps.conversations.events import CustomerActed
from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle
from apps.conversations.services import people as customers
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import Event
from apps.operators.models import Queue
from apps.operators.services import presence
from apps.routing.models import AssignmentEnd, Category, Condition, QueueEntry, RankReason, Segment
from apps.routing.services import handling, placement, publishing, ranking, sending
from tests.factories import dialogues, organisation
from tests.factories import people as people_here
from tests.factories import rules as given
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Queue:
    organisation.common_line()
    return organisation.line("business")


def category(code: str, rank: int, **condition: Any) -> Category:
    made = Category.objects.create(name=code.upper(), code=code, rank=rank)
    if condition:
        Condition.objects.create(**{"category": made, "group": "all", "comparison": "is", **condition})
    return made


def waiting(line: Queue) -> Conversation:
    return dialogues.conversation(by=dialogues.identity(organisation.channel()), line=line)


def entry(conversation: Conversation) -> QueueEntry:
    return QueueEntry.objects.get(conversation=conversation, left_at__isnull=True)


def ranked_events() -> list[tuple[int, int]]:
    rows = Event.objects.filter(kind="conversation.ranked").order_by("id")
    return list(rows.values_list("subject_id", "details__rank"))


def describe(conversation: Conversation, **attributes: Any) -> None:
    customers.describe(conversation.customer_id, actor=SYSTEM, now=NOW, attributes=attributes)


def test_a_customer_who_becomes_important_while_waiting_moves_forward_and_back(line: Queue) -> None:
    vip = category("vip", 10, kind="attribute", name="tariff", values=["premium"])
    given.publish()
    first, second = waiting(line), waiting(line)
    describe(second, tariff="premium")
    assert ranking.follow_customer(second.customer_id, now=NOW) == 1
    assert (entry(second).category, entry(second).rank, entry(first).rank) == (vip, 10, 0)
    assert ranked_events() == [(second.pk, 10)]
    assert ranking.follow_customer(second.customer_id, now=NOW) == 0
    describe(second, tariff=None)
    ranking.follow_customer(second.customer_id, now=NOW)
    assert (entry(second).category, entry(second).rank) == (None, 0)
    assert ranked_events() == [(second.pk, 10), (second.pk, 0)]


def test_the_bank_names_a_category_by_its_code(line: Queue) -> None:
    vip = category("vip", 10)
    given.publish()
    conversation = waiting(line)
    describe(conversation, category="vip")
    ranking.follow_customer(conversation.customer_id, now=NOW)
    assert entry(conversation).category == vip


def test_what_he_did_at_the_bank_counts_and_what_only_the_page_says_does_not(line: Queue) -> None:
    category("new", 5, kind="event", name="contract_signed", comparison="within", values=[3])
    given.publish()
    conversation = waiting(line)
    for claimed, rank in ((True, 0), (False, 5)):
        event = CustomerActed(
            customer=conversation.customer_id,
            code="contract_signed",
            happened_at=NOW.isoformat(),
            claimed=claimed,
        )
        announce(event, actor=SYSTEM, now=NOW)
        ranking.follow_customer(conversation.customer_id, now=NOW)
        assert entry(conversation).rank == rank


def test_a_raised_conversation_is_never_lowered(line: Queue) -> None:
    category("vip", 10, kind="attribute", name="tariff", values=["premium"])
    given.publish()
    conversation = waiting(line)
    QueueEntry.objects.filter(conversation=conversation).update(rank=50, rank_reason=RankReason.RAISED)
    describe(conversation, tariff="premium")
    ranking.follow_customer(conversation.customer_id, now=NOW)
    assert (entry(conversation).rank, entry(conversation).rank_reason) == (50, "raised")


def test_a_raised_conversation_stays_raised_when_it_comes_back_to_the_line(line: Queue) -> None:
    category("vip", 10, kind="attribute", name="tariff", values=["premium"])
    given.publish()
    anna = people_here.operator(lines=(line,))
    conversation = dialogues.conversation(line=line)
    sending.lift(conversation, 50, now=NOW)
    handling.accept(people_here.sight(anna), conversation.pk, now=NOW)
    handling.snooze(people_here.sight(anna), conversation.pk, until=NOW + timedelta(hours=1), now=NOW)
    presence.set_presence(anna.pk, state="offline", actor=SYSTEM, now=NOW)
    assert placement.route(conversation.pk, now=NOW + timedelta(hours=1)) == "queued"
    describe(conversation, tariff="premium")
    ranking.follow_customer(conversation.customer_id, now=NOW)
    assert (entry(conversation).rank, entry(conversation).rank_reason) == (50, "raised")


def test_a_published_category_sorts_what_waits_already(line: Queue) -> None:
    given.publish()
    conversation = waiting(line)
    describe(conversation, tariff="premium")
    segment = Segment.objects.create(name="premium")
    Condition.objects.create(
        segment=segment, group="all", kind="attribute", name="tariff", comparison="is", values=["premium"]
    )
    vip = category("vip", 10, kind="segment", values=[segment.pk])
    assert ranking.follow_rules(now=NOW) == 0
    given.publish(now=NOW + timedelta(seconds=1))
    assert ranking.follow_rules(now=NOW + timedelta(seconds=1)) == 1
    vip.rank = 20
    vip.save()
    given.publish(now=NOW + timedelta(seconds=2))
    ranking.follow_rules(now=NOW + timedelta(seconds=2))
    assert (entry(conversation).category, entry(conversation).rank) == (vip, 20)


def test_a_version_says_once_that_it_works_and_whether_customers_are_sorted_otherwise(line: Queue) -> None:
    def told() -> list[tuple[int, bool]]:
        rows = Event.objects.filter(kind="rules.in_force").order_by("id")
        return list(rows.values_list("subject_id", "details__categories"))

    first = given.publish()
    Queue.objects.filter(pk=line.pk).update(priority=3)
    second = given.publish(now=NOW + timedelta(seconds=1), effective_at=NOW + timedelta(days=1))
    category("vip", 10)
    third = given.publish(now=NOW + timedelta(seconds=2), effective_at=NOW + timedelta(days=2))
    assert told() == [(first.pk, False)]
    for days in (1, 1, 2, 2):
        publishing.put_into_force(now=NOW + timedelta(days=days))
    assert told() == [(first.pk, False), (second.pk, False), (third.pk, True)]


def test_everything_that_waits_is_looked_at_in_batches(line: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "BATCH", 2)
    given.publish()
    rows = [waiting(line) for _number in range(5)]
    category("vip", 10)
    given.publish(now=NOW + timedelta(seconds=1))
    for each in rows:
        describe(each, category="vip")
    assert ranking.follow_rules(now=NOW + timedelta(seconds=1)) == 5
    assert {entry(each).rank for each in rows} == {10}


def given_back(sight: Sight, number: int) -> None:
    handling.return_to_line(sight, number, comment="", now=NOW)


def holder_gone(_sight: Sight, number: int) -> None:
    handling.put_back(lifecycle.lock(number), AssignmentEnd.HOLDER_GONE, actor=SYSTEM, now=NOW)


def sent_on(sight: Sight, number: int) -> None:
    handling.transfer_to_line(sight, number, organisation.line().pk, comment="", now=NOW)


def asked_of_a_colleague(sight: Sight, number: int) -> None:
    boris = people_here.operator("Борис", lines=(Conversation.objects.get(pk=number).line,))
    handling.transfer_to_operator(sight, number, boris.pk, comment="", now=NOW)


def woken(sight: Sight, number: int) -> None:
    handling.snooze(sight, number, until=NOW + timedelta(hours=1), now=NOW)
    presence.set_presence(sight.user_id, state="offline", actor=SYSTEM, now=NOW)
    placement.route(number, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize("comes_back", [given_back, holder_gone, sent_on, asked_of_a_colleague, woken])
@pytest.mark.parametrize(("was", "becomes"), [(None, "premium"), ("premium", None)])
def test_whoever_changed_while_somebody_held_him_stands_at_once_where_he_belongs(
    line: Queue, comes_back: Callable[[Sight, int], None], was: str | None, becomes: str | None
) -> None:
    Queue.objects.filter(pk=line.pk).update(accept_seconds=20)
    category("vip", 10, kind="attribute", name="tariff", values=["premium"])
    given.publish()
    anna, conversation = people_here.operator(lines=(line,)), waiting(line)
    describe(conversation, tariff=was)
    ranking.follow_customer(conversation.customer_id, now=NOW)
    handling.accept(people_here.sight(anna), conversation.pk, now=NOW)
    describe(conversation, tariff=becomes)
    comes_back(people_here.sight(anna), conversation.pk)
    expected = 10 if becomes else 0
    assert entry(conversation).rank == expected
    assert ranked_events()[-1] == (conversation.pk, expected)
