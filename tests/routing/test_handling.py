"""What people do with a conversation, and what the sweeps do when people do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation

from apps.conversations import selectors
from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Message, Participant, State
from apps.conversations.services import inbound
from apps.conversations.services.lifecycle import LEGAL, IllegalMove, move
from apps.conversations.services.outbound import NotYours
from apps.core import leases
from apps.core.actors import SYSTEM, Actor, ActorKind
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.core.models import Connection, Event, ProcessLease
from apps.operators.models import Calendar, CalendarInterval, Operator, Presence, Queue
from apps.operators.services.presence import set_presence
from apps.routing.models import Assignment, ChannelLine, Decision, Department, QueueEntry
from apps.routing.services import capacity, handling, placement, sweeps
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def line() -> Queue:
    return organisation.common_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=2)


@pytest.fixture
def boris(line: Queue) -> Operator:
    return people.operator("Борис", lines=(line,), capacity=1)


def state(conversation: Conversation) -> tuple[str, int | None]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.state, row.holder_id


def codes(conversation: Conversation) -> list[str]:
    system = Message.objects.filter(conversation=conversation, kind="system").order_by("seq")
    return list(system.values_list("code", flat=True))


# --- before it is placed --------------------------------------------------------------------------------


def newcomer(line: Queue) -> Conversation:
    """A customer whose line the rules know, who has just written and is not placed yet."""
    site = organisation.channel("Business site")
    ChannelLine.objects.create(channel=site, queue=line)
    stored = inbound.receive(dialogues.identity(site), text="Здравствуйте", client_id="a", now=NOW)
    return Conversation.objects.get(pk=stored.conversation_id)


def take(sight: Sight, conversation_id: int) -> object:
    return handling.accept(sight, conversation_id, now=NOW)


def finish(sight: Sight, conversation_id: int) -> object:
    return handling.close(sight, conversation_id, now=NOW)


def send_on(sight: Sight, conversation_id: int) -> object:
    line = organisation.common_line()
    return handling.transfer_to_line(sight, conversation_id, line.pk, comment="", now=NOW)


@pytest.mark.parametrize("verb", [take, finish, send_on])
def test_who_serves_only_the_common_line_gets_nothing_before_the_rules_have_spoken(
    anna: Operator, line: Queue, verb: Callable[[Sight, int], object]
) -> None:
    conversation = newcomer(organisation.line("Business"))
    assert (conversation.state, conversation.line_id) == ("new", line.pk)
    with pytest.raises(NotFound):
        verb(people.sight(anna), conversation.pk)
    assert state(conversation) == ("new", None)
    placement.route(conversation.pk, now=NOW)
    assert Conversation.objects.get(pk=conversation.pk).line.name == "Business"


def test_who_serves_its_line_takes_a_newcomer_there_with_a_record_of_its_placing(line: Queue) -> None:
    business = organisation.line("Business")
    vera = people.operator("Вера", lines=(line, business), capacity=2)
    conversation = newcomer(business)
    handling.accept(people.sight(vera), conversation.pk, now=NOW)
    row = Conversation.objects.get(pk=conversation.pk)
    assert (row.state, row.holder_id, row.line_id) == ("assigned", vera.pk, business.pk)
    kinds = Decision.objects.filter(conversation=conversation).order_by("pk").values_list("kind", "reason")
    assert list(kinds) == [("placement", "channel"), ("assignment", "accept")]


# --- states ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("to", State.values)
def test_only_legal_moves_are_possible(anna: Operator, before: str, to: str) -> None:
    conversation = dialogues.conversation()
    Conversation.objects.filter(pk=conversation.pk).update(
        state=before,
        holder=anna.pk if before == "assigned" else None,
        closed_at=NOW if before == "closed" else None,
    )
    row = Conversation.objects.get(pk=conversation.pk)
    holder = anna.pk if to == "assigned" else None
    if to in LEGAL[before]:
        move(row, to=to, holder_id=holder, actor=SYSTEM, now=LATER)
        assert state(conversation) == (to, holder)
        assert Event.objects.filter(kind="conversation.moved").last().details["rev"] == row.rev
        return
    events = Event.objects.count()
    with pytest.raises(IllegalMove):
        move(row, to=to, holder_id=holder, actor=SYSTEM, now=LATER)
    assert state(conversation)[0] == before
    assert Event.objects.count() == events


def test_closing_ends_the_clock_the_count_and_the_stay(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.close(people.sight(anna), conversation.pk, now=LATER)
    row = Conversation.objects.get(pk=conversation.pk)
    assert (row.awaiting_since, row.unread, row.closed_at, row.closed_by) == (None, 0, LATER, "staff")
    assert not QueueEntry.objects.filter(left_at__isnull=True).exists()
    assert not Assignment.objects.filter(ended_at__isnull=True).exists()
    assert not Participant.objects.filter(until__isnull=True).exists()
    with pytest.raises(IllegalMove):
        handling.close(people.sight(anna), conversation.pk, now=LATER)


# --- transfers ------------------------------------------------------------------------------------------


def test_a_full_colleague_is_refused_and_nothing_changes(anna: Operator, boris: Operator) -> None:
    dialogues.conversation(holder=boris)
    conversation = dialogues.conversation(holder=anna)
    before = list(Message.objects.values_list("pk", flat=True))
    with pytest.raises(capacity.AtCapacity):
        handling.transfer_to_operator(
            people.sight(anna), conversation.pk, boris.pk, comment="возьми", now=LATER
        )
    assert state(conversation) == ("assigned", anna.pk)
    assert list(Message.objects.values_list("pk", flat=True)) == before
    assert capacity.load_of(anna.pk) == capacity.load_of(boris.pk) == 1


def test_a_colleague_on_a_break_is_refused(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    Presence.objects.filter(operator=boris).update(state="break")
    with pytest.raises(capacity.NotAtWork):
        handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    assert state(conversation) == ("assigned", anna.pk)


def test_a_transfer_moves_the_capacity_and_leaves_a_note(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.transfer_to_operator(
        people.sight(anna), conversation.pk, boris.pk, comment="знает про ипотеку", now=LATER
    )
    assert state(conversation) == ("assigned", boris.pk)
    assert (capacity.load_of(anna.pk), capacity.load_of(boris.pk)) == (0, 1)
    note = Message.objects.get(kind="note")
    assert (note.text, note.staff_only, note.author_id) == ("знает про ипотеку", True, anna.pk)
    assert Decision.objects.filter(reason="transfer", operator_id=boris.pk).count() == 1


def test_a_transfer_to_a_line_waits_there_and_the_former_holder_no_longer_answers(anna: Operator) -> None:
    other = organisation.line("Ипотека")
    conversation = dialogues.conversation(holder=anna)
    handling.transfer_to_line(people.sight(anna), conversation.pk, other.pk, comment="", now=LATER)
    assert state(conversation) == ("queued", None)
    assert QueueEntry.objects.get(left_at__isnull=True).queue_id == other.pk
    with pytest.raises(NotFound):
        handling.accept(people.sight(anna), conversation.pk, now=LATER)
    assert "transferred_to_line" in codes(conversation)


def test_a_switched_off_line_takes_no_transfer(anna: Operator) -> None:
    off = organisation.line("Выключена", is_active=False)
    conversation = dialogues.conversation(holder=anna)
    with pytest.raises(NotFound):
        handling.transfer_to_line(people.sight(anna), conversation.pk, off.pk, comment="", now=LATER)
    assert state(conversation) == ("assigned", anna.pk)


def test_taking_over_needs_the_right(anna: Operator, boris: Operator, line: Queue) -> None:
    conversation = dialogues.conversation(holder=anna)
    with pytest.raises(Forbidden):
        handling.take_over(people.sight(boris), conversation.pk, now=LATER)
    chief = people.operator("Вера", lines=(line,), rights=(*people.OPERATOR_RIGHTS, "take_over"))
    handling.take_over(people.sight(chief), conversation.pk, now=LATER)
    assert state(conversation) == ("assigned", chief.pk)
    assert capacity.load_of(anna.pk) == 0


# --- who did it -----------------------------------------------------------------------------------------


def lines_of(conversation: Conversation) -> list[tuple[str, bool, dict[str, object]]]:
    system = Message.objects.filter(conversation=conversation, kind="system").order_by("seq")
    return list(system.values_list("code", "staff_only", "params"))


def test_a_transfer_to_a_colleague_tells_staff_who_passed_it_on(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    assert lines_of(conversation)[-2:] == [
        ("transferred_to_operator", True, {"by": "Анна", "name": "Борис"}),
        ("joined", False, {"operator": boris.pk, "name": "Борис"}),
    ]


def test_an_integration_that_passes_it_on_stands_for_no_person(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.transfer_to_operator(
        people.sight(anna),
        conversation.pk,
        boris.pk,
        comment="",
        now=LATER,
        actor=Actor(ActorKind.INTEGRATION, 1),
    )
    assert lines_of(conversation)[-2] == ("transferred_to_operator", True, {"by": "", "name": "Борис"})


def test_taking_over_tells_staff_who_took_it_from_whom(anna: Operator, line: Queue) -> None:
    conversation = dialogues.conversation(holder=anna)
    chief = people.operator("Вера", lines=(line,), rights=(*people.OPERATOR_RIGHTS, "take_over"))
    handling.take_over(people.sight(chief), conversation.pk, now=LATER)
    assert lines_of(conversation)[-2:] == [
        ("taken_over", True, {"by": "Вера", "from": "Анна"}),
        ("joined", False, {"operator": chief.pk, "name": "Вера"}),
    ]


def test_a_refused_transfer_says_nothing(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    Presence.objects.filter(operator=boris).update(state="break")
    before = lines_of(conversation)
    with pytest.raises(capacity.NotAtWork):
        handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    assert lines_of(conversation) == before


def test_who_sent_it_to_a_line_is_told_to_staff_and_not_to_its_customer(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    loans = organisation.line("Кредиты")
    handling.transfer_to_line(people.sight(anna), conversation.pk, loans.pk, comment="", now=LATER)
    found = selectors.messages().get(conversation=conversation, code="transferred_to_line")
    told = {"line": loans.pk, "names": {"ru": "Кредиты", "en": "Кредиты"}}
    assert selectors.message_view(found, staff=True).params == {**told, "by": "Анна"}
    assert selectors.message_view(found, staff=False).params == told
    assert found.staff_only is False


def test_without_an_operators_name_the_users_own_is_told(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    chief = people.user(display_name="Глеб Главный")
    chief.groups.add(people.group("chiefs", "see_text", "answer", "take_over", scope="all"))
    loans = organisation.line("Кредиты")
    handling.transfer_to_line(people.sight(chief), conversation.pk, loans.pk, comment="", now=LATER)
    found = Message.objects.get(conversation=conversation, code="transferred_to_line")
    assert found.params["by"] == "Глеб Главный"


# --- who is not at work ---------------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["break", "offline"])
def test_who_accepts_while_not_at_work_is_told_which_button_to_press(anna: Operator, away: str) -> None:
    conversation = dialogues.conversation()
    Presence.objects.filter(operator=anna).update(state=away)
    before = state(conversation)
    said = {}
    for language in ("ru", "en"):
        with translation.override(language), pytest.raises(capacity.NotAtWork) as refusal:
            handling.accept(people.sight(anna), conversation.pk, now=LATER)
        said[language] = str(refusal.value)
    assert said == {
        "ru": "Вы не на работе: сначала нажмите «На работу».",
        "en": "You are not at work: press “Go online” first.",
    }
    for language, text in said.items():
        screen = (ROOT / f"static/workspace/texts.{language}.js").read_text()
        button = re.search(r"'presence\.come': '(.+)'", screen)
        assert button
        assert button[1] in text
    assert state(conversation) == before


def test_a_colleague_who_is_not_at_work_is_spoken_of(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    Presence.objects.filter(operator=boris).update(state="offline")
    refusal = pytest.raises(capacity.NotAtWork, match="The operator is not at work now")
    with translation.override("en"), refusal:
        handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)


def test_only_the_holder_gives_back_or_puts_aside(anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    for verb, options in ((handling.return_to_line, {"comment": ""}), (handling.snooze, {"until": None})):
        with pytest.raises((Forbidden, NotYours)):
            verb(people.sight(boris), conversation.pk, now=LATER, **options)
    assert state(conversation) == ("assigned", anna.pk)


# --- snooze ---------------------------------------------------------------------------------------------


def test_a_snoozed_conversation_wakes_at_its_moment_and_returns_to_who_put_it_aside(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.snooze(people.sight(anna), conversation.pk, until=NOW + timedelta(hours=1), now=NOW)
    assert (state(conversation), capacity.load_of(anna.pk)) == (("snoozed", None), 0)
    sweeps.route_left_behind(now=NOW + timedelta(minutes=59, seconds=59))
    assert state(conversation) == ("snoozed", None)
    sweeps.route_left_behind(now=NOW + timedelta(hours=1))
    assert state(conversation) == ("assigned", anna.pk)
    assert codes(conversation)[-1] == "woken"


def test_it_waits_in_its_line_when_who_put_it_aside_is_full_or_away(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.snooze(people.sight(anna), conversation.pk, until=NOW + timedelta(hours=1), now=NOW)
    Presence.objects.update(state="offline")
    sweeps.route_left_behind(now=NOW + timedelta(hours=1))
    assert state(conversation) == ("queued", None)
    refused = Decision.objects.filter(reason="last_operator").last()
    assert refused is not None
    assert refused.details["refused"] == "not_at_work"


def test_the_customers_word_wakes_it_at_once_also_when_the_nudge_was_lost(anna: Operator) -> None:
    for lost in (False, True):
        conversation = dialogues.conversation(holder=anna)
        handling.snooze(people.sight(anna), conversation.pk, until=None, now=NOW)
        inbound.receive(
            conversation.identity, text="я тут", client_id=f"awake-{conversation.pk:06}", now=LATER
        )
        if lost:
            sweeps.route_left_behind(now=LATER + timedelta(seconds=5))
        else:
            placement.route(conversation.pk, now=LATER)
        assert state(conversation) == ("assigned", anna.pk)


def test_the_past_is_no_moment_to_wake_at(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    with pytest.raises(Invalid):
        handling.snooze(people.sight(anna), conversation.pk, until=NOW, now=NOW)
    assert state(conversation) == ("assigned", anna.pk)


# --- grace time -----------------------------------------------------------------------------------------


def test_an_operator_whose_process_died_keeps_his_conversations_for_the_grace_time(
    anna: Operator, settings: object
) -> None:
    settings.OPERATOR_GRACE_SECONDS = 60
    conversation = dialogues.conversation(holder=anna)
    assert sweeps.notice_the_gone(now=NOW) == 0
    assert sweeps.notice_the_gone(now=NOW + timedelta(seconds=59)) == 0
    assert state(conversation) == ("assigned", anna.pk)
    assert sweeps.notice_the_gone(now=NOW + timedelta(seconds=60)) == 1
    assert state(conversation) == ("queued", None)
    assert Presence.objects.get(operator=anna).state == "offline"
    line = Message.objects.get(code="holder_gone")
    assert (line.staff_only, line.params) == (True, {"operator": anna.pk, "name": "Анна"})
    assert QueueEntry.objects.get(left_at__isnull=True).reason == "holder_gone"


def test_who_comes_back_within_the_grace_time_keeps_what_he_holds(anna: Operator, settings: object) -> None:
    settings.OPERATOR_GRACE_SECONDS = 60
    conversation = dialogues.conversation(holder=anna)
    sweeps.notice_the_gone(now=NOW)
    far = NOW.replace(year=2100)
    lease = ProcessLease.objects.create(node="here", started_at=NOW, renewed_at=NOW, expires_at=far)
    Connection.objects.create(lease=lease, surface="operator", person_id=anna.pk, since=NOW)
    sweeps.notice_the_gone(now=NOW + timedelta(seconds=30))
    assert Presence.objects.get(operator=anna).gone_since is None
    assert sweeps.notice_the_gone(now=NOW + timedelta(seconds=90)) == 0
    assert state(conversation) == ("assigned", anna.pk)


def test_who_comes_to_work_again_has_a_whole_grace_time(anna: Operator, settings: object) -> None:
    settings.OPERATOR_GRACE_SECONDS = 60
    sweeps.notice_the_gone(now=NOW)
    assert sweeps.notice_the_gone(now=NOW + timedelta(seconds=60)) == 1
    morning = NOW + timedelta(hours=12)
    set_presence(anna.pk, state="online", actor=SYSTEM, now=morning)
    assert sweeps.notice_the_gone(now=morning + timedelta(seconds=2)) == 0
    presence = Presence.objects.get(operator=anna)
    assert (presence.state, presence.gone_since) == ("online", morning + timedelta(seconds=2))


def test_who_connects_while_the_others_are_sent_home_stays(
    anna: Operator, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OPERATOR_GRACE_SECONDS = 60
    conversation = dialogues.conversation(holder=anna)
    sweeps.notice_the_gone(now=NOW)
    monkeypatch.setattr(
        leases, "is_connected", lambda surface, person: (surface, person) == ("operator", anna.pk)
    )
    assert sweeps.notice_the_gone(now=NOW + timedelta(seconds=60)) == 0
    assert state(conversation) == ("assigned", anna.pk)


# --- placement ------------------------------------------------------------------------------------------


def placed(conversation: Conversation) -> tuple[int, str]:
    row = Conversation.objects.get(pk=conversation.pk)
    decision = Decision.objects.filter(conversation=row, kind="placement").last()
    assert decision is not None
    return row.line_id, decision.reason


def test_the_department_then_the_channels_line_then_the_common_one(line: Queue) -> None:
    channel = organisation.channel()
    assert placed(dialogues.conversation(by=dialogues.identity(channel))) == (line.pk, "default")
    own = organisation.line("Канал")
    ChannelLine.objects.create(channel=channel, queue=own)
    assert placed(dialogues.conversation(by=dialogues.identity(channel))) == (own.pk, "channel")
    wanted = organisation.line("Отдел")
    Department.objects.create(channel=channel, queue=wanted)
    identity = dialogues.identity(channel)
    stored = inbound.receive(
        identity, text="в отдел", client_id="department-1", now=NOW, requested_line=wanted.pk
    )
    placement.route(stored.conversation_id, now=NOW)
    assert placed(Conversation.objects.get(pk=stored.conversation_id)) == (wanted.pk, "department")


def test_a_department_that_the_channel_does_not_offer_is_refused_and_said_so(line: Queue) -> None:
    secret = organisation.line("Не для сайта")
    identity = dialogues.identity()
    stored = inbound.receive(
        identity, text="пустите", client_id="department-2", now=NOW, requested_line=secret.pk
    )
    placement.route(stored.conversation_id, now=NOW)
    assert placed(Conversation.objects.get(pk=stored.conversation_id)) == (line.pk, "default")
    decision = Decision.objects.get(kind="placement")
    assert decision.details["rejected"] == [
        {"line": secret.pk, "as": "department", "rule": None, "because": "not_offered"}
    ]


def test_out_of_hours_it_is_offline_and_the_opening_brings_it_into_the_line(line: Queue) -> None:
    calendar = Calendar.objects.create(name="Дневные", time_zone="UTC")
    CalendarInterval.objects.create(calendar=calendar, weekday=NOW.weekday(), opens="10:00", closes="18:00")
    Queue.objects.filter(pk=line.pk).update(calendar=calendar)
    conversation = dialogues.conversation(now=NOW)
    assert state(conversation) == ("offline", None)
    assert sweeps.open_lines(now=NOW) == 0
    assert sweeps.open_lines(now=NOW.replace(hour=10)) == 1
    assert state(conversation) == ("queued", None)
    assert list(conversation.entries.order_by("pk").values_list("reason", "left_reason")) == [
        ("placed", "opened"),
        ("opened", ""),
    ]


def test_a_reopened_conversation_goes_back_to_who_held_it(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.close(people.sight(anna), conversation.pk, now=NOW)
    stored = inbound.receive(conversation.identity, text="и ещё", client_id="again-0001", now=LATER)
    assert stored.conversation_id == conversation.pk
    assert state(conversation) == ("new", None)
    placement.route(conversation.pk, now=LATER)
    assert state(conversation) == ("assigned", anna.pk)
    assert "reopened" in codes(conversation)


def test_after_the_window_a_new_one_begins_that_prefers_the_last_operator(anna: Operator) -> None:
    conversation = dialogues.conversation(holder=anna)
    handling.close(people.sight(anna), conversation.pk, now=NOW)
    late = NOW + timedelta(hours=conversation.line.reopen_hours, seconds=1)
    stored = inbound.receive(conversation.identity, text="снова", client_id="anew-00001", now=late)
    assert stored.conversation_id != conversation.pk
    assert Conversation.objects.get(pk=stored.conversation_id).preferred_id == anna.pk


def test_routing_twice_changes_nothing_the_second_time() -> None:
    conversation = dialogues.conversation()
    entries = QueueEntry.objects.count()
    placement.route(conversation.pk, now=LATER)
    assert QueueEntry.objects.count() == entries
    assert issubclass(handling.AlreadyTaken, Conflict)
