"""The demo bank is believable: what its past holds could have happened."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from apps.conversations.models import Conversation, Message, Rating
from apps.operators.models import Operator, Presence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_bank(settings: pytest.FixtureRequest) -> None:
    settings.DEMO_SITE = True
    call_command("seed_demo", verbosity=0)


def test_messages_follow_each_other_in_time() -> None:
    for number in Conversation.objects.values_list("pk", flat=True):
        moments = Message.objects.filter(conversation=number).order_by("seq").values_list("at", flat=True)
        assert all(before <= after for before, after in pairwise(moments)), number


def test_those_who_wait_are_different_people_with_one_question_each() -> None:
    # By the hour at which the bank is filled a line may be closed: its customers wait offline.
    waiting = Conversation.objects.filter(state__in=("queued", "offline")).select_related("customer")
    assert waiting.count() == len({each.customer_id for each in waiting}) > 4
    assert all(each.customer.name for each in waiting)


def test_the_past_has_endings_and_marks_and_nobody_sits_at_work() -> None:
    assert Conversation.objects.filter(state="closed").count() > 20
    assert Rating.objects.count() > 10
    assert set(Presence.objects.values_list("state", flat=True)) == {"offline"}
    assert not Conversation.objects.filter(state="assigned").exists()


def test_an_installation_with_people_is_never_filled_with_made_up_ones() -> None:
    before = Operator.objects.count()
    with pytest.raises(CommandError, match="operators already"):
        call_command("seed_demo")
    assert Operator.objects.count() == before
