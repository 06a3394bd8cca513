"""A customer who says nothing: each step once and in its order, ended by his word, paused out of hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from apps.channels.adapters.base import PermanentError
from apps.channels.models import Channel
from apps.conversations.models import Conversation, Delivery, Identity, Letter, Message
from apps.conversations.selectors import seen_by
from apps.conversations.services import delivery, inbound, letters, mailboxes, outbound
from apps.core.models import Event
from apps.operators.models import Operator, Queue
from apps.routing import figures
from apps.routing.models import Assignment, SilenceChannel, SilencePolicy, SilenceStep, SilenceTaken
from apps.routing.services import handling, placement, reminding
from tests.adapters import null
from tests.factories import dialogues, organisation, people
from tests.factories.hours import EVENING, MORNING, NOON, common_line
from tests.factories.people import sight

pytestmark = pytest.mark.django_db

STEPS = ((5, "remind", "Are you there?"), (15, "snooze", ""), (60, "close", "We close for now."))
_numbers = count(1)


def policy(queue: Queue, steps: Any = STEPS, **values: object) -> SilencePolicy:
    found = SilencePolicy.objects.create(queue=queue, **values)
    for after, action, text in steps:
        SilenceStep.objects.create(
            policy=found, after_minutes=after, action=action, text_ru=text, text_en=text and f"{text} (en)"
        )
    return found


class Chat:
    """Anna has answered at noon, and the customer cooks."""

    def __init__(self, steps: Any = STEPS, *, at: datetime = NOON, **values: object) -> None:
        self.line = Queue.objects.get(pk=organisation.common_line().pk)
        self.policy = policy(self.line, steps, **values)
        self.anna: Operator = people.operator("Anna", lines=(self.line,))
        self.identity: Identity = dialogues.identity()
        conversation = dialogues.conversation(by=self.identity, holder=self.anna, now=at)
        self.number = conversation.pk
        self.at = at
        self.answer(at)

    def answer(self, at: datetime) -> None:
        outbound.answer(
            sight(self.anna),
            conversation_id=self.number,
            text="Which card?",
            client_id=f"a-{next(_numbers)}-answer",
            now=at,
        )

    def writes(self, at: datetime) -> None:
        inbound.receive(
            self.identity,
            text="Back",
            client_id=f"c-{next(_numbers)}-back",
            conversation_id=self.number,
            now=at,
        )

    def after(self, minutes: float, *, at: datetime | None = None) -> int:
        """The sweep, so many minutes after the answer."""
        return reminding.follow_silences(now=(at or self.at) + timedelta(minutes=minutes))

    @property
    def row(self) -> Conversation:
        return Conversation.objects.get(pk=self.number)

    @property
    def said(self) -> list[str]:
        """Words that nobody wrote."""
        found = Message.objects.filter(conversation=self.number, author_kind="system", kind="text")
        return list(found.order_by("seq").values_list("text", flat=True))

    @property
    def codes(self) -> list[str]:
        found = Message.objects.filter(conversation=self.number, kind="system").order_by("seq")
        return list(found.values_list("code", flat=True))


# --- steps --------------------------------------------------------------------------------------------------


def test_he_is_reminded_then_put_aside_and_only_then_closed() -> None:
    chat = Chat()
    assert [chat.after(4.9), chat.after(5), chat.after(14.9)] == [0, 1, 0]
    assert (chat.said, chat.row.state) == (["Are you there?"], "assigned")
    assert [chat.after(15), chat.after(59.9)] == [1, 0]
    assert (chat.row.state, chat.row.snoozed_until) == ("snoozed", None)
    assert not Assignment.objects.filter(ended_at=None).exists()
    assert chat.after(60) == 1
    assert (chat.row.state, chat.row.closed_by, chat.row.close_reason) == ("closed", "system", "no_reaction")
    assert chat.said == ["Are you there?", "We close for now."]
    assert chat.codes[-3:] == ["snoozed", "no_reaction", "closed"]


def test_each_step_is_an_event_of_codes_and_numbers() -> None:
    chat = Chat()
    chat.after(5)
    event = Event.objects.get(kind="silence.stepped")
    step = SilenceStep.objects.get(action="remind")
    assert event.details == {
        "conversation": chat.number,
        "step": step.pk,
        "action": "remind",
        "line": chat.line.pk,
        "holder": chat.anna.pk,
        "minutes": 5,
    }


def test_the_same_sweep_again_takes_no_step_twice() -> None:
    chat = Chat()
    assert [chat.after(5), chat.after(5), chat.after(6)] == [1, 0, 0]
    assert chat.said == ["Are you there?"]
    step = SilenceStep.objects.get(action="remind")
    with pytest.raises(IntegrityError, match="silence_step_taken_once"), transaction.atomic():
        SilenceTaken.objects.create(conversation=chat.row, since=chat.at, step=step, at=chat.at)


def test_after_hours_without_workers_steps_come_one_by_one_and_not_at_once() -> None:
    chat = Chat()
    assert chat.after(300) == 1
    assert (chat.said, chat.row.state) == (["Are you there?"], "assigned")
    assert [chat.after(309.9), chat.after(310), chat.after(354.9), chat.after(355)] == [0, 1, 0, 1]
    assert chat.row.state == "closed"


def test_a_reminder_is_nobodys_answer() -> None:
    chat = Chat()
    before = chat.row
    chat.after(5)
    row = chat.row
    assert (row.last_text, row.last_author, row.last_at) == (before.last_text, "operator", before.last_at)
    assert (row.awaiting_since, row.first_answer_at) == (None, before.first_answer_at)


def test_the_customer_reads_his_language() -> None:
    chat = Chat()
    chat.identity.customer.language = "en"
    chat.identity.customer.save()
    chat.after(5)
    assert chat.said == ["Are you there? (en)"]


def test_a_reminder_leaves_by_his_messenger() -> None:
    chat = Chat()
    chat.identity.channel.kind = "null"
    chat.identity.channel.save()
    chat.after(5)
    assert list(Delivery.objects.values_list("message__text", flat=True)) == ["Are you there?"]


# --- what ends or holds it ----------------------------------------------------------------------------------


def test_his_word_ends_the_silence() -> None:
    chat = Chat()
    chat.after(5)
    chat.writes(chat.at + timedelta(minutes=10))
    assert chat.after(600) == 0
    assert chat.row.state == "assigned"


def test_his_word_brings_back_what_was_put_aside() -> None:
    chat = Chat()
    chat.after(5)
    chat.after(15)
    moment = chat.at + timedelta(minutes=30)
    chat.writes(moment)
    placement.route(chat.number, now=moment)
    assert chat.row.state in ("queued", "assigned")
    assert chat.after(600) == 0


def test_the_next_answer_begins_another_silence_with_all_its_steps() -> None:
    chat = Chat()
    chat.after(5)
    later = chat.at + timedelta(minutes=20)
    chat.answer(later)
    assert [chat.after(4, at=later), chat.after(5, at=later)] == [0, 1]
    assert chat.said == ["Are you there?", "Are you there?"]


def test_a_conversation_whose_last_word_is_the_customers_is_left_alone() -> None:
    chat = Chat()
    chat.writes(chat.at + timedelta(seconds=1))
    assert chat.after(6000) == 0


def test_what_an_operator_put_aside_himself_is_not_closed() -> None:
    chat = Chat()
    handling.snooze(sight(chat.anna), chat.number, until=None, now=chat.at)
    assert chat.after(6000) == 0
    assert chat.row.state == "snoozed"


def test_one_that_moved_to_another_line_follows_the_policy_there() -> None:
    chat = Chat()
    other = organisation.line()
    Conversation.objects.filter(pk=chat.number).update(line=other)
    assert chat.after(6000) == 0
    policy(other, ((30, "remind", "Hello?"),))
    assert chat.after(6000) == 1
    assert chat.said == ["Hello?"]


# --- by another channel ---------------------------------------------------------------------------------------

REACH = ((5, "remind", "Are you there?"), (10, "reach", "We wait for you."), (15, "snooze", ""))


class Elsewhere:
    """The customer of a chat on the site is also known in messengers, of which his line's policy names some."""

    def __init__(self, steps: Any = REACH, *, kinds: tuple[str, ...] = ("null",)) -> None:
        self.chat = Chat(steps)
        self.channels = [organisation.channel(kind=kind) for kind in kinds]
        for place, channel in enumerate(self.channels):
            SilenceChannel.objects.create(policy=self.chat.policy, channel=channel, position=place)

    def known_in(self, channel: Channel, *, verification: str = "code") -> Identity:
        return Identity.objects.create(
            customer=self.chat.identity.customer,
            channel=channel,
            external_id=f"account-{next(_numbers)}",
            verification=verification,
            created_at=NOON,
        )

    def reached(self) -> list[tuple[Identity, str]]:
        """Whom the step wrote to, and what."""
        self.chat.after(5)
        assert self.chat.after(10) == 1
        return [(each.identity, each.message.text) for each in Delivery.objects.order_by("pk")]

    def why_not(self) -> list[list[Any]]:
        """What the event says of each channel that was tried."""
        assert self.reached() == []
        assert self.chat.codes[-1] == "not_reached"
        assert not Event.objects.filter(kind="silence.reached").exists()
        tried: list[list[Any]] = Event.objects.get(kind="silence.not_reached").details["tried"]
        return tried


