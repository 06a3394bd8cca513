"""How a line gives its work: each setting, changed, changes who is asked, how, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation, Right, State
from apps.core.actors import SYSTEM
from apps.core.errors import Forbidden, Invalid
from apps.operators.models import DeclineReason, Operator, Queue, Skill
from apps.routing.matching.matching import PAUSE
from apps.routing.models import Assignment, Decision, RulesSetting
from apps.routing.services import handling, offers, publishing
from apps.routing.services.refusals import DECLINED
from tests.factories import organisation, people
from tests.factories.people import NOW
from tests.routing.offering import (
    after,
    arrives,
    asked,
    change,
    closed,
    held,
    knows,
    needs,
    offering_line,
    whom,
    worker,
    writes_again,
)

pytestmark = pytest.mark.django_db

# An operator who may answer and pull, and not choose.
WITHOUT_PICK = (Right.TEXT, Right.PERSONAL, Right.ANSWER)


@pytest.fixture
def line() -> Queue:
    return offering_line()


def offer_of(conversation: Conversation) -> Assignment:
    return Assignment.objects.get(conversation=conversation, ended_at__isnull=True)


# --- automatic, by pulling, or both -------------------------------------------------------------------------


@pytest.mark.parametrize(("offering", "is_offered"), [("automatic", True), ("pull", False), ("both", True)])
def test_only_a_line_that_offers_asks_anybody(line: Queue, offering: str, is_offered: bool) -> None:
    worker("Анна", line)
    change(line, offering=offering)
    waits = arrives(line)
    assert asked() == ({waits.pk: "Анна"} if is_offered else {})


@pytest.mark.parametrize(("offering", "may"), [("automatic", False), ("pull", True), ("both", True)])
def test_only_from_a_line_that_is_pulled_somebody_takes_the_next_one(
    line: Queue, offering: str, may: bool
) -> None:
    anna = worker("Анна", line, rights=WITHOUT_PICK)
    change(line, offering=offering)
    waits = arrives(line)
    taken = handling.take_next(people.sight(anna), now=NOW)
    assert (taken.pk if taken else None) == (waits.pk if may else None)


def test_where_work_is_only_offered_the_first_in_line_is_not_taken_either(line: Queue) -> None:
    anna = worker("Анна", line, rights=WITHOUT_PICK)
    waits = arrives(line)
    with pytest.raises(Forbidden) as refused:
        handling.accept(people.sight(anna), waits.pk, now=NOW)
    assert refused.value.code == "offered_only"
    change(line, offering="both")
    assert handling.accept(people.sight(anna), waits.pk, now=NOW).holder_id == anna.pk


def test_who_may_not_choose_takes_the_oldest_one_only(line: Queue) -> None:
    anna = worker("Анна", line, rights=WITHOUT_PICK)
    change(line, offering="pull")
    first, second = arrives(line), arrives(line, at=after(1))
    with pytest.raises(Forbidden) as refused:
        handling.accept(people.sight(anna), second.pk, now=after(2))
    assert refused.value.code == "out_of_turn"
    assert whom() == {}
    assert handling.accept(people.sight(anna), first.pk, now=after(2)).holder_id == anna.pk
    assert handling.accept(people.sight(anna), second.pk, now=after(2)).holder_id == anna.pk


def test_who_may_choose_takes_any_one_of_any_line(line: Queue) -> None:
    anna = worker("Анна", line)
    arrives(line)
    second = arrives(line, at=after(1))
    assert handling.accept(people.sight(anna), second.pk, now=after(2)).holder_id == anna.pk


def test_what_somebody_lacks_a_skill_for_is_not_his_to_pull(line: Queue) -> None:
    anna = worker("Анна", line, rights=WITHOUT_PICK)
    change(line, offering="pull")
    waits, loans = arrives(line), Skill.objects.create(name="Кредиты")
    need = needs(line, loans, 3)
    assert handling.take_next(people.sight(anna), now=NOW) is None
    change(need, level=2)
    knows(anna, loans, 2)
    taken = handling.take_next(people.sight(anna), now=NOW)
    assert taken is not None
    assert taken.pk == waits.pk


def test_who_is_no_member_any_more_is_asked_no_more(line: Queue) -> None:
    anna = worker("Анна", line)
    worker("Борис", line)
    line.memberships.filter(operator=anna).delete()
    waits = arrives(line)
    assert asked() == {waits.pk: "Борис"}


# --- time to accept -----------------------------------------------------------------------------------------


def test_an_offer_reserves_and_the_conversation_goes_on_waiting(line: Queue) -> None:
    worker("Анна", line)
    waits = arrives(line)
    asked()
    offer = offer_of(waits)
    waits.refresh_from_db()
    assert (offer.accepted_at, offer.offer_until) == (None, after(30))
    assert (waits.state, waits.holder_id) == (State.QUEUED, None)


def test_without_a_time_to_accept_it_is_given_at_once(line: Queue) -> None:
    anna = worker("Анна", line)
    change(line, accept_seconds=0)
    waits = arrives(line)
    asked()
    offer = offer_of(waits)
    waits.refresh_from_db()
    assert (offer.accepted_at, offer.offer_until) == (NOW, None)
    assert (waits.state, waits.holder_id) == (State.ASSIGNED, anna.pk)


@pytest.mark.parametrize(("seconds", "is_over"), [(10, True), (60, False)])
def test_an_offer_lasts_as_long_as_the_line_says(line: Queue, seconds: int, is_over: bool) -> None:
    worker("Анна", line)
    worker("Борис", line)
    change(line, accept_seconds=seconds)
    waits = arrives(line)
    assert asked() == {waits.pk: "Анна"}
    assert offers.expire(now=after(30)) == int(is_over)
    assert asked(at=after(30)) == {waits.pk: "Борис" if is_over else "Анна"}


def test_an_offer_that_ran_out_cannot_be_accepted(line: Queue) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    offers.expire(now=after(30))
    with pytest.raises(offers.NotOffered):
        offers.accept(anna.pk, waits.pk, now=after(31))
    waits.refresh_from_db()
    assert (waits.state, waits.holder_id) == (State.QUEUED, None)


# --- who is asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        ("least_busy", "Анна"),
        ("longest_idle", "Борис"),
        ("round_robin", "Вика"),
        ("best_skill", "Тимур"),
    ],
)
def test_each_policy_asks_somebody_else(line: Queue, policy: str, chosen: str) -> None:
    """Anna is the emptiest, Boris waits longest, Vika was given something longest ago, Timur knows it best."""
    subject = Skill.objects.create(name="Карты")
    needs(line, subject)
    anna, boris = worker("Анна", line, capacity=10), worker("Борис", line, capacity=2)
    vika, timur = worker("Вика", line, capacity=2), worker("Тимур", line, capacity=2)
    for each, level in ((anna, 1), (boris, 1), (vika, 1), (timur, 5)):
        knows(each, subject, level)
    ended = held(line, vika)
    held(line, vika)
    held(line, boris, at=after(60))
    held(line, timur, at=after(120))
    held(line, anna, at=after(180))
    closed(ended, vika, at=after(240))
    change(line, policy=policy)
    waits = arrives(line, at=after(300))
    assert asked(at=after(300))[waits.pk] == chosen
    decision = Decision.objects.filter(conversation=waits, kind=Decision.Kind.ASSIGNMENT).get()
    assert decision.details["policy"] == policy
    assert len(decision.details["others"]) == 3


def test_a_more_important_line_is_served_first() -> None:
    cards, loans = offering_line("Cards"), offering_line("Loans")
    worker("Анна", cards, loans, capacity=1)
    first, second = arrives(cards), arrives(loans, at=after(1))
    change(loans, priority=5, live_priority=5)
    assert asked(at=after(2)) == {second.pk: "Анна"}
    assert first.pk not in whom()


# --- declined -----------------------------------------------------------------------------------------------


def decline(operator: Operator, conversation: Conversation, **values: object) -> None:
    """For a reason of these settings, after a second."""
    reason = DeclineReason.objects.create(name_ru="Не возьму", **values)
    offers.decline(operator.pk, conversation.pk, reason_id=reason.pk, now=after(1))


def held_by(operator: Operator) -> list[int]:
    return list(Conversation.objects.filter(holder=operator.pk).values_list("pk", flat=True))


def test_what_one_declines_is_offered_to_another_and_to_him_again_after_a_pause(line: Queue) -> None:
    anna, boris = worker("Анна", line), worker("Борис", line)
    waits = arrives(line)
    assert asked() == {waits.pk: "Анна"}
    offers.decline(anna.pk, waits.pk, reason_id=None, now=after(1))
    assert asked(at=after(1)) == {waits.pk: "Борис"}
    offers.decline(boris.pk, waits.pk, reason_id=None, now=after(2))
    second_round = after(1) + DECLINED
    assert asked(at=second_round - timedelta(seconds=1)) == {}
    assert asked(at=second_round) == {waits.pk: "Анна"}


def test_somebody_who_comes_is_asked_before_a_second_round(line: Queue) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    offers.decline(anna.pk, waits.pk, reason_id=None, now=after(1))
    worker("Борис", line)
    assert asked(at=after(1) + 2 * DECLINED) == {waits.pk: "Борис"}


def test_who_missed_it_is_asked_again_after_a_short_pause(line: Queue) -> None:
    worker("Анна", line)
    waits = arrives(line)
    asked()
    offers.expire(now=after(30))
    assert asked(at=after(29) + PAUSE) == {}
    assert asked(at=after(30) + PAUSE) == {waits.pk: "Анна"}


@pytest.mark.parametrize("again_minutes", [1, 10])
def test_the_reason_says_for_how_long_he_is_not_asked_again(line: Queue, again_minutes: int) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    decline(anna, waits, again_minutes=again_minutes)
    rested = after(1) + timedelta(minutes=again_minutes)
    assert asked(at=rested - timedelta(seconds=1)) == {}
    assert asked(at=rested) == {waits.pk: "Анна"}


def test_not_his_question_comes_back_only_when_the_customer_has_written_more(line: Queue) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    decline(anna, waits, again_minutes=10, until_written=True)
    assert asked(at=after(7 * 24 * 3600)) == {}
    writes_again(waits, at=after(60))
    assert asked(at=after(600)) == {}
    assert asked(at=after(601)) == {waits.pk: "Анна"}


def test_not_his_question_is_his_again_when_he_takes_it_himself_and_anothers_who_comes(line: Queue) -> None:
    change(line, offering="both")
    anna = worker("Анна", line)
    first, second = arrives(line), arrives(line, at=after(1))
    asked()
    decline(anna, first, until_written=True)
    offers.decline(anna.pk, second.pk, reason_id=DeclineReason.objects.get().pk, now=after(2))
    third = arrives(line, at=after(3))
    taken = handling.take_next(people.sight(anna), now=after(4))
    assert taken is not None
    assert taken.pk == third.pk  # what he refused is not given to him as the next one
    handling.accept(people.sight(anna), first.pk, now=after(5))
    assert set(held_by(anna)) == {first.pk, third.pk}
    worker("Борис", line)
    assert asked(at=after(6))[second.pk] == "Борис"


def test_not_his_question_is_asked_anew_in_another_line(line: Queue) -> None:
    other = organisation.line(offering="automatic", accept_seconds=30)
    anna = worker("Анна", line, other)
    waits = arrives(line)
    asked()
    decline(anna, waits, until_written=True)
    handling.transfer_to_line(people.sight(anna), waits.pk, other.pk, comment="", now=after(5))
    assert asked(at=after(6)) == {waits.pk: "Анна"}


def test_a_reason_is_asked_for_where_there_are_reasons(line: Queue) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    reason = DeclineReason.objects.create(name_ru="Не мой вопрос")
    with pytest.raises(Invalid) as refused:
        offers.decline(anna.pk, waits.pk, reason_id=None, now=after(1))
    assert refused.value.code == "reason_needed"
    assert whom() == {waits.pk: "Анна"}
    offers.decline(anna.pk, waits.pk, reason_id=reason.pk, now=after(1))
    assert Assignment.objects.get(conversation=waits).decline_reason == reason


def test_a_reason_that_is_off_is_neither_asked_for_nor_taken(line: Queue) -> None:
    anna = worker("Анна", line)
    waits = arrives(line)
    asked()
    reason = DeclineReason.objects.create(name_ru="Не мой вопрос", is_active=False)
    with pytest.raises(Invalid):
        offers.decline(anna.pk, waits.pk, reason_id=reason.pk, now=after(1))
    offers.decline(anna.pk, waits.pk, reason_id=None, now=after(1))
    assert whom() == {}


# --- when it works ------------------------------------------------------------------------------------------


def test_a_changed_setting_works_from_its_publication_on(line: Queue) -> None:
    worker("Анна", line)
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})
    change(line, offering="pull")
    publishing.publish(actor=SYSTEM, now=NOW)
    waits = arrives(line)
    change(line, offering="automatic")
    publishing.publish_if_at_once(actor=SYSTEM, now=after(1))
    assert asked(at=after(1)) == {}
    publishing.publish(actor=SYSTEM, now=after(2))
    assert asked(at=after(2)) == {waits.pk: "Анна"}


def test_published_at_once_it_works_with_the_save(line: Queue) -> None:
    worker("Анна", line)
    change(line, offering="pull")
    publishing.publish(actor=SYSTEM, now=NOW)
    waits = arrives(line)
    change(line, offering="automatic")
    publishing.publish_if_at_once(actor=SYSTEM, now=after(1))
    assert asked(at=after(1)) == {waits.pk: "Анна"}
