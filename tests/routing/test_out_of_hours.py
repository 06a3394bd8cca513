"""Out of hours and in the last minutes: each setting of a line both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation
from apps.operators.models import Queue
from apps.routing.models import QueueEntry
from apps.routing.services import handling, placement, sweeps
from tests.factories import dialogues, people
from tests.factories.hours import EVENING, MORNING, NIGHT, NOON
from tests.factories.hours import common_line as line
from tests.factories.people import sight

pytestmark = pytest.mark.django_db


def state(conversation: Conversation) -> tuple[str, str]:
    """Of the conversation and of its stay in the line."""
    stage = QueueEntry.objects.values_list("stage", flat=True).get(conversation=conversation, left_at=None)
    return Conversation.objects.get(pk=conversation.pk).state, stage


# --- while it is closed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out_of_hours", "expected"),
    [("apart", ("offline", "offline")), ("waits", ("queued", "waiting")), ("form", ("offline", "offline"))],
)
def test_a_message_at_night_stands_as_the_line_says(out_of_hours: str, expected: tuple[str, str]) -> None:
    line(out_of_hours=out_of_hours)
    assert state(dialogues.conversation(now=NIGHT)) == expected


@pytest.mark.parametrize("out_of_hours", ["apart", "waits", "form"])
def test_a_message_at_noon_waits_whatever_the_line_does_at_night(out_of_hours: str) -> None:
    line(out_of_hours=out_of_hours)
    assert state(dialogues.conversation(now=NOON)) == ("queued", "waiting")


def test_what_stood_apart_waits_when_the_line_opens_and_not_before() -> None:
    line()
    found = dialogues.conversation(now=NIGHT)
    assert sweeps.open_lines(now=MORNING - timedelta(seconds=1)) == 0
    assert sweeps.open_lines(now=MORNING) == 1
    assert state(found) == ("queued", "waiting")


def test_an_edit_of_the_setting_brings_what_stands_apart_into_the_line_and_back() -> None:
    queue = line()
    found = dialogues.conversation(now=NIGHT)
    for out_of_hours, expected in (("waits", "queued"), ("apart", "offline")):
        Queue.objects.filter(pk=queue.pk).update(out_of_hours=out_of_hours)
        placement.follow_hours(queue.pk, now=NIGHT)
        assert state(found)[0] == expected


# --- the last minutes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "closed", "expected"),
    [
        (15, True, "offline"),
        (15, False, "queued"),
        (0, True, "queued"),
        (9, True, "queued"),
        (10, True, "offline"),
    ],
)
def test_a_new_conversation_ten_minutes_before_closing(minutes: int, closed: bool, expected: str) -> None:
    line(last_minutes=minutes, last_minutes_closed=closed)
    assert state(dialogues.conversation(now=EVENING))[0] == expected


def test_a_line_that_takes_messages_at_night_takes_them_in_the_last_minutes_too() -> None:
    line(last_minutes=15, last_minutes_closed=True, out_of_hours="waits")
    assert state(dialogues.conversation(now=EVENING))[0] == "queued"


def test_the_last_minutes_are_for_new_conversations_only() -> None:
    queue = line(last_minutes=15, last_minutes_closed=True)
    anna = people.operator("Anna", lines=(queue,))
    held = dialogues.conversation(line=queue, holder=anna, now=NOON)
    handling.return_to_line(sight(anna), held.pk, comment="", now=EVENING)
    assert state(held)[0] == "queued"


def test_the_sweep_leaves_apart_what_came_in_the_last_minutes_until_the_next_opening() -> None:
    line(last_minutes=15, last_minutes_closed=True)
    found = dialogues.conversation(now=EVENING)
    assert sweeps.open_lines(now=EVENING + timedelta(minutes=1)) == 0
    assert sweeps.open_lines(now=MORNING) == 1
    assert state(found)[0] == "queued"


def test_an_edit_in_the_last_minutes_sends_nobody_away_who_waits() -> None:
    queue = line(last_minutes=15, last_minutes_closed=True)
    found = dialogues.conversation(now=NOON)
    assert placement.follow_hours(queue.pk, now=EVENING) == 0
    assert state(found)[0] == "queued"