def test_he_is_reminded_where_he_can_be_reached_and_put_aside_only_then() -> None:
    case = Elsewhere()
    there = case.known_in(case.channels[0])
    assert case.reached() == [(there, "We wait for you.")]
    assert Event.objects.get(kind="silence.reached").details == {
        "conversation": case.chat.number,
        "step": SilenceStep.objects.get(action="reach").pk,
        "channel": there.channel_id,
        "identity": there.pk,
        "letter": None,
    }
    assert (case.chat.row.state, case.chat.row.identity) == ("assigned", case.chat.identity)
    assert case.chat.after(15) == 1
    assert case.chat.row.state == "snoozed"


def test_what_comes_back_from_there_is_said_in_the_same_conversation() -> None:
    case = Elsewhere()
    there = case.known_in(case.channels[0])
    other = inbound.receive(
        case.chat.identity, text="Else", client_id="another-1", thread="else", now=NOON + timedelta(hours=1)
    )
    case.reached()
    moment = NOON + timedelta(minutes=12)
    where = inbound.spoken_with(there)
    inbound.receive(there, text="Here!", client_id="there-1", conversation_id=where, now=moment)
    assert (where, case.chat.row.identity) == (case.chat.number, there)
    assert other.conversation_id != case.chat.number
    assert case.chat.after(600) == 0


