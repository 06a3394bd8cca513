"""What must never be is found, told, repaired by a button, and then over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from apps.conversations.models import Conversation
from apps.core import clock, letters
from apps.core.actors import SYSTEM, Actor
from apps.core.models import Event, User
from apps.operators.models import DeclineReason, Operator, Presence, Queue
from apps.routing.models import Assignment, BotStay, Breach, Clock, Patrol, QueueEntry, Violation
from apps.routing.services import dispatch, handling, offers, to_bot
from apps.routing.watchdog import alarm, checks, patrol, repairs, words
from tests.api import Integration
from tests.factories import bots, dialogues, organisation, people, roles
from tests.factories.people import NOW
from tests.factories.promises import policy

pytestmark = pytest.mark.django_db
MUCH_LATER = NOW + timedelta(hours=1)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def line() -> Queue:
    return organisation.common_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=2)


@pytest.fixture
def waiting(line: Queue) -> Conversation:
    return dialogues.conversation()


@pytest.fixture
def held(anna: Operator) -> Conversation:
    return dialogues.conversation(holder=anna)


def sql(statement: str, *values: datetime | int) -> object:
    with connection.cursor() as cursor:
        return cursor.execute(statement, values)


def break_it(code: str, one: Conversation) -> None:
    """By hand in the database, as no service would."""
    number = one.pk
    by_hand: dict[Breach, Callable[[], object]] = {
        Breach.NEW_TOO_LONG: lambda: [
            sql("DELETE FROM routing_queueentry WHERE conversation_id = %s", number),
            sql("UPDATE conversations_conversation SET state = 'new' WHERE id = %s", number),
        ],
        Breach.QUEUED_WITHOUT_ENTRY: lambda: sql(
            "UPDATE routing_queueentry SET left_at = now(), left_reason = 'closed', stage = 'left'"
            " WHERE conversation_id = %s",
            number,
        ),
        Breach.ENTRY_WITHOUT_WAIT: lambda: sql(
            "UPDATE conversations_conversation SET state = 'closed', closed_at = now() WHERE id = %s", number
        ),
        Breach.STAGE_DISAGREES: lambda: sql(
            "UPDATE routing_queueentry SET stage = 'offered' WHERE conversation_id = %s", number
        ),
        Breach.ASSIGNED_WITHOUT_ASSIGNMENT: lambda: sql(
            "UPDATE routing_assignment SET ended_at = now(), end_reason = 'closed' WHERE conversation_id = %s",
            number,
        ),
        Breach.ASSIGNMENT_WITHOUT_HOLD: lambda: sql(
            "UPDATE conversations_conversation SET state = 'closed', holder_id = NULL, closed_at = now()"
            " WHERE id = %s",
            number,
        ),
        Breach.HOLDER_NOT_PARTICIPANT: lambda: sql(
            "DELETE FROM conversations_participant WHERE conversation_id = %s", number
        ),
        Breach.HOLDER_GONE: lambda: sql("UPDATE operators_operator SET is_active = false"),
        Breach.OFFER_OVERDUE: lambda: offer(one),
        Breach.IDLE_DISAGREES: lambda: sql(
            "UPDATE routing_assignment SET freed_at = accepted_at WHERE conversation_id = %s", number
        ),
        Breach.IDLE_BUT_WRITTEN: lambda: [
            sql(
                "UPDATE conversations_conversation SET idle = true, awaiting_since = %s WHERE id = %s",
                NOW,
                number,
            ),
            sql("UPDATE routing_assignment SET freed_at = %s WHERE conversation_id = %s", NOW, number),
        ],
        Breach.SNOOZE_OVERDUE: lambda: [
            sql("DELETE FROM routing_queueentry WHERE conversation_id = %s", number),
            sql(
                "UPDATE conversations_conversation SET state = 'snoozed', snoozed_until = %s WHERE id = %s",
                NOW,
                number,
            ),
        ],
        Breach.BOT_STAY_WITHOUT_BOT: lambda: BotStay.objects.create(
            conversation=one, bot=bots.bot(), account=people.user(), from_seq=0, started_at=NOW
        ),
        Breach.UNANSWERED_WITHOUT_CLOCK: lambda: sql(
            "UPDATE conversations_conversation SET awaiting_since = NULL WHERE id = %s", number
        ),
    }
    by_hand[Breach(code)]()


def offer(one: Conversation) -> object:
    entry = QueueEntry.objects.get(conversation=one)
    entry.stage = "offered"
    entry.save()
    boris = people.operator("Борис", lines=(one.line,))
    return Assignment.objects.create(
        conversation=one,
        operator=boris.user,
        queue=one.line,
        entry=entry,
        kind="web",
        reason="offered",
        started_at=NOW,
        offer_until=NOW,
    )


OF_WAITING = (
    Breach.NEW_TOO_LONG,
    Breach.QUEUED_WITHOUT_ENTRY,
    Breach.ENTRY_WITHOUT_WAIT,
    Breach.STAGE_DISAGREES,
    Breach.OFFER_OVERDUE,
    Breach.SNOOZE_OVERDUE,
    Breach.BOT_STAY_WITHOUT_BOT,
    Breach.UNANSWERED_WITHOUT_CLOCK,
)
OF_HELD = (
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT,
    Breach.ASSIGNMENT_WITHOUT_HOLD,
    Breach.HOLDER_NOT_PARTICIPANT,
    Breach.HOLDER_GONE,
    Breach.IDLE_DISAGREES,
    Breach.IDLE_BUT_WRITTEN,
)
MOMENT = after(60)


def found(code: str) -> list[Violation]:
    return list(Violation.objects.filter(code=code))


@pytest.mark.parametrize("code", [*OF_WAITING, *OF_HELD])
def test_what_is_broken_by_hand_is_found_repaired_and_over(
    code: str, request: pytest.FixtureRequest, line: Queue
) -> None:
    one: Conversation = request.getfixturevalue("waiting" if code in OF_WAITING else "held")
    assert patrol.patrol(now=MOMENT) == 0
    break_it(code, one)
    assert patrol.patrol(now=MOMENT)
    [row] = found(code)
    assert (row.state, row.conversation_id, row.first_seen) == ("open", one.pk, MOMENT)
    assert Event.objects.filter(kind="watchdog.violation", subject_id=row.pk).count() == 1
    by = people.user("chief")
    assert repairs.repair(row.pk, actor=Actor.staff(by.pk), now=after(70))
    [row] = found(code)
    assert (row.state, row.repaired_by, row.ended_at) == ("repaired", by, after(70))
    assert patrol.patrol(now=after(75)) == 0, [str(each) for each in Violation.objects.filter(state="open")]


def test_what_is_given_beyond_capacity_goes_back_the_last_first(line: Queue, anna: Operator) -> None:
    numbers = [dialogues.conversation(holder=anna, now=after(place)).pk for place in range(2)]
    third = dialogues.conversation()
    boris = people.operator("Борис", lines=(line,))
    handling.accept(people.sight(boris), third.pk, now=after(5))
    sql("UPDATE routing_assignment SET operator_id = %s WHERE conversation_id = %s", anna.pk, third.pk)
    sql("UPDATE conversations_conversation SET holder_id = %s WHERE id = %s", anna.pk, third.pk)
    sql("UPDATE conversations_participant SET user_id = %s WHERE conversation_id = %s", anna.pk, third.pk)
    sql(
        "UPDATE routing_assignment SET started_at = now() + interval '1 minute' WHERE conversation_id = %s",
        third.pk,
    )
    patrol.patrol(now=MOMENT)
    [row] = found(Breach.OVER_CAPACITY)
    assert (row.operator_id, row.conversation_id) == (anna.pk, None)
    assert (row.details["load"], row.details["capacity"]) == (3, 2)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(70))
    assert Conversation.objects.get(pk=third.pk).state == "queued"
    assert set(Conversation.objects.filter(state="assigned").values_list("pk", flat=True)) == set(numbers)


def test_a_capacity_that_was_lowered_is_no_violation(line: Queue, anna: Operator) -> None:
    for _each in range(2):
        dialogues.conversation(holder=anna)
    anna.capacity = 1
    anna.save()
    assert patrol.patrol(now=MOMENT) == 0
    assert found(Breach.OVER_CAPACITY) == []


def test_who_waits_while_somebody_is_free_is_suspected_first_and_then_told(anna: Operator) -> None:
    line = organisation.line(offering="automatic", accept_seconds=0)
    anna.memberships.create(queue=line)
    one = dialogues.conversation(line=line)
    assert patrol.patrol(now=after(10)) == 0
    [row] = found(Breach.LEFT_WAITING)
    assert row.state == "suspected"
    assert patrol.patrol(now=after(12)) == 0
    assert patrol.patrol(now=after(15)) == 1
    [row] = found(Breach.LEFT_WAITING)
    assert (row.state, row.operator_id, row.first_seen) == ("open", anna.pk, after(10))
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(16))
    assert Conversation.objects.get(pk=one.pk).holder_id == anna.pk


def test_what_everybody_at_work_declined_for_good_is_told_after_a_minute_and_asked_anew(
    anna: Operator,
) -> None:
    line = organisation.line(offering="automatic", accept_seconds=30)
    anna.memberships.create(queue=line)
    one = dialogues.conversation(line=line)
    dispatch.dispatch(now=NOW)
    not_mine = DeclineReason.objects.create(name_ru="Не мой вопрос", until_written=True)
    offers.decline(anna.pk, one.pk, reason_id=not_mine.pk, now=NOW)
    assert patrol.patrol(now=after(59)) == 0
    assert patrol.patrol(now=after(60)) == 1
    [row] = found(Breach.NOBODY_LEFT)
    assert (row.state, row.conversation_id, row.queue_id) == ("open", one.pk, line.pk)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(61))
    stay = QueueEntry.objects.get(conversation=one, left_at=None)
    assert (stay.queue_id, stay.waiting_since) == (line.pk, NOW)
    dispatch.dispatch(now=after(62))
    assert Assignment.objects.get(conversation=one, ended_at=None).operator_id == anna.pk


def test_what_was_declined_for_a_while_only_or_while_another_is_there_is_no_violation(
    anna: Operator,
) -> None:
    line = organisation.line(offering="automatic", accept_seconds=30)
    anna.memberships.create(queue=line)
    one = dialogues.conversation(line=line)
    dispatch.dispatch(now=NOW)
    offers.decline(anna.pk, one.pk, reason_id=None, now=NOW)
    patrol.patrol(now=after(120))
    assert found(Breach.NOBODY_LEFT) == []
    DeclineReason.objects.create(name_ru="Не мой вопрос", until_written=True)
    Assignment.objects.update(decline_reason=DeclineReason.objects.get())
    boris = people.operator("Борис", lines=(line,), capacity=1)
    dialogues.conversation(line=line, holder=boris)
    patrol.patrol(now=after(120))
    assert found(Breach.NOBODY_LEFT) == []


@pytest.mark.parametrize("lost", [True, False])
def test_what_is_with_a_bot_that_does_not_answer_is_suspected_then_told_and_goes_back_to_people(
    anna: Operator, held: Conversation, lost: bool
) -> None:
    to_bot.transfer_to_bot(people.sight(anna), held.pk, bots.bot().pk, comment="", now=NOW)
    assert patrol.patrol(now=after(29)) == 0
    assert found(Breach.BOT_GONE) == []
    if lost:
        BotStay.objects.all().delete()
    assert patrol.patrol(now=after(30)) == 0
    assert [row.state for row in found(Breach.BOT_GONE)] == ["suspected"]
    assert patrol.patrol(now=after(35)) == 1
    [row] = found(Breach.BOT_GONE)
    assert (row.state, row.conversation_id, row.queue_id) == ("open", held.pk, held.line_id)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(36))
    held.refresh_from_db()
    assert (held.state, held.holder_id) == (("queued", None) if lost else ("assigned", anna.pk))
    assert patrol.patrol(now=after(37)) == 0


def test_a_promised_answer_without_a_clock_is_found_after_the_next_mending_and_gets_its_clock(
    waiting: Conversation,
) -> None:
    policy(first_seconds=600)
    assert patrol.patrol(now=after(39)) == 0, "what a lost nudge did not begin is mended each half minute"
    assert patrol.patrol(now=after(40)) == 1
    [row] = found(Breach.UNANSWERED_WITHOUT_CLOCK)
    assert (row.state, row.conversation_id, row.details["promised"]) == ("open", waiting.pk, True)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(41))
    assert Clock.objects.get(conversation=waiting).due_at == after(600)
    assert patrol.patrol(now=after(45)) == 0


def test_what_is_out_of_hours_in_a_line_that_lets_in_is_suspected_then_told_and_joins_it(
    waiting: Conversation,
) -> None:
    Conversation.objects.update(state="offline")
    QueueEntry.objects.update(stage="offline")
    assert patrol.patrol(now=after(10)) == 0
    assert patrol.patrol(now=after(14)) == 0
    assert [row.state for row in found(Breach.OFFLINE_THOUGH_OPEN)] == ["suspected"]
    assert patrol.patrol(now=after(15)) == 1
    [row] = found(Breach.OFFLINE_THOUGH_OPEN)
    assert (row.conversation_id, row.queue_id) == (waiting.pk, waiting.line_id)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(16))
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    assert QueueEntry.objects.get(conversation=waiting, left_at=None).stage == "waiting"
    assert patrol.patrol(now=after(17)) == 0


def test_monitoring_reads_how_much_for_how_long_and_when_the_watchdog_looked(
    waiting: Conversation,
) -> None:
    crm, stranger = Integration(), Integration(lines=[organisation.line("Mine")])
    assert crm.get("watchdog/").json()["seconds_since_look"] is None
    now = clock.now()
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=now - timedelta(seconds=20))
    patrol.patrol(now=now)
    told = crm.get("watchdog/").json()
    assert (told["open"], told["by_code"]) == (1, {"stage_disagrees": 1})
    assert 20 <= told["oldest_seconds"] < 80
    assert 0 <= told["seconds_since_look"] < 60
    elsewhere = stranger.get("watchdog/").json()
    assert (elsewhere["open"], elsewhere["by_code"], elsewhere["oldest_seconds"]) == (0, {}, 0)
    assert Integration(can=["conversations:read"]).get("watchdog/").status_code == 403


def test_a_suspicion_that_came_to_nothing_is_forgotten(anna: Operator) -> None:
    line = organisation.line(offering="automatic", accept_seconds=0)
    anna.memberships.create(queue=line)
    one = dialogues.conversation(line=line)
    patrol.patrol(now=after(10))
    Presence.objects.update(state="break")
    patrol.patrol(now=after(12))
    assert found(Breach.LEFT_WAITING) == []
    assert not Event.objects.filter(kind__startswith="watchdog").exists()
    assert Conversation.objects.get(pk=one.pk).state == "queued"


def test_what_mends_itself_is_gone_and_says_so(waiting: Conversation) -> None:
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=MOMENT)
    QueueEntry.objects.update(stage="waiting")
    patrol.patrol(now=after(65))
    [row] = found(Breach.STAGE_DISAGREES)
    assert (row.state, row.ended_at, row.repaired_by) == ("gone", after(65), None)
    assert Event.objects.get(kind="watchdog.ended").details["state"] == "gone"


def test_a_second_press_changes_nothing(waiting: Conversation) -> None:
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=MOMENT)
    [row] = found(Breach.STAGE_DISAGREES)
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(61))
    assert repairs.repair(row.pk, actor=Actor.staff(people.user().pk), now=after(99))
    row.refresh_from_db()
    assert (row.ended_at, row.repaired_by) == (after(61), None)


def test_each_breach_has_a_check_a_repair_and_words() -> None:
    python = {Breach.LEFT_WAITING, Breach.NOBODY_LEFT, Breach.OFFLINE_THOUGH_OPEN}
    assert set(checks.STATEMENTS) | python == set(Breach.values)
    assert set(repairs.REPAIRS) == set(words.HAPPENED) == set(words.REPAIR) == set(Breach.values)


def test_a_look_writes_down_when_it_was(waiting: Conversation) -> None:
    patrol.patrol(now=MOMENT)
    patrol.patrol(now=MUCH_LATER)
    assert Patrol.objects.get().at == MUCH_LATER


# --- who is told, and who sees it -----------------------------------------------------------------------


@pytest.fixture
def chief() -> User:
    """Somebody who may repair, with an address."""
    chief = roles.staff("administrator")
    chief.email = "chief@bank.example"
    chief.save()
    return chief


def test_administrators_get_one_letter_of_a_kind_in_a_quarter_of_an_hour(
    chief: User, waiting: Conversation
) -> None:
    other = dialogues.conversation()
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=MOMENT)
    break_it(Breach.STAGE_DISAGREES, other)
    patrol.patrol(now=after(120))
    first, second = Violation.objects.order_by("pk")
    assert alarm.send(first.pk, now=after(120)) == 1
    assert alarm.send(second.pk, now=after(120)) == 0
    [letter] = mail.outbox
    assert letter.to == [chief.email]
    assert f"№ {waiting.pk}" in letter.body
    assert list(Violation.objects.values_list("told_at", flat=True)) == [after(120), after(120)]
    late = dialogues.conversation()
    break_it(Breach.STAGE_DISAGREES, late)
    patrol.patrol(now=after(1100))
    assert alarm.send(found(Breach.STAGE_DISAGREES)[-1].pk, now=after(1100)) == 1


def test_a_lost_alarm_is_sent_by_the_next_sweep_once(chief: User, waiting: Conversation) -> None:
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=NOW)
    assert alarm.send_lost(now=after(29)) == 0
    assert alarm.send_lost(now=after(30)) == 1
    assert alarm.send_lost(now=MUCH_LATER) == 0
    assert [letter.to for letter in mail.outbox] == [[chief.email]]


def test_an_alarm_that_nobody_got_keeps_no_other_back(
    chief: User, waiting: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=NOW)
    [first] = Violation.objects.all()
    with monkeypatch.context() as patched:
        patched.setattr(letters, "send", mock.Mock(side_effect=ConnectionRefusedError))
        assert alarm.send(first.pk, now=NOW) == 0
    first.refresh_from_db()
    assert first.told_at is None
    other = dialogues.conversation()
    break_it(Breach.STAGE_DISAGREES, other)
    patrol.patrol(now=after(5))
    assert alarm.send(Violation.objects.latest("pk").pk, now=after(5)) == 1
    assert alarm.send_lost(now=after(90)) == 0
    assert list(Violation.objects.values_list("told_at", flat=True)) == [after(5), after(5)]


def test_what_is_over_before_it_was_told_is_no_alarm_any_more(chief: User, waiting: Conversation) -> None:
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=NOW)
    [row] = Violation.objects.all()
    assert repairs.repair(row.pk, actor=SYSTEM, now=after(10))
    assert alarm.send_lost(now=after(60)) == alarm.send(row.pk, now=after(60)) == 0
    assert mail.outbox == []


def test_the_page_says_what_happened_and_its_button_repairs(waiting: Conversation) -> None:
    client = roles.browser(roles.staff("administrator"))
    break_it(Breach.STAGE_DISAGREES, waiting)
    patrol.patrol(now=MOMENT)
    [row] = found(Breach.STAGE_DISAGREES)
    page = client.get(reverse("admin:routing_violation_change", args=[row.pk]))
    address = reverse("admin:routing_violation_repair", args=[row.pk])
    assert address in page.content.decode()
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    row.refresh_from_db()
    assert row.state == "repaired"
    assert (
        address not in client.get(reverse("admin:routing_violation_change", args=[row.pk])).content.decode()
    )


def test_what_a_check_saw_is_told_in_words_and_a_suspicion_is_no_choice(waiting: Conversation) -> None:
    seen = {"state": "queued", "line": waiting.line_id, "entry": 7, "since": "2026-11-20T09:00:00+00:00"}
    with translation.override("en"), timezone.override("Europe/Moscow"):
        assert list(words.seen({**seen, "promised": True, "gone": None})) == [
            "the conversation is: waiting",
            f"its stay names the line: {waiting.line.name}",
            "stay in a line: No. 7",
            "since: 20 November 2026, 12:00",
            "a policy promises an answer: yes",
        ]
    page = roles.browser(roles.staff("administrator")).get(reverse("admin:routing_violation_changelist"))
    assert "state__exact=repaired" in page.content.decode()
    assert "state__exact=suspected" not in page.content.decode()


def test_a_supervisor_sees_his_own_lines_only_and_repairs_nothing(waiting: Conversation, line: Queue) -> None:
    foreign = dialogues.conversation(line=organisation.line())
    for each in (waiting, foreign):
        break_it(Breach.STAGE_DISAGREES, each)
    patrol.patrol(now=MOMENT)
    client = roles.browser(roles.staff("supervisor", lines=(line,)))
    shown = client.get(reverse("admin:routing_violation_changelist")).context["cl"].result_list
    assert [each.conversation_id for each in shown] == [waiting.pk]
    mine = Violation.objects.get(conversation=waiting)
    theirs = Violation.objects.get(conversation=foreign)
    assert client.get(reverse("admin:routing_violation_change", args=[theirs.pk])).status_code == 302
    for row in (mine, theirs):
        assert client.post(reverse("admin:routing_violation_repair", args=[row.pk])).status_code == 403
    assert set(Violation.objects.values_list("state", flat=True)) == {"open"}


def test_a_look_takes_the_same_statements_for_two_and_for_twenty(line: Queue) -> None:
    taken = []
    for number in (2, 18):
        for _each in range(number):
            break_it(Breach.STAGE_DISAGREES, dialogues.conversation())
        with CaptureQueriesContext(connection) as statements:
            assert len(checks.look(now=MOMENT)) >= number
        taken.append(len(statements))
    assert taken[0] == taken[1]
