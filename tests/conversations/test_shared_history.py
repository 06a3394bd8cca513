"""Who serves a customer reads his earlier conversations where their line shares its history, and only there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation
from apps.operators.models import Operator, Queue
from apps.routing.services import handling
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)  # after the reopening window of the earlier one


def reads(operator: Operator, conversation: Conversation) -> bool:
    return Conversation.objects.visible_to(people.sight(operator)).filter(pk=conversation.pk).exists()


@pytest.fixture
def theirs() -> Queue:
    return organisation.line("Бухгалтерия", reopen_hours=1)


@pytest.mark.parametrize("shares", [True, False])
def test_the_earlier_conversation_of_another_line_is_read_where_that_line_shares_it(
    theirs: Queue, shares: bool
) -> None:
    ours = organisation.line("Поддержка")
    anna, boris = people.operator("Анна", lines=(ours,)), people.operator("Борис", lines=(theirs,))
    customer = dialogues.identity()
    earlier = dialogues.conversation(by=customer, line=theirs, holder=boris)
    handling.close(people.sight(boris), earlier.pk, now=NOW)
    Queue.objects.filter(pk=theirs.pk).update(shares_history=shares)
    assert not reads(anna, earlier)
    now_here = dialogues.conversation(by=customer, line=ours, now=LATER)
    assert not reads(anna, earlier)
    handling.accept(people.sight(anna), now_here.pk, now=LATER)
    assert reads(anna, earlier) is shares
    handling.close(people.sight(anna), now_here.pk, now=LATER)
    assert not reads(anna, earlier)


def test_another_customer_s_conversation_is_shared_with_nobody(theirs: Queue) -> None:
    ours = organisation.line("Поддержка")
    anna, boris = people.operator("Анна", lines=(ours,)), people.operator("Борис", lines=(theirs,))
    earlier = dialogues.conversation(line=theirs, holder=boris)
    dialogues.conversation(line=ours, holder=anna)
    assert not reads(anna, earlier)