def test_there_he_reads_the_steps_own_words_and_on_the_page_nothing_of_them() -> None:
    case = Elsewhere()
    there = case.known_in(case.channels[0])
    case.reached()
    assert [each.text for each in seen_by(case.chat.identity) if each.kind == "text"].count(
        "We wait for you."
    ) == 0
    Identity.objects.filter(pk=there.pk).update(verification="anonymous")
    there.refresh_from_db()
    assert [each.text for each in seen_by(there) if each.text] == ["We wait for you."]


def test_channels_are_tried_in_the_policys_order() -> None:
    case = Elsewhere(kinds=("null", "null", "null"))
    SilenceChannel.objects.filter(channel=case.channels[0]).update(position=9)
    for channel in (case.channels[0], case.channels[2]):
        case.known_in(channel)
    [(reached, _text)] = case.reached()
    assert reached.channel == case.channels[2], "the second is the first, and he is not known there"


@pytest.mark.parametrize(
    ("kind", "values", "known", "why"),
    [
        ("null", {"is_active": False}, "code", "switched_off"),
        ("null-keyed", {}, "code", "only_answers"),
        ("null", {}, None, "no_address"),
        ("null", {}, "anonymous", "not_confirmed"),
        ("null", {}, "claimed", "not_confirmed"),
    ],
)
def test_who_cannot_be_reached_is_left_alone_and_the_event_says_why(
    kind: str, values: dict[str, Any], known: str | None, why: str
) -> None:
    case = Elsewhere(kinds=(kind,))
    (channel,) = case.channels
    Channel.objects.filter(pk=channel.pk).update(**values)
    if known:
        case.known_in(channel, verification=known)
    assert case.why_not() == [[channel.pk, why]]
    assert case.chat.after(15) == 1, "the steps after it are taken all the same"


def test_nobody_is_reminded_where_he_writes_anyway() -> None:
    case = Elsewhere()
    Conversation.objects.filter(pk=case.chat.number).update(
        channel=case.channels[0], identity=case.known_in(case.channels[0])
    )
    case.chat.after(5)
    case.chat.after(10)
    event = Event.objects.get(kind="silence.not_reached")
    assert event.details["tried"] == [[case.channels[0].pk, "writes_there"]]


