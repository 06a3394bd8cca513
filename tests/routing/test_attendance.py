"""Whether operators are really there: signs of life, missed offers, shifts, and what comes back when they are not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from apps.conversations.models import Conversation
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.models import Connection, Event, ProcessLease
from apps.operators import shifts
from apps.operators.models import (
    BreakReason,
    Operator,
    Presence,
    Queue,
    Shift,
    WeeklyShift,
    WorkSetting,
)
from apps.operators.selectors import presence_notes
from apps.operators.services import presence
from apps.operators.services.attendance import OffShift
from apps.routing.models import Assignment, QueueEntry
from apps.routing.services import attendance, offers, sweeps
from apps.routing.services.dispatch import dispatch
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def rules(**values: object) -> WorkSetting:
    """The working rules with these values."""
    row, _made = WorkSetting.objects.update_or_create(pk=1, defaults=values)
    return row


def at_work(operator: Operator) -> Presence:
    return Presence.objects.get(operator=operator)


def hold(anna: Operator, now: datetime = NOW) -> Conversation:
    """A conversation of her line that she holds."""
    return dialogues.conversation(line=anna.queues.first(), holder=anna, now=now)


def watch(after: timedelta) -> None:
    attendance.watch(now=NOW + after)


@pytest.fixture
def line() -> Queue:
    return organisation.line(offering="automatic", accept_seconds=30)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,))


# --- signs of life --------------------------------------------------------------------------------------


def test_who_is_silent_is_told_a_minute_before_and_then_set_away(anna: Operator) -> None:
    rules(away_minutes=10)
    held = hold(anna)
    watch(9 * MINUTE - timedelta(seconds=1))
    assert at_work(anna).away_at is None
    watch(9 * MINUTE)
    assert (at_work(anna).state, at_work(anna).away_at) == ("online", NOW + 10 * MINUTE)
    watch(10 * MINUTE)
    row = at_work(anna)
    assert (row.state, row.cause, row.reason, row.away_at) == ("break", "silent", None, None)
    assert Conversation.objects.get(pk=held.pk).holder_id == anna.pk
    told = Event.objects.filter(kind="presence.changed").last()
    assert told is not None
    assert (told.actor_kind, told.details["cause"]) == ("system", "silent")


def test_nobody_is_set_away_while_the_rules_do_not_say_so(anna: Operator) -> None:
    rules(away_minutes=0)
    hold(anna)
    watch(timedelta(hours=5))
    watch(timedelta(hours=6))
    assert (at_work(anna).state, at_work(anna).away_at) == ("online", None)


def test_a_sign_of_life_takes_the_warning_back(anna: Operator) -> None:
    rules(away_minutes=10)
    hold(anna)
    watch(9 * MINUTE)
    assert presence.show_active(anna.pk, now=NOW + 9 * MINUTE + timedelta(seconds=5))
    watch(10 * MINUTE)
    assert (at_work(anna).state, at_work(anna).away_at) == ("online", None)
    watch(18 * MINUTE + timedelta(seconds=5))
    assert at_work(anna).away_at == NOW + 19 * MINUTE + timedelta(seconds=5)


def test_signs_of_life_close_together_are_written_once(
    anna: Operator,
) -> None:
    presence.show_active(anna.pk, now=NOW)
    presence.show_active(anna.pk, now=NOW + timedelta(seconds=19))
    assert at_work(anna).active_at == NOW
    presence.show_active(anna.pk, now=NOW + timedelta(seconds=21))
    assert at_work(anna).active_at == NOW + timedelta(seconds=21)


def test_words_to_a_customer_are_a_sign_of_life(anna: Operator) -> None:
    rules(away_minutes=10)
    held = hold(anna)
    Conversation.objects.filter(pk=held.pk).update(last_author="operator", last_at=NOW + 5 * MINUTE)
    watch(9 * MINUTE)
    assert at_work(anna).away_at is None
    watch(14 * MINUTE)
    assert at_work(anna).away_at == NOW + 15 * MINUTE


def test_who_has_nothing_to_do_may_wait_unless_the_rules_say_otherwise(anna: Operator) -> None:
    setting = rules(away_minutes=10, away_without_work=False)
    watch(timedelta(hours=1))
    assert at_work(anna).away_at is None
    setting.away_without_work = True
    setting.save()
    watch(timedelta(hours=1))
    assert at_work(anna).away_at == NOW + timedelta(hours=1) + MINUTE


def test_silence_counts_from_the_moment_there_is_something_to_do(anna: Operator) -> None:
    rules(away_minutes=10)
    hold(anna, now=NOW + timedelta(hours=1))
    watch(timedelta(hours=1) + 8 * MINUTE)
    assert at_work(anna).away_at is None
    watch(timedelta(hours=1) + 9 * MINUTE)
    assert at_work(anna).away_at == NOW + timedelta(hours=1) + 10 * MINUTE


def test_a_warning_without_a_ground_any_more_is_taken_back(anna: Operator) -> None:
    setting = rules(away_minutes=10)
    held = hold(anna)
    watch(9 * MINUTE)
    Assignment.objects.filter(conversation=held).update(ended_at=NOW, end_reason="closed")
    watch(10 * MINUTE)
    assert (at_work(anna).state, at_work(anna).away_at) == ("online", None)
    Assignment.objects.filter(conversation=held).update(ended_at=None, end_reason="")
    watch(11 * MINUTE)
    assert at_work(anna).away_at is not None
    setting.away_minutes = 0
    setting.save()
    watch(13 * MINUTE)
    assert (at_work(anna).state, at_work(anna).away_at) == ("online", None)


def test_one_key_brings_back_who_was_set_away(anna: Operator) -> None:
    rules(away_minutes=10)
    hold(anna)
    watch(9 * MINUTE)
    watch(10 * MINUTE)
    presence.set_presence(anna.pk, state="online", actor=Actor.staff(anna.pk), now=NOW + 11 * MINUTE)
    row = at_work(anna)
    assert (row.state, row.cause, row.active_at) == ("online", "", NOW + 11 * MINUTE)


# --- missed offers --------------------------------------------------------------------------------------


def put_aside() -> None:
    """What waited is gone, so that the next one is offered."""
    QueueEntry.objects.filter(left_at__isnull=True).update(left_at=NOW, left_reason="closed", stage="left")


def miss(anna: Operator, line: Queue, at: datetime) -> None:
    """One more conversation is offered to her, and runs out."""
    put_aside()
    dialogues.conversation(line=line, now=at)
    dispatch(now=at)
    assert Assignment.objects.filter(operator=anna.pk, ended_at__isnull=True).exists()
    offers.expire(now=at + timedelta(seconds=30))


def test_missing_so_many_offers_in_a_row_sets_away_and_is_told_before(anna: Operator, line: Queue) -> None:
    rules(missed_offers=2)
    miss(anna, line, NOW)
    assert (at_work(anna).state, at_work(anna).missed) == ("online", 1)
    assert Event.objects.filter(kind="presence.noted", details__missed=1).count() == 1
    miss(anna, line, NOW + MINUTE)
    assert (at_work(anna).state, at_work(anna).cause) == ("break", "missed")


def test_missed_offers_are_not_counted_while_the_rules_do_not_say_so(anna: Operator, line: Queue) -> None:
    rules(missed_offers=0)
    for number in range(4):
        miss(anna, line, NOW + number * MINUTE)
    assert (at_work(anna).state, at_work(anna).missed) == ("online", 0)


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_answer_begins_the_count_anew(anna: Operator, line: Queue, answer: str) -> None:
    rules(missed_offers=2)
    miss(anna, line, NOW)
    put_aside()
    found = dialogues.conversation(line=line, now=NOW + MINUTE)
    dispatch(now=NOW + MINUTE)
    if answer == "accept":
        offers.accept(anna.pk, found.pk, now=NOW + MINUTE)
    else:
        offers.decline(anna.pk, found.pk, reason_id=None, now=NOW + MINUTE)
    assert at_work(anna).missed == 0
    miss(anna, line, NOW + 2 * MINUTE)
    assert (at_work(anna).state, at_work(anna).missed) == ("online", 1)


# --- sent by somebody else ------------------------------------------------------------------------------


@pytest.fixture
def lunch() -> BreakReason:
    return BreakReason.objects.create(name_ru="Обед", name_en="Lunch", minutes=30)


def send(anna: Operator, state: str, reason: BreakReason | None, by: int) -> Presence:
    return presence.send(
        anna.pk,
        state=state,
        reason_id=reason.pk if reason else None,
        sent_by=by,
        actor=Actor.staff(by),
        now=NOW + MINUTE,
    )


def test_who_is_sent_on_a_break_reads_who_and_why_and_the_log_names_the_actor(
    anna: Operator, lunch: BreakReason
) -> None:
    boss = people.user("boss")
    row = send(anna, "break", lunch, boss.pk)
    assert (row.state, row.cause, row.sent_by_id, row.reason_id) == ("break", "sent", boss.pk, lunch.pk)
    told = Event.objects.filter(kind="presence.changed").last()
    assert told is not None
    assert (told.actor_kind, told.actor_id, told.details["reason"]) == ("staff", boss.pk, lunch.pk)


def test_a_break_needs_a_reason_whoever_sends_and_going_home_may_have_one(
    anna: Operator, lunch: BreakReason
) -> None:
    boss = people.user("boss")
    with pytest.raises(Invalid):
        send(anna, "break", None, boss.pk)
    assert at_work(anna).state == "online"
    row = send(anna, "offline", lunch, boss.pk)
    assert (row.state, row.reason_id, row.cause) == ("offline", lunch.pk, "sent")


def test_what_he_is_offered_returns_at_once_and_what_he_holds_stays_on_a_break(
    anna: Operator, line: Queue, lunch: BreakReason
) -> None:
    held = hold(anna)
    offered = dialogues.conversation(line=line)
    dispatch(now=NOW)
    send(anna, "break", lunch, people.user("boss").pk)
    assert attendance.leave(anna.pk, now=NOW + MINUTE) == 1
    assert attendance.leave(anna.pk, now=NOW + MINUTE) == 0
    ended = Assignment.objects.get(conversation=offered)
    assert (ended.end_reason, ended.ended_at) == ("withdrawn", NOW + MINUTE)
    sweeps.release_of_the_absent(now=NOW + timedelta(hours=3))
    assert Conversation.objects.get(pk=held.pk).holder_id == anna.pk


def test_what_he_holds_returns_a_grace_time_after_he_was_sent_home(anna: Operator, settings: object) -> None:
    settings.OPERATOR_GRACE_SECONDS = 60
    held = hold(anna)
    send(anna, "offline", None, people.user("boss").pk)
    sweeps.release_of_the_absent(now=NOW + MINUTE + timedelta(seconds=59))
    assert Conversation.objects.get(pk=held.pk).holder_id == anna.pk
    sweeps.release_of_the_absent(now=NOW + 2 * MINUTE)
    assert Conversation.objects.get(pk=held.pk).state == "queued"


def test_who_is_at_work_keeps_what_he_is_offered(anna: Operator, line: Queue) -> None:
    dialogues.conversation(line=line)
    dispatch(now=NOW)
    assert attendance.leave(anna.pk, now=NOW) == 0
    assert Assignment.objects.filter(ended_at__isnull=True).count() == 1


# --- the socket is gone ---------------------------------------------------------------------------------


def lease(anna: Operator, *, expires: datetime) -> ProcessLease:
    row = ProcessLease.objects.create(node="here", started_at=NOW, renewed_at=NOW, expires_at=expires)
    Connection.objects.create(lease=row, surface="operator", person_id=anna.pk, since=NOW)
    return row


def test_what_is_offered_to_a_killed_screen_returns_without_waiting_for_its_grace_time(
    anna: Operator, line: Queue, settings: object
) -> None:
    settings.OPERATOR_GRACE_SECONDS = 600
    process = lease(anna, expires=NOW.replace(year=2100))
    held, offered = hold(anna), dialogues.conversation(line=line)
    dispatch(now=NOW)
    sweeps.notice_the_gone(now=NOW)
    sweeps.release_of_the_absent(now=NOW)
    assert Assignment.objects.get(conversation=offered).ended_at is None
    # kill -9: nobody says goodbye, the lease just runs out.
    ProcessLease.objects.filter(pk=process.pk).update(expires_at=NOW.replace(year=2000))
    sweeps.notice_the_gone(now=NOW + MINUTE)
    sweeps.release_of_the_absent(now=NOW + MINUTE)
    assert Assignment.objects.get(conversation=offered).end_reason == "withdrawn"
    assert Conversation.objects.get(pk=held.pk).holder_id == anna.pk
    assert dispatch(now=NOW + MINUTE) == 0


@pytest.mark.parametrize(("grace", "sent_home"), [(60, 1), (600, 0)])
def test_the_grace_time_is_what_the_setting_says(
    anna: Operator, settings: object, grace: int, sent_home: int
) -> None:
    settings.OPERATOR_GRACE_SECONDS = grace
    hold(anna)
    sweeps.notice_the_gone(now=NOW)
    assert sweeps.notice_the_gone(now=NOW + MINUTE) == sent_home
    assert (at_work(anna).state, at_work(anna).cause) == (
        ("offline", "gone") if sent_home else ("online", "")
    )


# --- shifts ---------------------------------------------------------------------------------------------

# NOW is Friday, 20 November 2026, 12:00 in Moscow.
FRIDAY = date(2026, 11, 20)


def weekly(anna: Operator, begins: int, ends: int, weekday: int = 4, **values: object) -> WeeklyShift:
    return WeeklyShift.objects.create(
        operator=anna, weekday=weekday, begins=time(begins), ends=time(ends % 24), **values
    )


def come(anna: Operator, at: datetime) -> Presence:
    return presence.set_presence(anna.pk, state="online", actor=Actor.staff(anna.pk), now=at)


def leave(anna: Operator) -> None:
    presence.set_presence(anna.pk, state="offline", actor=Actor.staff(anna.pk), now=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("days", "binds"),
    [
        ({}, True),
        ({"valid_from": FRIDAY, "valid_to": FRIDAY}, True),
        ({"valid_from": FRIDAY + timedelta(days=7)}, False),
        ({"valid_to": FRIDAY - timedelta(days=1)}, False),
    ],
)
def test_a_weekly_shift_holds_from_its_first_day_to_its_last(
    anna: Operator, days: dict[str, date], binds: bool
) -> None:
    plan = shifts.Plan("UTC", [weekly(anna, 9, 18, **days)], [])
    noon = datetime.combine(FRIDAY, time(12), UTC)
    assert (plan.at(noon) is not None) is binds


def test_a_weekly_shift_that_ended_for_good_binds_nobody(anna: Operator) -> None:
    rules(works_outside_shift=False)
    ended = weekly(anna, 14, 18, valid_to=FRIDAY)
    leave(anna)
    with pytest.raises(OffShift):
        come(anna, NOW)
    WeeklyShift.objects.filter(pk=ended.pk).update(valid_to=FRIDAY - timedelta(days=7))
    assert come(anna, NOW).state == "online"


def test_coming_outside_the_shift_is_refused_with_words_only_where_the_rules_forbid_it(
    anna: Operator,
) -> None:
    setting = rules(works_outside_shift=False, early_minutes=15)
    weekly(anna, 14, 18)
    leave(anna)
    with pytest.raises(OffShift) as refused:
        come(anna, NOW)
    assert "20.11.2026 14:00" in str(refused.value) or "11/20/2026" in str(refused.value)
    assert at_work(anna).state == "offline"
    setting.works_outside_shift = True
    setting.save()
    assert come(anna, NOW).state == "online"
    assert at_work(anna).shift_ends_at is None


@pytest.mark.parametrize(("early", "may"), [(15, True), (5, False)])
def test_one_may_come_so_many_minutes_before_the_shift(anna: Operator, early: int, may: bool) -> None:
    rules(works_outside_shift=False, early_minutes=early)
    weekly(anna, 14, 18)
    leave(anna)
    moment = NOW + timedelta(hours=2) - 10 * MINUTE
    if may:
        assert come(anna, moment).shift_ends_at == NOW + timedelta(hours=6)
    else:
        with pytest.raises(OffShift):
            come(anna, moment)


def test_who_has_no_shifts_at_all_is_bound_by_none(anna: Operator) -> None:
    rules(works_outside_shift=False)
    leave(anna)
    assert come(anna, NOW).state == "online"
    watch(MINUTE)
    assert (at_work(anna).state, at_work(anna).offers_until) == ("online", None)


def test_whose_only_shift_is_weeks_ahead_is_bound_by_it(anna: Operator) -> None:
    rules(works_outside_shift=False)
    Shift.objects.create(operator=anna, date=FRIDAY + timedelta(days=30), begins=time(9), ends=time(18))
    leave(anna)
    with pytest.raises(OffShift):
        come(anna, NOW)


@pytest.mark.parametrize(("last", "given"), [(5, 0), (0, 1)])
def test_nothing_new_is_offered_in_the_last_minutes(
    anna: Operator, line: Queue, last: int, given: int
) -> None:
    rules(works_outside_shift=False, last_minutes=last)
    weekly(anna, 9, 18)
    watch(MINUTE)
    moment = NOW + timedelta(hours=6) - 3 * MINUTE
    assert at_work(anna).shift_ends_at == NOW + timedelta(hours=6)
    dialogues.conversation(line=line, now=moment)
    assert dispatch(now=moment) == given


@pytest.mark.parametrize("ending", [15, 0])
def test_the_end_of_a_shift_is_told_so_many_minutes_before(anna: Operator, ending: int) -> None:
    rules(works_outside_shift=False, ending_minutes=ending)
    weekly(anna, 9, 18)
    watch(MINUTE)
    assert presence_notes(at_work(anna)).shift_told_at == NOW + timedelta(hours=6) - ending * MINUTE


def test_he_is_taken_home_at_the_end_when_he_holds_nothing(anna: Operator) -> None:
    rules(works_outside_shift=False)
    weekly(anna, 9, 18)
    watch(MINUTE)
    watch(timedelta(hours=6) - MINUTE)
    assert at_work(anna).state == "online"
    watch(timedelta(hours=6))
    assert (at_work(anna).state, at_work(anna).cause) == ("offline", "shift_over")


def test_who_still_holds_something_stays_until_it_is_done(anna: Operator) -> None:
    rules(works_outside_shift=False)
    weekly(anna, 9, 18)
    held = hold(anna)
    watch(timedelta(hours=6))
    watch(timedelta(hours=7))
    assert (at_work(anna).state, at_work(anna).offers_until) == (
        "online",
        NOW + timedelta(hours=6),
    )
    Assignment.objects.filter(conversation=held).update(ended_at=NOW, end_reason="closed")
    watch(timedelta(hours=7))
    assert at_work(anna).state == "offline"


def test_nobody_is_taken_home_where_working_outside_the_shift_is_allowed(anna: Operator) -> None:
    setting = rules(works_outside_shift=False)
    weekly(anna, 9, 18)
    watch(MINUTE)
    setting.works_outside_shift = True
    setting.save()
    watch(timedelta(hours=7))
    assert (at_work(anna).state, at_work(anna).shift_ends_at, at_work(anna).offers_until) == (
        "online",
        None,
        None,
    )


def test_a_day_off_replaces_the_weekly_shift_and_takes_home_who_is_there(anna: Operator) -> None:
    rules(works_outside_shift=False)
    weekly(anna, 9, 18)
    watch(MINUTE)
    Shift.objects.create(operator=anna, date=FRIDAY)
    watch(2 * MINUTE)
    assert (at_work(anna).state, at_work(anna).shift_ends_at) == ("offline", NOW + 2 * MINUTE)


def test_who_never_came_has_a_presence_all_the_same(anna: Operator) -> None:
    boris = Operator.objects.create(user=people.user(), public_name="Борис")
    gone = Operator.objects.create(user=people.user(), public_name="Давно", is_active=False)
    watch(MINUTE)
    assert at_work(boris).state == "offline"
    assert not Presence.objects.filter(operator=gone).exists()


def test_nobody_unknown_is_sent_anywhere() -> None:
    with pytest.raises(NotFound):
        presence.set_presence(404, state="offline", actor=SYSTEM, now=NOW)
    assert issubclass(OffShift, Conflict)


# --- one that is broken ---------------------------------------------------------------------------------


def test_one_person_whose_row_is_broken_holds_up_no_other(
    anna: Operator, line: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rules(away_minutes=10)
    boris = people.operator("Борис", lines=(line,))
    for each in (anna, boris):
        hold(each)
    warn = presence.warn

    def broken(pk: int, **facts: Any) -> bool:
        if pk == anna.pk:
            raise ValueError("broken")
        return warn(pk, **facts)

    with monkeypatch.context() as patched:
        patched.setattr(presence, "warn", broken)
        watch(9 * MINUTE)
    assert [at_work(each).away_at for each in (anna, boris)] == [None, NOW + 10 * MINUTE]
    assert "warning the silent failed" in caplog.text
    watch(9 * MINUTE)
    assert at_work(anna).away_at == NOW + 10 * MINUTE


def test_one_step_that_fails_leaves_the_shifts_followed(
    anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = []
    monkeypatch.setattr(attendance, "warn_the_silent", lambda *_args, **_facts: 1 / 0)
    monkeypatch.setattr(attendance, "follow_shifts", lambda *_args, now: followed.append(now))
    watch(MINUTE)
    assert followed == [NOW + MINUTE]
