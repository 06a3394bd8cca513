"""Out of hours and in the last minutes: each setting of a line both ways."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.conversations.models import Conversation
from apps.core.actors import SYSTEM
from apps.operators.models import EditedHours, Queue
from apps.operators.services import announcing
from apps.routing.models import QueueEntry
from apps.routing.services import handling, placement, sweeps
from apps.routing.services.placement import SETTLED
from tests.factories import dialogues, people
from tests.factories.hours import EVENING, MORNING, NIGHT, NOON
from tests.factories.hours import common_line as line
from tests.factories.people import sight

pytestmark = pytest.mark.django_db


def edit(queue: Queue, *, now: datetime, **values: object) -> None:
    """As the back office does it, and nobody is told."""
    Queue.objects.filter(pk=queue.pk).update(**values)
    announcing.line_changed(queue.pk, fields=list(values), actor=SYSTEM, now=now)


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
        edit(queue, now=NIGHT, out_of_hours=out_of_hours)
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
    edit(queue, now=EVENING, last_minutes=20)
    assert placement.follow_hours(queue.pk, now=EVENING) == 0
    assert state(found)[0] == "queued"


# --- an edit whose nudge was lost -----------------------------------------------------------------------------


def close_at_once(queue: Queue, *, now: datetime) -> None:
    """The hours of its calendar are taken away."""
    assert queue.calendar is not None
    queue.calendar.intervals.all().delete()
    announcing.hours_changed(queue.calendar.pk, actor=SYSTEM, now=now)


def test_the_sweep_sends_out_what_waits_in_a_line_that_an_edit_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = line()
    found = [dialogues.conversation(now=NOON) for _each in range(3)]
    close_at_once(queue, now=NOON)
    monkeypatch.setattr(placement, "BATCH", 2)
    assert [sweeps.follow_edited_hours(now=NOON + SETTLED) for _sweep in range(3)] == [2, 1, 0]
    assert [state(each) for each in found] == [("offline", "offline")] * 3
    assert not EditedHours.objects.exists()


def test_what_was_placed_by_the_hours_before_the_edit_follows_it_too() -> None:
    queue = line()
    close_at_once(queue, now=NOON)
    assert placement.follow_hours(queue.pk, now=NOON) == 0
    late = dialogues.conversation(line=queue, now=NOON)
    Conversation.objects.filter(pk=late.pk).update(state="queued")
    assert sweeps.follow_edited_hours(now=NOON + timedelta(seconds=2)) == 1
    assert state(late)[0] == "offline"


@pytest.mark.parametrize("seen", [EVENING + timedelta(minutes=20), MORNING])
def test_an_edit_that_closed_nothing_sends_nobody_away_however_late_it_is_followed(seen: datetime) -> None:
    queue = line()
    found = dialogues.conversation(now=NOON)
    edit(queue, now=EVENING, last_minutes=5)
    assert sweeps.follow_edited_hours(now=seen) == 0
    assert state(found)[0] == "queued"
    assert not EditedHours.objects.exists()


def test_a_line_that_is_open_again_sends_nobody_away_for_an_earlier_edit() -> None:
    queue = line()
    found = dialogues.conversation(now=NOON)
    edit(queue, now=NIGHT, last_minutes=5)
    assert sweeps.follow_edited_hours(now=MORNING) == 0
    assert state(found)[0] == "queued"


def test_other_edits_of_a_line_are_not_edits_of_its_hours() -> None:
    edit(line(), now=NIGHT, name="Other")
    assert not EditedHours.objects.exists()