def test_who_has_written_from_there_himself_may_be_written_to() -> None:
    case = Elsewhere()
    there = case.known_in(case.channels[0], verification="anonymous")
    inbound.receive(there, text="Hello", client_id="there-1", thread="old", now=NOON)
    assert case.reached() == [(there, "We wait for you.")]


def test_where_the_last_message_was_refused_no_other_is_sent() -> None:
    case = Elsewhere()
    case.known_in(case.channels[0])
    case.reached()
    Delivery.objects.update(state="failed")
    later = NOON + timedelta(hours=1)
    case.chat.answer(later)
    case.chat.after(5, at=later)
    case.chat.after(10, at=later)
    event = Event.objects.get(kind="silence.not_reached")
    assert event.details["tried"] == [[case.channels[0].pk, "refused"]]


def test_a_reminder_that_was_not_carried_makes_nobody_unanswered() -> None:
    case = Elsewhere()
    case.known_in(case.channels[0])
    case.reached()
    provider = null.BlindAdapter.provider
    provider.before.append(null.fails(PermanentError("blocked")))
    delivery.deliver_due(now=lambda: NOON + timedelta(minutes=11))
    assert Delivery.objects.get().state == "failed"
    assert case.chat.row.awaiting_since is None
    assert case.chat.after(15) == 1


def test_a_messenger_that_is_away_holds_up_no_answer_to_another_address() -> None:
    case = Elsewhere(kinds=("null", "null"))
    home = case.known_in(case.channels[1])
    Conversation.objects.filter(pk=case.chat.number).update(channel=case.channels[1], identity=home)
    case.known_in(case.channels[0])
    case.chat.after(5)
    case.chat.after(10)
    Delivery.objects.exclude(identity=home).update(due_at=NOON + timedelta(days=1))
    case.chat.answer(NOON + timedelta(minutes=11))
    null.BlindAdapter.provider.carried.clear()
    delivery.deliver_due(now=lambda: NOON + timedelta(minutes=12))
    assert null.BlindAdapter.provider.texts == ["Are you there?", "Which card?"]


# --- settings both ways -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("active", "taken"), [(True, 1), (False, 0)])
def test_only_a_policy_that_is_on_does_anything(active: bool, taken: int) -> None:
    assert Chat(is_active=active).after(5) == taken


@pytest.mark.parametrize(("after", "taken"), [(5, 1), (6, 0)])
def test_a_step_is_taken_after_its_own_minutes(after: int, taken: int) -> None:
    assert Chat(((after, "remind", "Hello?"),)).after(5) == taken


@pytest.mark.parametrize(
    ("action", "state"), [("remind", "assigned"), ("snooze", "snoozed"), ("close", "closed")]
)
def test_a_step_does_what_it_says(action: str, state: str) -> None:
    chat = Chat(((5, action, "Hello?"),))
    chat.after(5)
    assert (chat.row.state, chat.said) == (state, ["Hello?"])


def test_a_step_without_words_says_nothing() -> None:
    chat = Chat(((5, "close", ""),))
    chat.after(5)
    assert (chat.row.state, chat.said) == ("closed", [])


@pytest.mark.parametrize(("open_hours", "at_night", "next_morning"), [(True, 0, 1), (False, 1, 0)])
def test_the_clock_stops_at_night_where_only_open_hours_count(
    open_hours: bool, at_night: int, next_morning: int
) -> None:
    """Answered ten minutes before closing; the reminder is due after fifteen."""
    common_line()
    chat = Chat(((15, "remind", "Hello?"),), at=EVENING, counts_open_hours=open_hours)
    assert chat.after(15) == at_night
    assert reminding.follow_silences(now=MORNING + timedelta(minutes=4)) == 0
    assert reminding.follow_silences(now=MORNING + timedelta(minutes=5)) == next_morning
    assert chat.said == ["Hello?"]


# --- the figure ---------------------------------------------------------------------------------------------


