"""From hand to hand: a colleague is asked; refused, missed or gone home, the conversation comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation, Message, Right
from apps.conversations.services import outbound
from apps.core.errors import Forbidden
from apps.core.models import Event
from apps.operators.models import Calendar, DeclineReason, Operator, Presence, Queue
from apps.routing.models import Assignment, Decision, QueueEntry
from apps.routing.services import capacity, dispatch, handling, offers, sweeps
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
IN_TIME = LATER + timedelta(seconds=20)
TOO_LATE = LATER + timedelta(seconds=40)


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты", accept_seconds=30)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=2)


@pytest.fixture
def boris(line: Queue) -> Operator:
    return people.operator("Борис", lines=(line,), capacity=1)


@pytest.fixture
def handed(line: Queue, anna: Operator, boris: Operator) -> Conversation:
    """Anna asks Boris to take hers."""
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    return conversation


def place(conversation: Conversation) -> tuple[str, int | None]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.state, row.holder_id


def last_line(conversation: Conversation) -> tuple[str, dict]:
    found = Message.objects.filter(conversation=conversation, kind="system").latest("seq")
    return found.code, found.params


def told() -> list[tuple[int, bool, str]]:
    found = Event.objects.filter(kind="handing.failed").order_by("pk").values_list("details", flat=True)
    return [(each["sender"], each["returned"], each["reason"]) for each in found]


def test_a_colleague_is_asked_and_his_capacity_is_reserved(
    handed: Conversation, anna: Operator, boris: Operator
) -> None:
    offer = Assignment.objects.get(conversation=handed, ended_at=None)
    assert (offer.operator_id, offer.sender_id, offer.accepted_at) == (boris.pk, anna.pk, None)
    assert offer.offer_until == LATER + timedelta(seconds=30)
    entry = QueueEntry.objects.get(conversation=handed, left_at=None)
    assert (entry.stage, entry.kept_for_id, entry.kept_reason) == ("offered", boris.pk, "addressed")
    assert place(handed) == ("queued", None)
    assert (capacity.load_of(anna.pk), capacity.load_of(boris.pk)) == (0, 1)


def test_accepted_it_is_the_colleagues(handed: Conversation, boris: Operator) -> None:
    handling.accept(people.sight(boris), handed.pk, now=IN_TIME)
    assert place(handed) == ("assigned", boris.pk)
    assert told() == []


def test_refused_it_is_the_senders_again_with_a_line_and_a_word(
    handed: Conversation, anna: Operator, boris: Operator
) -> None:
    offers.decline(boris.pk, handed.pk, reason_id=None, now=IN_TIME)
    assert place(handed) == ("assigned", anna.pk)
    assert last_line(handed) == (
        "handed_back",
        {"name": "Борис", "to": "Анна", "missed": False, "held": False},
    )
    assert told() == [(anna.pk, True, "declined")]
    assert (capacity.load_of(anna.pk), capacity.load_of(boris.pk)) == (1, 0)
    decision = Decision.objects.filter(conversation=handed).latest("pk")
    assert (decision.reason, decision.operator_id) == ("handed_back", anna.pk)


def test_who_sent_it_reads_why_it_was_refused(handed: Conversation, boris: Operator) -> None:
    call = DeclineReason.objects.create(name_ru="Звонок", name_en="A call")
    offers.decline(boris.pk, handed.pk, reason_id=call.pk, now=IN_TIME)
    assert last_line(handed)[1]["reason"] == {"ru": "Звонок", "en": "A call"}


def test_missed_it_is_found_by_the_sweep_and_comes_back(handed: Conversation, anna: Operator) -> None:
    assert offers.expire(now=IN_TIME) == 0
    assert offers.expire(now=TOO_LATE) == 1
    assert place(handed) == ("assigned", anna.pk)
    assert last_line(handed)[1]["missed"] is True
    assert offers.expire(now=TOO_LATE) == 0
    assert told() == [(anna.pk, True, "timed_out")]


def test_a_sender_who_has_gone_leaves_it_to_the_line(
    handed: Conversation, anna: Operator, boris: Operator
) -> None:
    Presence.objects.filter(operator=anna).update(state="break")
    offers.decline(boris.pk, handed.pk, reason_id=None, now=IN_TIME)
    entry = QueueEntry.objects.get(conversation=handed, left_at=None)
    assert place(handed) == ("queued", None)
    assert (entry.stage, entry.kept_for_id, entry.kept_until, entry.kept_reason) == (
        "waiting",
        None,
        None,
        "",
    )
    assert last_line(handed)[0] == "handed_to_line"
    assert told() == [(anna.pk, False, "declined")]


def test_a_sender_without_room_leaves_it_to_the_line(
    handed: Conversation, line: Queue, anna: Operator, boris: Operator
) -> None:
    for _number in range(2):
        dialogues.conversation(line=line, holder=anna)
    offers.decline(boris.pk, handed.pk, reason_id=None, now=IN_TIME)
    assert place(handed) == ("queued", None)
    assert capacity.load_of(anna.pk) == 2


def test_who_sent_on_what_he_never_held_does_not_get_it(line: Queue, anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(line=line)
    handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    offers.decline(boris.pk, conversation.pk, reason_id=None, now=IN_TIME)
    assert place(conversation) == ("queued", None)
    assert told() == [(anna.pk, False, "declined")]


def test_it_comes_back_when_the_colleague_goes_home(
    handed: Conversation, anna: Operator, boris: Operator
) -> None:
    Presence.objects.filter(operator=boris).update(state="offline", since=NOW)
    sweeps.release_of_the_absent(now=TOO_LATE)
    assert place(handed) == ("assigned", anna.pk)


def test_an_offer_of_the_line_that_is_refused_goes_on_in_the_line(anna: Operator, boris: Operator) -> None:
    line = organisation.line(offering="automatic", accept_seconds=30)
    clara = people.operator("Clara", lines=(line,))
    conversation = dialogues.conversation(line=line)
    dispatch.dispatch(now=LATER)
    offers.decline(clara.pk, conversation.pk, reason_id=None, now=IN_TIME)
    assert place(conversation) == ("queued", None)
    assert told() == []


def test_to_him_from_whom_it_came_it_is_given_at_once(
    handed: Conversation, anna: Operator, boris: Operator
) -> None:
    handling.accept(people.sight(boris), handed.pk, now=IN_TIME)
    handling.transfer_to_operator(people.sight(boris), handed.pk, anna.pk, comment="", now=TOO_LATE)
    assert place(handed) == ("assigned", anna.pk)


@pytest.mark.parametrize(("seconds", "state"), [(0, "assigned"), (30, "queued")])
def test_a_line_that_does_not_ask_gives_at_once(
    line: Queue, anna: Operator, boris: Operator, seconds: int, state: str
) -> None:
    Queue.objects.filter(pk=line.pk).update(accept_seconds=seconds)
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    assert place(conversation)[0] == state


def test_outside_the_lines_hours_nobody_is_asked(line: Queue, anna: Operator, boris: Operator) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    line.calendar = Calendar.objects.create(name="Never", time_zone="UTC")
    line.save()
    handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="", now=LATER)
    assert place(conversation) == ("assigned", boris.pk)


def test_a_full_colleague_is_refused_before_anything_happens(
    line: Queue, anna: Operator, boris: Operator
) -> None:
    dialogues.conversation(line=line, holder=boris)
    conversation = dialogues.conversation(line=line, holder=anna)
    with pytest.raises(capacity.AtCapacity):
        handling.transfer_to_operator(people.sight(anna), conversation.pk, boris.pk, comment="x", now=LATER)
    assert place(conversation) == ("assigned", anna.pk)
    assert not Message.objects.filter(conversation=conversation, kind="note").exists()


@pytest.mark.parametrize(("shown", "kind"), [(False, "note"), (True, "text")])
def test_the_comment_is_a_note_or_words_to_the_customer_as_the_sender_chose(
    line: Queue, anna: Operator, boris: Operator, shown: bool, kind: str
) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.transfer_to_operator(
        people.sight(anna), conversation.pk, boris.pk, comment="Передаю Борису", shown=shown, now=LATER
    )
    comment = Message.objects.get(conversation=conversation, text="Передаю Борису")
    assert (comment.kind, comment.author_id) == (kind, anna.pk)


def test_who_does_not_hold_it_says_nothing_to_the_customer(line: Queue, anna: Operator) -> None:
    conversation, other = dialogues.conversation(line=line), organisation.line()
    with pytest.raises(Forbidden):
        handling.transfer_to_line(
            people.sight(anna), conversation.pk, other.pk, comment="Минуту", shown=True, now=LATER
        )
    assert not Message.objects.filter(text="Минуту").exists()
    assert Conversation.objects.get(pk=conversation.pk).line_id == line.pk


def test_what_is_handed_over_cannot_be_taken_by_a_third(
    handed: Conversation, line: Queue, anna: Operator
) -> None:
    clara = people.operator("Clara", lines=(line,))
    with pytest.raises(handling.BeingOffered):
        handling.accept(people.sight(clara), handed.pk, now=IN_TIME)
    assert place(handed) == ("queued", None)


# --- answering from the line ----------------------------------------------------------------------------


def answer(someone: Operator, conversation: Conversation, text: str = "Уже смотрю") -> Message:
    stored = handling.answer_from_line(
        people.sight(someone), conversation.pk, text=text, client_id="from-the-line", now=LATER
    )
    return Message.objects.get(pk=stored.message_id)


def test_an_answer_takes_the_conversation_and_a_repeat_finds_it(line: Queue, anna: Operator) -> None:
    conversation = dialogues.conversation(line=line)
    first = answer(anna, conversation)
    assert (first.text, place(conversation)) == ("Уже смотрю", ("assigned", anna.pk))
    handling.close(people.sight(anna), conversation.pk, now=LATER)
    assert answer(anna, conversation).pk == first.pk
    assert place(conversation) == ("closed", None)


def test_an_answer_to_what_a_colleague_has_taken_is_refused_and_not_stored(
    line: Queue, anna: Operator, boris: Operator
) -> None:
    conversation = dialogues.conversation(line=line, holder=boris)
    with pytest.raises(handling.AlreadyTaken):
        answer(anna, conversation)
    assert not Message.objects.filter(text="Уже смотрю").exists()


def test_who_may_not_pick_answers_nobody_out_of_turn(line: Queue) -> None:
    waiting = [dialogues.conversation(line=line, now=NOW + timedelta(seconds=number)) for number in range(2)]
    clara = people.operator("Clara", lines=(line,), rights=(Right.TEXT, Right.ANSWER))
    with pytest.raises(Forbidden):
        answer(clara, waiting[1])
    assert place(waiting[1]) == ("queued", None)
    assert not Message.objects.filter(text="Уже смотрю").exists()


def test_what_he_snoozed_himself_he_takes_back_without_the_right_to_pick(line: Queue) -> None:
    clara = people.operator("Clara", lines=(line,), rights=(Right.TEXT, Right.ANSWER))
    conversation = dialogues.conversation(line=line, holder=clara)
    handling.snooze(people.sight(clara), conversation.pk, until=None, now=LATER)
    handling.accept(people.sight(clara), conversation.pk, now=IN_TIME)
    assert place(conversation) == ("assigned", clara.pk)


def test_a_card_split_over_an_answer_and_the_shown_comment_is_hidden(
    line: Queue, anna: Operator, boris: Operator
) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    outbound.answer(
        people.sight(anna),
        conversation_id=conversation.pk,
        text="4111 1111",
        client_id="card-part-1",
        now=LATER,
    )
    handling.transfer_to_operator(
        people.sight(anna), conversation.pk, boris.pk, comment="1111 1111", shown=True, now=LATER
    )
    said = Message.objects.filter(conversation=conversation, kind="text", author_id=anna.pk)
    assert not any("1111 1111" in text for text in said.values_list("text", flat=True))
