"""Clocks of promises: what starts, pauses, moves, keeps, breaks and cancels them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.analytics.history.words import words_of
from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle, outbound
from apps.core import clock as core_clock
from apps.core.actors import SYSTEM
from apps.core.models import Event
from apps.operators.models import Queue, Tag
from apps.routing import tasks
from apps.routing.models import Category, Clock, QueueEntry
from apps.routing.services import clocks, contacts, handling, placement, sending, upkeep
from tests.api import Integration
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight
from tests.factories.promises import answers, asks, at, clock, policy, sweep, weekdays

pytestmark = pytest.mark.django_db


def begun(**values: object) -> Conversation:
    """A conversation whose clocks have followed its first message."""
    found = dialogues.conversation(**values)  # type: ignore[arg-type]
    clocks.keep(found.pk, now=NOW)
    return found


def test_the_first_message_starts_the_clock_of_the_first_answer() -> None:
    chosen = policy(first_seconds=600, next_seconds=120)
    found = clock(begun())
    assert (found.policy, found.turn, found.seconds) == (chosen, 1, 600)
    assert (found.started_at, found.due_at, found.state) == (NOW, at(600), "running")
    assert Clock.objects.count() == 1


def test_an_empty_time_promises_nothing() -> None:
    policy(next_seconds=120)
    conversation = begun()
    assert not Clock.objects.exists()
    assert QueueEntry.objects.get(conversation=conversation).due_at is None


def test_a_policy_that_is_off_starts_no_clock() -> None:
    policy(first_seconds=600, is_active=False)
    begun()
    assert not Clock.objects.exists()


def test_a_persons_answer_in_time_keeps_the_promise_and_the_next_question_starts_the_next_clock() -> None:
    policy(first_seconds=600, next_seconds=120)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=600)
    first = clock(conversation)
    assert (first.state, first.met_at, first.ended_at, first.taken) == ("kept", at(600), at(600), 600.0)
    turn = asks(conversation, after=700).seq
    asks(conversation, after=710)
    following = clock(conversation, "next")
    assert (following.turn, following.started_at, following.due_at) == (turn, at(700), at(820))


@pytest.mark.parametrize(("asks_again", "due"), [(True, at(140)), (False, None)])
def test_what_comes_back_to_its_line_is_due_at_once_as_its_running_clock_says(
    asks_again: bool, due: datetime | None
) -> None:
    """Its stay before was due by the first answer, which is given; its place does not wait for a nudge."""
    policy(first_seconds=600, next_seconds=120)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun()
    handling.accept(people.sight(anna), conversation.pk, now=NOW)
    answers(conversation, anna, after=10)
    if asks_again:
        asks(conversation, after=20)
    handling.return_to_line(people.sight(anna), conversation.pk, comment="", now=at(30))
    first, again = QueueEntry.objects.filter(conversation=conversation).order_by("pk")
    assert (first.due_at, again.due_at) == (at(600), due)


def test_notes_system_lines_and_integrations_answer_nobody() -> None:
    policy(first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=10, note=True)
    assert clock(conversation).state == "running"
    answer = Integration().post(f"conversations/{conversation.pk}/messages/", {"text": "Робот"})
    assert answer.status_code == 201
    clocks.keep(conversation.pk, now=at(20))
    assert clock(conversation).state == "running"


def test_an_answer_after_the_moment_breaks_it_even_if_no_sweep_came_between() -> None:
    policy(first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=601)
    found = clock(conversation)
    assert (found.state, found.broken_at, found.met_at, found.taken) == ("broken", at(600), at(601), 601.0)


def test_the_sweep_breaks_what_is_due_and_only_that() -> None:
    policy(first_seconds=600)
    conversation = begun()
    sweep(600)
    assert clock(conversation).state == "running"  # an answer may be on its way
    sweep(601)
    found = clock(conversation)
    assert (found.state, found.broken_at, found.ended_at) == ("broken", at(600), None)
    assert Event.objects.filter(kind="clock.broken", subject_id=conversation.pk).count() == 1
    sweep(900)
    assert Event.objects.filter(kind="clock.broken", subject_id=conversation.pk).count() == 1


def test_what_was_late_stays_late_and_the_answer_says_how_late() -> None:
    policy(first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    sweep(700)
    answers(conversation, anna, after=900)
    found = clock(conversation)
    assert (found.state, found.met_at, found.taken) == ("broken", at(900), 900.0)


def test_keeping_twice_changes_nothing() -> None:
    policy(first_seconds=600, resolution_seconds=9000, warn_percent=50)
    conversation = begun()
    clocks.keep(conversation.pk, now=at(400))
    before, events = list(Clock.objects.values()), Event.objects.count()
    clocks.keep(conversation.pk, now=at(400))
    assert (list(Clock.objects.values()), Event.objects.count()) == (before, events)


def test_a_clock_never_begins_before_its_policy() -> None:
    policy(first_seconds=600, since=at(300))
    conversation = dialogues.conversation()
    clocks.keep(conversation.pk, now=at(300))
    assert (clock(conversation).started_at, clock(conversation).due_at) == (at(300), at(900))


def leave_contact(conversation: Conversation, *, now: datetime) -> None:
    """He leaves a number instead of waiting."""
    asked = contacts.request(
        wanted="answer",
        name="",
        phone="+7 900 555-21-10",
        email="",
        question="",
        preferred="",
        client_id="left-it-1",
    )
    contacts.leave(conversation.identity, asked, conversation_id=conversation.pk, department=None, now=now)


# --- whose policy ------------------------------------------------------------------------------------


def test_the_most_specific_policy_counts_then_the_order() -> None:
    line = organisation.line()
    vip = Category.objects.create(name="VIP", code="vip", rank=5)
    policy(first_seconds=600, order=0)
    policy(first_seconds=500, queue=line, order=5)
    policy(first_seconds=400, queue=line, order=1)
    plain = begun(line=line)
    assert clock(plain).seconds == 400
    policy(first_seconds=300, queue=line, category=vip)
    other = dialogues.conversation(line=line)
    other.entries.update(category=vip)
    clocks.keep(other.pk, now=NOW)
    assert clock(other).seconds == 300
    policy(first_seconds=200, queue=line, category=vip, channel=organisation.channel())
    third = dialogues.conversation(line=line)
    third.entries.update(category=vip)
    clocks.keep(third.pk, now=NOW)
    assert clock(third).seconds == 300  # that channel is another one
    assert clock(begun()).seconds == 600


def test_a_policy_of_a_channel_is_for_that_channel() -> None:
    channel = organisation.channel()
    policy(first_seconds=60, channel=channel)
    inside = begun(by=dialogues.identity(channel))
    outside = begun()
    assert clock(inside).seconds == 60
    assert not outside.clocks.exists()


def test_a_running_clock_keeps_the_seconds_it_began_with() -> None:
    chosen = policy(first_seconds=600)
    conversation = begun()
    chosen.first_seconds = 60
    chosen.save()
    clocks.keep(conversation.pk, now=at(100))
    assert (clock(conversation).seconds, clock(conversation).state) == (600, "running")
    assert clock(begun()).seconds == 60


def test_a_transfer_takes_the_policy_of_the_other_line_and_what_has_run_stays_run() -> None:
    quick = organisation.line()
    policy(first_seconds=600)
    policy(first_seconds=300, queue=quick)
    boris = people.operator(lines=(organisation.common_line(), quick))
    conversation = begun()
    handling.transfer_to_line(sight(boris), conversation.pk, quick.pk, comment="", now=at(100))
    clocks.keep(conversation.pk, now=at(101))
    found = clock(conversation)
    assert (found.seconds, found.spent, found.resumed_at, found.due_at) == (300, 100.0, at(100), at(300))
    assert (found.started_at, found.line) == (NOW, quick)


def test_words_that_send_the_customer_on_answer_nothing() -> None:
    policy(first_seconds=600, next_seconds=120)
    anna = people.operator(lines=(line := organisation.line(),))
    other = organisation.line()
    conversation = begun(line=line, holder=anna)
    handling.transfer_to_line(
        sight(anna), conversation.pk, other.pk, comment="Передаю коллегам", shown=True, now=at(100)
    )
    clocks.keep(conversation.pk, now=at(101))
    conversation.refresh_from_db()
    assert clock(conversation).state == "running"
    assert (conversation.awaiting_since, conversation.first_answer_at) == (NOW, None)
    assert not upkeep.mend(now=at(110))
    assert words_of([conversation.pk], NOW, at(200))[conversation.pk].said == [(NOW, False)]
    boris = people.operator(lines=(other,))
    handling.accept(sight(boris), conversation.pk, now=at(200))
    answers(conversation, boris, after=300)
    assert (clock(conversation).state, clock(conversation).taken) == ("kept", 300.0)


def test_where_nothing_is_promised_the_clock_stops_and_goes_on_when_it_comes_back() -> None:
    quick, slow = organisation.line(), organisation.line()
    policy(first_seconds=600, queue=quick)
    boris = people.operator(lines=(quick, slow))
    conversation = begun(line=quick)
    handling.transfer_to_line(sight(boris), conversation.pk, slow.pk, comment="", now=at(100))
    clocks.keep(conversation.pk, now=at(100))
    found = clock(conversation)
    assert (found.state, found.cancelled_because) == ("cancelled", "no_policy")
    assert QueueEntry.objects.get(conversation=conversation, left_at=None).due_at is None
    handling.transfer_to_line(sight(boris), conversation.pk, quick.pk, comment="", now=at(500))
    clocks.keep(conversation.pk, now=at(500))
    found = clock(conversation)
    assert (found.state, found.spent, found.due_at) == ("running", 100.0, at(600))


# --- hours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("business_hours", "due"),
    [
        (True, datetime(2026, 11, 23, 6, 50, tzinfo=UTC)),  # 18:00 on Friday, then ten to ten on Monday
        (False, datetime(2026, 11, 20, 15, 50, tzinfo=UTC)),
    ],
)
def test_only_the_lines_hours_count_where_the_policy_says_so(business_hours: bool, due: datetime) -> None:
    line = organisation.line(calendar=weekdays())
    policy(first_seconds=3600, queue=line, business_hours=business_hours)
    evening = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)
    conversation = dialogues.conversation(line=line, now=evening)
    clocks.keep(conversation.pk, now=evening)
    assert clock(conversation).due_at == due


def test_an_edit_of_the_hours_moves_what_runs_and_the_line_is_ordered_by_it() -> None:
    calendar = weekdays()
    line = organisation.line(calendar=calendar)
    policy(first_seconds=8 * 3600, queue=line, business_hours=True)
    conversation = begun(line=line)  # 12:00 in Moscow: six hours today, two on Monday
    assert clock(conversation).due_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    calendar.intervals.update(closes="21:00")
    upkeep.recount(line.pk, now=at(60))
    assert clock(conversation).due_at == datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert QueueEntry.objects.get(conversation=conversation).due_at == clock(conversation).due_at


# --- settling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "due"), [("answered", 3600 + 400), ("snoozed", 3600), ("never", 3600)])
def test_settling_stands_still_while_the_customer_is_waited_for_if_the_policy_says_so(
    pause: str, due: int
) -> None:
    policy(resolution_seconds=3600, pause=pause)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=100)
    assert clock(conversation, "resolution").state == ("paused" if pause == "answered" else "running")
    asks(conversation, after=500)
    found = clock(conversation, "resolution")
    assert (found.state, found.due_at) == ("running", at(due))


@pytest.mark.parametrize(
    ("pause", "state"), [("snoozed", "paused"), ("answered", "paused"), ("never", "running")]
)
def test_settling_stands_still_in_snooze_if_the_policy_says_so(pause: str, state: str) -> None:
    policy(resolution_seconds=3600, pause=pause)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=100)
    handling.snooze(sight(anna), conversation.pk, until=None, now=at(100))
    clocks.keep(conversation.pk, now=at(150))
    found = clock(conversation, "resolution")
    assert (found.state, found.spent) == (state, 100.0 if state == "paused" else 0.0)


@pytest.mark.parametrize("pause", ["snoozed", "answered"])
def test_putting_aside_what_nobody_has_answered_stops_no_clock(pause: str) -> None:
    policy(first_seconds=600, resolution_seconds=3600, pause=pause)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    handling.snooze(sight(anna), conversation.pk, until=None, now=at(100))
    clocks.keep(conversation.pk, now=at(150))
    for kind, due in (("first", 600), ("resolution", 3600)):
        assert (clock(conversation, kind).state, clock(conversation, kind).due_at) == ("running", at(due))


def test_closing_settles_and_reopening_starts_anew() -> None:
    policy(first_seconds=600, resolution_seconds=3600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=100)
    handling.close(sight(anna), conversation.pk, now=at(200))
    clocks.keep(conversation.pk, now=at(200))
    settled = clock(conversation, "resolution")
    assert (settled.state, settled.taken) == ("kept", 100.0)
    again = asks(conversation, after=5000)
    Conversation.objects.filter(pk=conversation.pk).update(state="queued")
    clocks.keep(conversation.pk, now=at(5000))
    assert clock(conversation, "first", turn=again.seq).due_at == at(5600)
    assert clock(conversation, "resolution", turn=again.seq).started_at == at(5000)
    assert Clock.objects.filter(conversation=conversation).count() == 4


def test_what_the_house_closes_without_an_answer_breaks_at_its_moment() -> None:
    policy(first_seconds=600, resolution_seconds=900)
    line = organisation.common_line()
    anna = people.operator(lines=(line,))
    conversation, late = begun(holder=anna), begun(holder=anna)
    handling.close(sight(anna), conversation.pk, now=at(30))
    handling.close(sight(anna), late.pk, now=at(700))
    clocks.keep(conversation.pk, now=at(30))
    clocks.keep(late.pk, now=at(700))
    assert (clock(conversation).state, clock(conversation).due_at) == ("running", at(600))
    assert (clock(late).state, clock(late).met_at, clock(late).ended_at) == ("broken", None, at(700))
    sweep(601)
    assert (clock(conversation).state, clock(conversation).ended_at) == ("broken", at(600))
    sweep(901)
    assert clock(conversation, "resolution").state == "broken"
    assert upkeep.mend(now=at(902)) == 0


def test_the_customer_who_closes_or_leaves_a_contact_is_owed_no_answer() -> None:
    policy(first_seconds=600)
    closed, left = begun(), begun()
    Queue.objects.update(offer_contact_seconds=0)
    handling.close_by_customer(closed.identity, closed.pk, now=at(30))
    leave_contact(left, now=at(30))
    for each, because in ((closed, "closed_by_customer"), (left, "contact_left")):
        clocks.keep(each.pk, now=at(800))
        assert (clock(each).state, clock(each).cancelled_because) == ("cancelled", because)


def test_opened_again_and_answered_in_time_the_promise_is_kept() -> None:
    policy(first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    handling.close(sight(anna), conversation.pk, now=at(30))
    clocks.keep(conversation.pk, now=at(30))
    again = asks(conversation, after=60)
    placement.route(conversation.pk, now=at(60))
    clocks.keep(conversation.pk, now=at(60))
    handling.accept(sight(anna), conversation.pk, now=at(70))
    answers(conversation, anna, after=300)
    assert [(each.turn, each.state, each.taken) for each in conversation.clocks.order_by("turn")] == [
        (1, "kept", 300.0),
        (again.seq, "kept", 240.0),
    ]


@pytest.mark.parametrize(("may_stay", "state"), [(True, "cancelled"), (False, "broken")])
def test_a_last_word_may_stay_unanswered_where_the_policy_says_so(may_stay: bool, state: str) -> None:
    policy(first_seconds=600, next_seconds=600, last_word_may_stay=may_stay)
    anna = people.operator(lines=(organisation.common_line(),))
    thanks, first = begun(holder=anna), begun(holder=anna)
    answers(thanks, anna, after=10)
    asks(thanks, after=20)
    for each in (thanks, first):
        handling.close(sight(anna), each.pk, now=at(30))
        clocks.keep(each.pk, now=at(700))
    assert clock(thanks, "next").state == state
    assert clock(first).state == "broken"  # nobody has answered at all


def test_closing_settles_only_what_somebody_has_answered() -> None:
    policy(resolution_seconds=900)
    anna = people.operator(lines=(organisation.common_line(),))
    answered, never = begun(holder=anna), begun(holder=anna)
    answers(answered, anna, after=10)
    asks(answered, "Спасибо", after=20)
    for each in (answered, never):
        handling.close(sight(anna), each.pk, now=at(30))
        clocks.keep(each.pk, now=at(30))
    assert clock(answered, "resolution").state == "kept"
    assert clock(never, "resolution").state == "running"


def test_a_breach_after_closing_tells_and_tags_and_moves_nothing() -> None:
    policy(
        {"moment": "breach", "act": "raise", "rank": 5},
        {"moment": "breach", "act": "tag", "tag": Tag.objects.create(name="late")},
        first_seconds=600,
    )
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    handling.close(sight(anna), conversation.pk, now=at(30))
    sweep(601)
    assert list(conversation.tags.values_list("name", flat=True)) == ["late"]
    assert not Event.objects.filter(kind="policy.refused").exists()


# --- order and sweeps ---------------------------------------------------------------------------------


def test_the_nearest_deadline_stands_on_the_stay_and_the_row_is_told_once() -> None:
    policy(first_seconds=600, resolution_seconds=300)
    conversation = begun()
    entry = QueueEntry.objects.get(conversation=conversation)
    assert entry.due_at == at(300)
    told = Event.objects.filter(kind="turn.due", subject_id=conversation.pk)
    assert [each.details["due_at"] for each in told] == ["2026-11-20T09:05:00Z"]


def test_nothing_unanswered_is_without_a_clock_where_a_policy_promises_one() -> None:
    covered = organisation.line()
    policy(first_seconds=600, queue=covered)
    lost, elsewhere = dialogues.conversation(line=covered), dialogues.conversation()
    assert upkeep.without_clock(now=at(4)) == []  # its nudge may be on its way
    assert upkeep.without_clock(now=at(5)) == [lost.pk]
    assert upkeep.mend(now=at(5)) == 1
    assert upkeep.without_clock(now=at(60)) == []
    assert clock(lost).due_at == at(600)
    assert not elsewhere.clocks.exists()


def test_lost_nudges_of_answers_closings_and_moves_are_found_in_the_rows() -> None:
    quick = organisation.line()
    policy(first_seconds=600, resolution_seconds=6000)
    policy(first_seconds=300, resolution_seconds=6000, queue=quick)
    anna = people.operator(lines=(organisation.common_line(), quick))
    answered, closed, moved = begun(holder=anna), begun(holder=anna), begun()
    outbound.answer(
        sight=sight(anna),
        conversation_id=answered.pk,
        text="Да",
        client_id="yes-to-this",
        note=False,
        now=at(20),
    )
    handling.close(sight(anna), closed.pk, now=at(30))
    sending.send_on(lifecycle.lock(moved.pk), quick.pk, now=at(40), because="clock")
    upkeep.mend(now=at(60))
    assert clock(answered).state == "kept"
    assert (clock(closed).state, clock(closed, "resolution").state) == ("running", "running")
    assert (clock(moved).seconds, clock(moved).due_at) == (300, at(300))
    assert upkeep.mend(now=at(61)) == 0


def test_a_turn_has_one_clock_of_a_kind_in_the_database_itself() -> None:
    policy(first_seconds=600)
    found = clock(begun())
    found.pk = None
    with pytest.raises(IntegrityError, match="clock_once_a_turn"), transaction.atomic():
        found.save(force_insert=True)


def test_a_bots_turn_is_not_the_lines_time() -> None:
    policy(first_seconds=600)
    conversation = dialogues.conversation()
    QueueEntry.objects.filter(conversation=conversation).update(
        left_at=NOW, left_reason="transferred", stage="left"
    )
    Conversation.objects.filter(pk=conversation.pk).update(state="bot")
    clocks.keep(conversation.pk, now=at(60))
    assert not conversation.clocks.exists()
    row = lifecycle.lock(conversation.pk)
    lifecycle.move(row, to="queued", actor=SYSTEM, now=at(200))
    clocks.keep(conversation.pk, now=at(201))
    assert (clock(conversation).started_at, clock(conversation).due_at) == (at(200), at(800))


def test_who_reads_the_log_finds_the_warning_once() -> None:
    policy(first_seconds=600, warn_percent=80)
    conversation = begun()
    sweep(479)
    assert clock(conversation).warned_at is None
    sweep(480)
    sweep(500)
    assert clock(conversation).warned_at == at(480)
    assert Event.objects.filter(kind="clock.warned", subject_id=conversation.pk).count() == 1


def test_without_a_percentage_nobody_is_warned() -> None:
    policy(first_seconds=600)
    conversation = begun()
    sweep(599)
    assert clock(conversation).warned_at is None
    assert not Event.objects.filter(kind="clock.warned").exists()


def test_the_database_says_what_time_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """F8: the clock of this node jumps ten minutes ahead between two sweeps; nobody's promise is broken by that."""
    monkeypatch.setattr(core_clock, "_anchor", None)
    core_clock.synchronise()
    real = core_clock.now()
    policy(first_seconds=300, since=real - timedelta(days=1))
    conversation = dialogues.conversation(now=real)
    clocks.keep(conversation.pk, now=real)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(minutes=10)

    monkeypatch.setattr(core_clock, "datetime", Ahead)
    assert abs(core_clock.now() - real) < timedelta(minutes=5)
    tasks.sweep_promises()
    assert clock(conversation).state == "running"
    Clock.objects.update(due_at=real - timedelta(minutes=1), resumed_at=real - timedelta(minutes=6))
    tasks.sweep_promises()
    assert clock(conversation).state == "broken"
