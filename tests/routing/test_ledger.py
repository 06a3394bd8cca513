"""The promise ledger: what is said in the greeting, what is owed when it is broken, and who decides about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Customer
from apps.conversations.services import lifecycle
from apps.conversations.services import people as customers
from apps.core.actors import Actor, ActorKind
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.models import Event
from apps.operators.models import Operator, Queue
from apps.routing.models import (
    Category,
    Clock,
    Department,
    ForceMajeure,
    Obligation,
    Promise,
    PromiseChannel,
    PromiseExclusion,
)
from apps.routing.services import clocks, greeting, handling, ledger, placement, to_bot, upkeep
from tests.factories import bots, dialogues, organisation, people
from tests.factories.people import NOW, sight
from tests.factories.promises import answers, asks, at, clock, promise, sweep, weekdays
from tests.factories.promises import greeted as begun

pytestmark = pytest.mark.django_db
MINUTES = 60


def owed() -> Obligation:
    """A broken promise of ten minutes."""
    if not Promise.objects.exists():
        promise()
    conversation = begun()
    sweep(11 * MINUTES)
    return Obligation.objects.get(conversation=conversation)


def test_a_broken_promise_writes_one_obligation_with_its_proof() -> None:
    made = promise()
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    sweep(10 * MINUTES + 1)
    found = Obligation.objects.get()
    assert (found.promise, found.conversation, found.state) == (made, conversation, "open")
    assert (found.compensation_code, found.promised_seconds, found.turn) == ("free_month", 600, 1)
    assert (found.started_at, found.due_at, found.answered_at) == (NOW, at(600), None)
    asked = Event.objects.get(kind="message.received", subject_id=conversation.pk)
    assert found.asked_event == asked.pk
    answers(conversation, anna, after=720)
    found.refresh_from_db()
    said = Event.objects.filter(kind="message.sent", subject_id=conversation.pk).last()
    assert said is not None
    assert (found.answered_at, found.taken_seconds, found.answered_event) == (at(720), 720.0, said.pk)


def test_the_webhook_is_told_ids_codes_and_moments() -> None:
    found = owed()
    event = Event.objects.get(kind="obligation.created")
    assert event.details == {
        "conversation": found.conversation_id,
        "obligation": found.pk,
        "promise": found.promise_id,
        "compensation": "free_month",
        "promised_seconds": 600,
        "started_at": "2026-11-20T09:00:00Z",
        "due_at": "2026-11-20T09:10:00Z",
        "shown_at": "2026-11-20T09:00:00Z",
    }


def test_a_kept_promise_owes_nothing() -> None:
    promise()
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=600)
    sweep(900)
    assert clock(conversation, "promise").state == "kept"
    assert not Obligation.objects.exists()


def test_however_often_a_promise_is_broken_in_a_conversation_it_is_owed_once() -> None:
    promise(what="every")
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=700)
    asks(conversation, after=800)
    sweep(1500)
    assert Clock.objects.filter(conversation=conversation, state="broken").count() == 2
    assert Obligation.objects.count() == 1
    again = Obligation.objects.get()
    again.pk, again.clock = None, Clock.objects.filter(conversation=conversation).latest("pk")
    with pytest.raises(IntegrityError, match="obligation_once"), transaction.atomic():
        again.save(force_insert=True)


def test_a_promise_of_the_first_answer_is_not_one_of_every_answer() -> None:
    promise(what="first")
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=60)
    asks(conversation, after=100)
    sweep(5000)
    assert Clock.objects.filter(conversation=conversation, kind="promise").count() == 1
    assert not Obligation.objects.exists()


def test_a_promise_of_settling_ends_with_the_closing() -> None:
    promise(what="resolution", seconds=3600, pause="never")
    anna = people.operator(lines=(organisation.common_line(),))
    kept, late = begun(holder=anna), begun(holder=anna)
    for each in (kept, late):
        answers(each, anna, after=10)
    handling.close(sight(anna), kept.pk, now=at(3600))
    clocks.keep(kept.pk, now=at(3600))
    sweep(3700)
    assert clock(kept, "promise").state == "kept"
    assert list(Obligation.objects.values_list("conversation", flat=True)) == [late.pk]


def test_settling_waits_for_a_customer_who_went_silent_where_the_promise_says_so() -> None:
    promise(what="resolution", seconds=3600, pause="answered")
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=60)
    sweep(7200)
    assert clock(conversation, "promise").state == "paused"
    assert not Obligation.objects.exists()


# --- exclusions ---------------------------------------------------------------------------------------


def test_an_excluded_category_is_promised_nothing() -> None:
    made = promise()
    vip = Category.objects.create(name="VIP", code="vip")
    PromiseExclusion.objects.create(promise=made, category=vip)
    by = dialogues.identity()
    Customer.objects.filter(pk=by.customer_id).update(attributes={"category": "vip"})
    by.refresh_from_db()
    assert not begun(by).clocks.exists()
    assert clock(begun(), "promise").due_at == at(600)


def test_an_excluded_channel_and_one_it_was_not_set_for_are_promised_nothing() -> None:
    given, excluded, other = (organisation.channel() for _each in range(3))
    made = promise()
    PromiseExclusion.objects.create(promise=made, channel=excluded)
    assert not begun(by=dialogues.identity(excluded)).clocks.exists()
    assert begun(by=dialogues.identity(other)).clocks.exists()
    PromiseChannel.objects.create(promise=made, channel=given)
    assert begun(by=dialogues.identity(given)).clocks.exists()
    assert not begun(by=dialogues.identity(other)).clocks.exists()


@pytest.mark.parametrize(("at_most", "promised"), [(1, 1), (2, 2), (None, 3)])
def test_further_requests_of_a_day_are_promised_nothing(at_most: int | None, promised: int) -> None:
    promise(requests_a_day=at_most)
    by = dialogues.identity()
    for number in range(3):
        # The page was opened once, and says so still.
        conversation = begun(by, now=NOW + timedelta(minutes=number), shown_at=NOW)
        Conversation.objects.filter(pk=conversation.pk).update(thread=f"topic {number}")
    found = list(Clock.objects.filter(kind="promise").values_list("cancelled_because", flat=True))
    assert found == [""] * promised + ["too_many"] * (3 - promised)


def test_what_was_asked_out_of_hours_is_promised_nothing_unless_it_is_round_the_clock() -> None:
    line = organisation.line(calendar=weekdays())
    made = promise(business_hours=True)
    night = datetime(2026, 11, 20, 20, tzinfo=UTC)
    asleep = begun(line=line, now=night)
    assert not asleep.clocks.exists()
    awake = begun(line=line)
    assert clock(awake, "promise").due_at == at(600)
    made.business_hours = False
    made.save()
    other = begun(line=line, now=night)
    assert clock(other, "promise").due_at == night + timedelta(seconds=600)


def test_a_promise_asked_for_before_closing_goes_on_when_the_line_opens() -> None:
    line = organisation.line(calendar=weekdays())
    promise(business_hours=True)
    evening = datetime(2026, 11, 20, 14, 55, tzinfo=UTC)
    conversation = begun(line=line, now=evening)
    assert clock(conversation, "promise").due_at == datetime(2026, 11, 23, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "owes"),
    [(-60, 30, False), (300, None, False), (-600, -60, True), (700, None, True)],
)
def test_force_majeure_takes_away_what_it_touches_and_nothing_else(
    begins: int, ends: int | None, owes: bool
) -> None:
    made = promise()
    ForceMajeure.objects.create(
        promise=made, begins_at=at(begins), ends_at=None if ends is None else at(ends), reason="Пожар"
    )
    begun()
    sweep(3000)
    assert Obligation.objects.exists() is owes


def test_force_majeure_of_one_promise_is_not_that_of_another() -> None:
    promise()
    ForceMajeure.objects.create(promise=promise(is_active=False), begins_at=at(-60), reason="Пожар")
    begun()
    sweep(3000)
    assert Obligation.objects.count() == 1
    ForceMajeure.objects.create(begins_at=at(-60), reason="Потоп")
    assert not begun().clocks.exists()


def test_the_customer_who_closes_before_the_time_is_up_is_owed_nothing() -> None:
    promise()
    conversation = begun()
    handling.close_by_customer(conversation.identity, conversation.pk, now=at(60))
    clocks.keep(conversation.pk, now=at(60))
    sweep(3000)
    assert clock(conversation, "promise").cancelled_because == "closed_by_customer"
    assert not Obligation.objects.exists()


def test_a_promise_that_is_off_or_came_later_is_not_kept_and_not_owed() -> None:
    promise(is_active=False)
    promise(since=at(1))
    assert not begun().clocks.exists()


def test_a_transfer_does_not_take_back_what_was_said_to_the_customer() -> None:
    slow = organisation.line()
    promise(queue=organisation.common_line())
    boris = people.operator(lines=(organisation.common_line(), slow))
    conversation = begun()
    handling.transfer_to_line(sight(boris), conversation.pk, slow.pk, comment="", now=at(60))
    clocks.keep(conversation.pk, now=at(60))
    sweep(601)
    assert Obligation.objects.get().conversation == conversation


# --- decisions ----------------------------------------------------------------------------------------


def test_a_supervisor_confirms_what_is_owed() -> None:
    found, boss = owed(), people.user()
    ledger.confirm(found.pk, actor=Actor.staff(boss.pk), now=at(3600), reason="Да")
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at, found.reason) == (
        "confirmed",
        boss,
        at(3600),
        "Да",
    )
    assert Event.objects.get(kind="obligation.confirmed").actor_id == boss.pk


def test_waiving_needs_a_reason_which_the_log_does_not_repeat() -> None:
    found, boss = owed(), people.user()
    with pytest.raises(Invalid):
        ledger.waive(found.pk, actor=Actor.staff(boss.pk), now=at(3600), reason="  ")
    found.refresh_from_db()
    assert found.state == "open"
    ledger.waive(found.pk, actor=Actor.staff(boss.pk), now=at(3600), reason="Тестовое обращение")
    found.refresh_from_db()
    assert (found.state, found.reason) == ("waived", "Тестовое обращение")
    assert "Тестовое" not in str(Event.objects.get(kind="obligation.waived").details)


def test_what_was_decided_stays_decided() -> None:
    found, boss = owed(), Actor.staff(people.user().pk)
    ledger.confirm(found.pk, actor=boss, now=at(3600))
    with pytest.raises(Conflict):
        ledger.waive(found.pk, actor=boss, now=at(3700), reason="Передумали")
    found.refresh_from_db()
    assert found.state == "confirmed"
    with pytest.raises(NotFound):
        ledger.confirm(found.pk + 1, actor=boss, now=at(3700))


@pytest.mark.parametrize(("alone", "second"), [(None, "waived"), (2, "waived"), (1, "open"), (0, "open")])
def test_beyond_what_one_person_may_waive_a_second_one_is_asked(alone: int | None, second: str) -> None:
    promise(waived_alone=alone)
    boss = Actor.staff(people.user().pk)
    found = [owed(), owed()]
    for each in found:
        ledger.waive(each.pk, actor=boss, now=at(3600), reason="Тест")
        each.refresh_from_db()
    assert found[0].state == ("open" if alone == 0 else "waived")
    assert (found[1].state, found[1].asked_by_id) == (second, boss.id if second == "open" else None)
    asked = Event.objects.filter(kind="obligation.waiver_asked", actor_id=boss.id)
    assert asked.count() == sum(each.state == "open" for each in found)


def test_who_asked_for_the_waiver_does_not_decide_it_and_a_second_person_does() -> None:
    promise(waived_alone=0)
    found, boss, chief = owed(), people.user(), people.user()
    ledger.waive(found.pk, actor=Actor.staff(boss.pk), now=at(3600), reason="Тест")
    with pytest.raises(Conflict) as refused:
        ledger.waive(found.pk, actor=Actor.staff(boss.pk), now=at(3700), reason="Ещё раз")
    assert refused.value.code == "second_person_needed"
    found.refresh_from_db()
    assert (found.state, found.asked_at, found.asked_reason) == ("open", at(3600), "Тест")
    ledger.waive(found.pk, actor=Actor.staff(chief.pk), now=at(3800), reason="Согласен")
    found.refresh_from_db()
    assert (found.state, found.asked_by, found.decided_by, found.reason) == (
        "waived",
        boss,
        chief,
        "Согласен",
    )


def test_the_database_lets_nobody_waive_what_he_asked_for_and_confirming_takes_one() -> None:
    promise(waived_alone=0)
    found, boss = owed(), people.user()
    ledger.waive(found.pk, actor=Actor.staff(boss.pk), now=at(3600), reason="Тест")
    by_hand = {"state": "waived", "decided_by": boss, "decided_at": at(3700), "reason": "Сам"}
    with pytest.raises(IntegrityError, match="obligation_waived_by_a_second"), transaction.atomic():
        Obligation.objects.filter(pk=found.pk).update(**by_hand)
    ledger.confirm(found.pk, actor=Actor.staff(boss.pk), now=at(3800))
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("confirmed", boss)


def test_what_a_second_person_waived_and_what_is_a_day_old_counts_for_nobody() -> None:
    promise(waived_alone=1)
    boss, chief = (Actor.staff(people.user().pk) for _each in range(2))
    first, second, third, fourth = (owed() for _each in range(4))
    ledger.waive(first.pk, actor=chief, now=at(3600), reason="Тест")
    ledger.waive(second.pk, actor=chief, now=at(3600), reason="Тест")
    ledger.waive(second.pk, actor=boss, now=at(3700), reason="Согласен")
    ledger.waive(third.pk, actor=boss, now=at(3800), reason="Тест")
    ledger.waive(fourth.pk, actor=chief, now=at(3600 + 24 * 3600), reason="Тест")
    assert set(Obligation.objects.values_list("state", flat=True)) == {"waived"}


# --- the greeting -------------------------------------------------------------------------------------


def said(
    channel: Channel | None = None,
    *,
    customer: Customer | None = None,
    language: str = "ru",
    now: datetime = NOW,
) -> str:
    channel = channel or organisation.channel(promise_ru="Обычно за две минуты")
    lines = [organisation.common_line().pk]
    return greeting.greet(channel, lines, customer, language=language, now=now).text


def test_the_greeting_says_the_promise_in_the_readers_language() -> None:
    assert said() == "Обычно за две минуты"
    promise()
    assert said() == "Ответим за 10 минут или месяц бесплатно"
    assert said(language="en") == "We answer in 10 minutes or a month is free"


def test_a_channels_and_a_lines_promise_go_before_the_banks() -> None:
    channel = organisation.channel()
    promise(text_ru="Банк")
    PromiseChannel.objects.create(promise=promise(text_ru="Канал"), channel=channel)
    assert (said(), said(channel)) == ("Банк", "Канал")
    promise(text_ru="Линия", queue=organisation.common_line())
    assert said(channel) == "Линия"


def test_what_does_not_apply_is_not_said() -> None:
    line = organisation.common_line()
    line.calendar = weekdays()
    line.save()
    made = promise(business_hours=True)
    night = datetime(2026, 11, 20, 20, tzinfo=UTC)
    assert said() == "Ответим за 10 минут или месяц бесплатно"
    assert said(now=night) == ""
    ForceMajeure.objects.create(begins_at=at(-60), ends_at=at(60), reason="Пожар")
    assert (said(), said(now=at(60))) == ("", made.text_ru)


def test_an_excluded_category_and_one_who_asked_too_often_are_not_told() -> None:
    made = promise(requests_a_day=1)
    vip = Category.objects.create(name="VIP", code="vip")
    PromiseExclusion.objects.create(promise=made, category=vip)
    customer = dialogues.identity().customer
    assert said(customer=customer) == made.text_ru
    customer.attributes = {"category": "vip"}
    assert said(customer=customer) == ""
    customer.attributes = {}
    dialogues.conversation(by=customer.identities.get(), now=NOW - timedelta(hours=1))
    assert said(customer=customer) == ""


# --- what was shown -----------------------------------------------------------------------------------


def departments(*names: str) -> tuple[Channel, list[Queue]]:
    """A channel in which a customer may choose between lines."""
    channel, lines = organisation.channel(), [organisation.line(name) for name in names]
    for each in lines:
        Department.objects.create(channel=channel, queue=each)
    return channel, lines


def test_each_department_says_its_own_promise_and_the_greeting_what_all_of_them_give() -> None:
    channel, (first, second) = departments("Первый", "Второй")
    made = promise(queue=first, text_ru="За 10 минут")
    both = [first.pk, second.pk]
    told = greeting.greet(channel, both, None, language="ru", now=NOW)
    assert (told.text, told.text_of(first.pk), told.text_of(second.pk)) == ("", "За 10 минут", "")
    made.queue = None
    made.save()
    told = greeting.greet(channel, both, None, language="ru", now=NOW)
    assert (told.text, told.text_of(first.pk), told.text_of(second.pk)) == ("За 10 минут",) * 3


@pytest.mark.parametrize(("chosen", "owes"), [(0, True), (1, False), (None, False)])
def test_the_promise_of_a_department_is_owed_to_who_chose_it(chosen: int | None, owes: bool) -> None:
    channel, lines = departments("Первый", "Второй")
    promise(queue=lines[0])
    by = dialogues.identity(channel)
    said = greeting.greet(channel, [each.pk for each in lines], by.customer, language="ru", now=NOW)
    choice = None if chosen is None else lines[chosen].pk
    # Wherever the rules place him: here, in the line that promises.
    conversation = dialogues.conversation(by=by, line=lines[0], begun=partial(said.begun, department=choice))
    clocks.keep(conversation.pk, now=NOW)
    sweep(700)
    assert Obligation.objects.exists() is owes


def test_who_was_shown_nothing_is_owed_nothing() -> None:
    promise()
    conversation = dialogues.conversation()
    clocks.keep(conversation.pk, now=NOW)
    sweep(700)
    assert not conversation.clocks.exists()
    assert not Obligation.objects.exists()


def test_what_was_shown_is_owed_as_it_was_shown_whatever_became_of_the_promise() -> None:
    made = promise()
    by = dialogues.identity()
    said = greeting.greet(by.channel, [organisation.common_line().pk], by.customer, language="ru", now=NOW)
    made.text_ru, made.seconds, made.compensation_code, made.is_active = "За час", 3600, "coffee", False
    made.save()
    conversation = dialogues.conversation(by=by, now=at(50), begun=partial(said.begun, department=None))
    clocks.keep(conversation.pk, now=at(50))
    sweep(700)
    found = Obligation.objects.get()
    assert (found.promised_seconds, found.due_at, found.compensation_code) == (600, at(650), "free_month")
    shown = found.clock.showing
    assert shown is not None
    assert (shown.text, shown.shown_at, shown.begun_at, shown.seq) == (
        "Ответим за 10 минут или месяц бесплатно",
        NOW,
        at(50),
        1,
    )


def test_a_promise_made_after_the_page_was_opened_is_not_owed_there() -> None:
    by = dialogues.identity()
    said = greeting.greet(by.channel, [organisation.common_line().pk], by.customer, language="ru", now=NOW)
    promise()
    conversation = dialogues.conversation(by=by, begun=partial(said.begun, department=None))
    clocks.keep(conversation.pk, now=NOW)
    assert not conversation.clocks.exists()


def test_who_begins_anew_is_promised_what_stands_before_him_then() -> None:
    made = promise()
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=10)
    handling.close(sight(anna), conversation.pk, now=at(20))
    made.is_active = False
    made.save()
    asks(conversation, after=60)
    placement.route(conversation.pk, now=at(60))
    clocks.keep(conversation.pk, now=at(60))
    assert [each.state for each in Clock.objects.filter(kind="promise")] == ["kept"]


def test_hours_are_those_of_the_line_whose_promise_was_shown() -> None:
    day, night = organisation.line(), organisation.line(calendar=weekdays("00:00", "00:30"))
    promise(business_hours=True)
    by = dialogues.identity()
    said = greeting.greet(by.channel, [day.pk], by.customer, language="ru", now=NOW)
    conversation = dialogues.conversation(by=by, line=night, begun=partial(said.begun, department=None))
    clocks.keep(conversation.pk, now=NOW)
    assert (clock(conversation, "promise").line, clock(conversation, "promise").due_at) == (night, at(600))


# --- ways out -----------------------------------------------------------------------------------------


def shut_by_person(conversation: Conversation, anna: Operator) -> None:
    handling.close(sight(anna), conversation.pk, now=at(30))


def shut_by_rule(conversation: Conversation, anna: Operator) -> None:
    handling.close_for_silence(lifecycle.lock(conversation.pk), now=at(30))


def shut_by_application(conversation: Conversation, anna: Operator) -> None:
    handling.close(sight(anna), conversation.pk, now=at(30), actor=Actor(ActorKind.INTEGRATION, anna.pk))


def shut_before_anybody_looked(conversation: Conversation, anna: Operator) -> None:
    shut_by_person(conversation, anna)
    Clock.objects.all().delete()


@pytest.mark.parametrize(
    "shut", [shut_by_person, shut_by_rule, shut_by_application, shut_before_anybody_looked]
)
def test_closing_without_an_answer_is_no_way_out_and_the_proof_names_it(
    shut: Callable[[Conversation, Operator], None],
) -> None:
    promise()
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    shut(conversation, anna)
    clocks.keep(conversation.pk, now=at(31))
    assert not Obligation.objects.exists()
    sweep(601)
    found = Obligation.objects.get()
    closing = Event.objects.get(
        kind="conversation.moved", details__state="closed", subject_id=conversation.pk
    )
    assert (found.closed_at, found.closed_event, found.answered_at) == (at(30), closing.pk, None)
    assert clock(conversation, "promise").ended_at == at(600)
    sweep(5000)
    assert (upkeep.mend(now=at(5001)), Obligation.objects.count()) == (0, 1)


def test_closed_after_its_moment_the_proof_names_the_closing_too() -> None:
    promise()
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    sweep(601)
    handling.close(sight(anna), conversation.pk, now=at(700))
    clocks.keep(conversation.pk, now=at(700))
    assert (Obligation.objects.get().closed_at, clock(conversation, "promise").ended_at) == (at(700), at(700))


def test_a_thank_you_closed_without_an_answer_breaks_a_promise_of_every_answer() -> None:
    promise(what="every")
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=10)
    asks(conversation, "Спасибо", after=20)
    handling.close(sight(anna), conversation.pk, now=at(30))
    sweep(700)
    assert (Obligation.objects.get().turn, Obligation.objects.get().closed_at) == (4, at(30))


def to_line_without(conversation: Conversation, anna: Operator) -> None:
    other = organisation.line("Без обещаний")
    handling.transfer_to_line(sight(anna), conversation.pk, other.pk, comment="", now=at(30))


def to_closed_line(conversation: Conversation, anna: Operator) -> None:
    other = organisation.line("Закрыта", calendar=weekdays("00:00", "00:30"))
    handling.transfer_to_line(sight(anna), conversation.pk, other.pk, comment="", now=at(30))


def put_aside(conversation: Conversation, anna: Operator) -> None:
    handling.snooze(sight(anna), conversation.pk, until=None, now=at(30))


def to_bot_and_closed_by_it(conversation: Conversation, anna: Operator) -> None:
    bot = bots.bot(answers_as=bots.integration())
    to_bot.transfer_to_bot(sight(anna), conversation.pk, bot.pk, comment="", now=at(30))
    handling.close(sight(bot.account), conversation.pk, now=at(40))


def handed_to_bot(conversation: Conversation, anna: Operator) -> None:
    bot = bots.bot(answers_as=bots.integration())
    to_bot.transfer_to_bot(sight(anna), conversation.pk, bot.pk, comment="", now=at(30))


def returned(conversation: Conversation, anna: Operator) -> None:
    handling.return_to_line(sight(anna), conversation.pk, comment="", now=at(30))


def taken_over(conversation: Conversation, anna: Operator) -> None:
    boris = people.operator(
        lines=(organisation.common_line(),), rights=(*people.OPERATOR_RIGHTS, "take_over")
    )
    handling.take_over(sight(boris), conversation.pk, now=at(30))


def to_partner(conversation: Conversation, anna: Operator) -> None:
    abroad = organisation.line("Партнёр", offering="both", outside=people.user("partner", is_service=True))
    handling.transfer_to_line(sight(anna), conversation.pk, abroad.pk, comment="", now=at(30))


def merged(conversation: Conversation, anna: Operator) -> None:
    other = dialogues.identity().customer_id
    rows = customers.lock_customers([other, conversation.customer_id])
    customers.merge(
        kept=rows[other],
        absorbed=rows[conversation.customer_id],
        reason="same",
        author_id=anna.pk,
        now=at(30),
    )


def words_in_passing(conversation: Conversation, anna: Operator) -> None:
    other = organisation.line("Вторая")
    handling.transfer_to_line(
        sight(anna), conversation.pk, other.pk, comment="Передаю", shown=True, now=at(30)
    )


@pytest.mark.parametrize("business_hours", [False, True])
@pytest.mark.parametrize(
    "way",
    [
        *(to_line_without, to_closed_line, to_partner, handed_to_bot, to_bot_and_closed_by_it),
        *(put_aside, returned, taken_over, words_in_passing, merged),
    ],
)
def test_no_way_of_moving_it_puts_off_what_is_owed(
    way: Callable[[Conversation, Operator], None], business_hours: bool
) -> None:
    promise(queue=organisation.common_line(), business_hours=business_hours)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    way(conversation, anna)
    clocks.keep(conversation.pk, now=at(50))
    sweep(601)
    assert (Obligation.objects.get().due_at, Obligation.objects.get().answered_at) == (at(600), None)


def test_an_answer_nobody_noticed_in_time_is_late_all_the_same() -> None:
    """Workers stood still: the first look comes after the late answer."""
    promise()
    anna = people.operator(lines=(organisation.common_line(),))
    late, prompt = begun(holder=anna), begun(holder=anna)
    Clock.objects.all().delete()
    answers(late, anna, after=700)
    answers(prompt, anna, after=500)
    assert Obligation.objects.get().taken_seconds == 700.0
    assert (clock(late, "promise").state, clock(prompt, "promise").state) == ("broken", "kept")


def test_a_lost_nudge_is_found_by_what_was_shown() -> None:
    promise()
    conversation = begun()
    Clock.objects.all().delete()
    assert upkeep.mend(now=at(5)) == 1
    assert clock(conversation, "promise").due_at == at(600)