def test_closings_without_a_reaction_are_a_figure() -> None:
    chat = Chat(((5, "close", ""),))
    chat.after(5)
    other = dialogues.conversation(holder=chat.anna, now=NOON)
    handling.close(sight(chat.anna), other.pk, now=NOON)
    day = {"since": NOON - timedelta(days=1), "until": NOON + timedelta(days=1)}
    found = figures.closings_without_reaction(**day)
    assert found == {chat.line.pk: figures.Closings(all=2, without_reaction=1)}
    assert found[chat.line.pk].share == 0.5


def test_closing_for_silence_gives_its_holder_no_after_work() -> None:
    chat = Chat(((5, "close", ""),))
    Queue.objects.filter(pk=chat.line.pk).update(wrap_up_seconds=600)
    chat.after(5)
    chat.anna.presence.refresh_from_db()
    assert chat.anna.presence.wrap_up_until is None


# --- by letter ------------------------------------------------------------------------------------------------

EMAIL = "ivan@mail.example"


class ByLetter(Elsewhere):
    """The policy writes letters where no channel reaches him; he has left an e-mail in his chat."""

    def __init__(self, *, email: str = EMAIL, on: bool = True, kinds: tuple[str, ...] = ()) -> None:
        super().__init__(kinds=kinds)
        SilencePolicy.objects.update(by_letter=on)
        if email:
            mailboxes.give(self.chat.identity, email, now=NOON)

    def posted(self, minutes: float = 10.2) -> None:
        letters.send_due(now=lambda: NOON + timedelta(minutes=minutes))


def test_without_another_channel_he_is_reminded_by_letter_with_the_steps_own_words() -> None:
    case = ByLetter()
    assert case.reached() == []
    case.posted()
    [letter] = mail.outbox
    assert (letter.to, "We wait for you." in str(letter.body)) == ([EMAIL], True)
    assert "Which card?" not in str(letter.body)
    line = Message.objects.get(code="letter_reminded")
    assert (line.staff_only, line.params["to"]) == (True, "i•••@mail.example")
    details = Event.objects.get(kind="silence.reached").details
    assert (details["channel"], details["letter"]) == (None, Letter.objects.get().pk)
    assert case.chat.after(15) == 1, "the steps after it are taken"


def test_a_channel_that_reaches_him_comes_before_the_letter() -> None:
    case = ByLetter(kinds=("null",))
    there = case.known_in(case.channels[0])
    assert case.reached() == [(there, "We wait for you.")]
    assert not Letter.objects.exists()


def test_where_the_channels_fail_the_letter_goes() -> None:
    case = ByLetter(kinds=("null",))
    case.reached()
    assert Letter.objects.get().email == EMAIL


def test_a_policy_that_writes_no_letters_writes_none() -> None:
    case = ByLetter(on=False)
    assert case.why_not() == []
    assert (Letter.objects.count(), Event.objects.get(kind="silence.not_reached").details["letter"]) == (
        0,
        "",
    )


@pytest.mark.parametrize(
    ("email", "letters_on", "why"), [("", True, "no_address"), (EMAIL, False, "switched_off")]
)
def test_why_no_letter_went_stands_in_the_event(
    email: str, letters_on: bool, why: str, settings: Any
) -> None:
    settings.LETTERS = letters_on
    case = ByLetter(email=email)
    case.why_not()
    assert Event.objects.get(kind="silence.not_reached").details["letter"] == why


def test_an_address_that_was_refused_is_not_tried_again() -> None:
    case = ByLetter()
    case.reached()
    Letter.objects.update(state="failed", trouble="address")
    later = NOON + timedelta(hours=1)
    case.chat.answer(later)
    case.chat.after(5, at=later)
    case.chat.after(10, at=later)
    assert Event.objects.get(kind="silence.not_reached").details["letter"] == "refused"
    assert Letter.objects.count() == 1


def test_a_reminder_is_not_sent_to_who_has_written_meanwhile() -> None:
    case = ByLetter()
    case.reached()
    case.chat.writes(NOON + timedelta(minutes=10.1))
    case.posted()
    assert (Letter.objects.get().state, mail.outbox) == ("dropped", [])


def test_what_he_left_at_another_address_of_his_will_do_for_a_reminder() -> None:
    case = ByLetter(email="", kinds=("null",))
    elsewhere = case.known_in(case.channels[0], verification="anonymous")
    mailboxes.give(elsewhere, EMAIL, now=NOON)
    case.reached()
    assert Letter.objects.get().email == EMAIL
