"""Who is asked before the others, who understands the customer, who knows the subject: for how long, and then whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.conversations.models import Conversation, Identity
from apps.core.actors import SYSTEM
from apps.operators.events import TextsChanged
from apps.operators.models import Operator, Presence, Queue, QueueMembership, Skill
from apps.routing import selectors
from apps.routing.models import Assignment, Decision, QueueEntry
from apps.routing.services import handling, offers, placement, publishing
from apps.routing.subscribers import publish_work
from apps.routing.tasks import publish_rules
from tests.factories import people
from tests.factories.people import NOW
from tests.routing.offering import (
    after,
    answered,
    arrives,
    asked,
    change,
    closed,
    customer,
    held,
    knows,
    needs,
    offering_line,
    whom,
    worker,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Queue:
    return offering_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    """Who would be asked if nothing else spoke for another."""
    return worker("Анна", line)


# --- the personal manager -----------------------------------------------------------------------------------


def of_manager(line: Queue, manager: Operator) -> Conversation:
    return arrives(line, by=customer(line, manager=manager.user))


@pytest.mark.parametrize(("seconds", "first"), [(120, "Борис"), (0, "Анна")])
def test_the_personal_manager_is_asked_first_where_the_line_waits_for_him(
    line: Queue, anna: Operator, seconds: int, first: str
) -> None:
    boris = worker("Борис", line)
    change(line, prefers_manager_seconds=seconds)
    waits = of_manager(line, boris)
    assert asked() == {waits.pk: first}
    decision = Decision.objects.get(conversation=waits, kind=Decision.Kind.ASSIGNMENT)
    assert decision.reason == (Decision.Reason.KEPT if seconds else Decision.Reason.POLICY)


def test_without_a_manager_nobody_is_waited_for(line: Queue, anna: Operator) -> None:
    worker("Борис", line)
    change(line, prefers_manager_seconds=120)
    waits = arrives(line)
    assert asked() == {waits.pk: "Анна"}


@pytest.mark.parametrize(("seconds", "still_waits"), [(60, False), (120, True)])
def test_a_manager_who_is_full_is_waited_for_as_long_as_the_line_says(
    line: Queue, anna: Operator, seconds: int, still_waits: bool
) -> None:
    boris = worker("Борис", line, capacity=1)
    held(line, boris)
    change(line, prefers_manager_seconds=seconds)
    waits = of_manager(line, boris)
    assert waits.pk not in asked(at=after(59))
    assert asked(at=after(60)).get(waits.pk) == (None if still_waits else "Анна")


def test_for_a_manager_who_has_gone_home_nobody_waits(line: Queue, anna: Operator) -> None:
    boris = worker("Борис", line, state="offline")
    change(line, prefers_manager_seconds=120)
    waits = of_manager(line, boris)
    assert asked() == {waits.pk: "Анна"}


def test_a_manager_who_declines_is_waited_for_no_longer(line: Queue, anna: Operator) -> None:
    boris = worker("Борис", line)
    change(line, prefers_manager_seconds=120)
    waits = of_manager(line, boris)
    asked()
    offers.decline(boris.pk, waits.pk, reason_id=None, now=after(1))
    assert asked(at=after(1)) == {waits.pk: "Анна"}


def test_a_manager_serves_his_own_in_a_line_he_is_no_member_of(line: Queue, anna: Operator) -> None:
    boris = worker("Борис")
    change(line, prefers_manager_seconds=120)
    waits = of_manager(line, boris)
    assert asked() == {waits.pk: "Борис"}


# --- who answered him last ----------------------------------------------------------------------------------


def comes_back(line: Queue, by: Identity, *, at: float) -> Conversation:
    return arrives(line, by=by, at=after(at))


def leaves(operator: Operator, line: Queue) -> None:
    operator.memberships.filter(queue=line).delete()


def served(line: Queue, operator: Operator) -> Identity:
    """A customer whom somebody answered and whose conversation is closed."""
    change(line, offering="both")
    found = held(line, operator)
    answered(found, operator, at=after(10))
    closed(found, operator, at=after(20))
    return found.identity


@pytest.mark.parametrize(("seconds", "first"), [(60, "Борис"), (0, "Анна")])
def test_who_answered_him_last_is_asked_first_where_the_line_waits_for_him(
    line: Queue, anna: Operator, seconds: int, first: str
) -> None:
    boris = worker("Борис", line)
    change(line, prefers_last_seconds=seconds, reopen_hours=1, policy="round_robin")
    by = served(line, boris)
    again = comes_back(line, by, at=2 * 3600)
    assert asked(at=after(2 * 3600)) == {again.pk: first}


def test_the_manager_is_asked_before_who_answered_last(line: Queue, anna: Operator) -> None:
    boris, vika = worker("Борис", line), worker("Вика", line)
    change(line, prefers_last_seconds=60, prefers_manager_seconds=60, reopen_hours=1)
    by = served(line, boris)
    change(by.customer, manager=vika.user)
    again = comes_back(line, by, at=2 * 3600)
    assert asked(at=after(2 * 3600)) == {again.pk: "Вика"}


@pytest.mark.parametrize(("stays", "first"), [(True, "Борис"), (False, "Анна")])
def test_who_answered_him_last_is_asked_only_while_he_serves_the_line(
    line: Queue, anna: Operator, stays: bool, first: str
) -> None:
    boris = worker("Борис", line)
    change(line, prefers_last_seconds=60, reopen_hours=1, policy="round_robin")
    by = served(line, boris)
    if not stays:
        leaves(boris, line)
    again = comes_back(line, by, at=2 * 3600)
    assert asked(at=after(2 * 3600)) == {again.pk: first}


@pytest.mark.parametrize(("stays", "first"), [(True, "Борис"), (False, "Анна")])
def test_what_waits_for_who_answered_him_last_goes_to_the_others_once_he_has_left(
    line: Queue, anna: Operator, stays: bool, first: str
) -> None:
    boris = worker("Борис", line)
    change(line, prefers_last_seconds=60, reopen_hours=1, policy="round_robin")
    by = served(line, boris)
    again = comes_back(line, by, at=2 * 3600)
    if not stays:
        leaves(boris, line)
    assert asked(at=after(2 * 3600)) == {again.pk: first}


def test_who_has_left_the_line_does_not_take_what_was_offered_to_him_as_the_last_operator(
    line: Queue, anna: Operator
) -> None:
    boris = worker("Борис", line)
    change(line, prefers_last_seconds=60, reopen_hours=1, policy="round_robin")
    by = served(line, boris)
    again = comes_back(line, by, at=2 * 3600)
    assert asked(at=after(2 * 3600)) == {again.pk: "Борис"}
    leaves(boris, line)
    with pytest.raises(offers.NotOffered):
        offers.accept(boris.pk, again.pk, now=after(2 * 3600 + 1))
    again.refresh_from_db()
    assert (again.state, again.holder_id) == ("queued", None)


def test_a_manager_takes_what_is_offered_to_him_in_a_line_he_does_not_serve(line: Queue) -> None:
    boris = worker("Борис")
    change(line, prefers_manager_seconds=120)
    waits = of_manager(line, boris)
    asked()
    assert offers.accept(boris.pk, waits.pk, now=after(1)).holder_id == boris.pk


@pytest.mark.parametrize(("stays", "holder"), [(True, "Борис"), (False, "Анна")])
def test_what_is_reopened_comes_back_to_who_held_it_only_while_he_serves_the_line(
    line: Queue, anna: Operator, stays: bool, holder: str
) -> None:
    boris = worker("Борис", line)
    change(line, reopen_hours=3, accept_seconds=0, policy="round_robin")
    by = served(line, boris)
    if not stays:
        leaves(boris, line)
    change(line, offering="automatic")
    again = comes_back(line, by, at=3600)
    assert asked(at=after(3600)) == {again.pk: holder}


def test_what_he_put_aside_himself_wakes_with_him_though_he_has_left_the_line(line: Queue) -> None:
    boris = worker("Борис", line)
    change(line, offering="both")
    aside = held(line, boris)
    handling.snooze(people.sight(boris), aside.pk, until=after(3600), now=after(10))
    leaves(boris, line)
    placement.route(aside.pk, now=after(3600))
    assert whom() == {aside.pk: "Борис"}


@pytest.mark.parametrize(("hours", "is_the_same"), [(3, True), (1, False)])
def test_a_closed_conversation_is_continued_as_long_as_the_line_says(
    line: Queue, anna: Operator, hours: int, is_the_same: bool
) -> None:
    change(line, reopen_hours=hours)
    by = served(line, anna)
    before = Conversation.objects.get()
    again = Conversation.objects.exclude(pk=before.pk)
    comes_back_to = arrives(line, by=by, at=after(2 * 3600))
    assert (comes_back_to.pk == before.pk, again.exists()) == (is_the_same, not is_the_same)


# --- the customer's language --------------------------------------------------------------------------------


@pytest.fixture
def english() -> Skill:
    return Skill.objects.create(name="Английский", language="en")


def foreigner(line: Queue) -> Conversation:
    return arrives(line, by=customer(line, language="en"))


@pytest.mark.parametrize(("matches", "first"), [(True, "Борис"), (False, "Анна")])
def test_only_who_speaks_it_is_asked_where_the_line_matches_the_language(
    line: Queue, anna: Operator, english: Skill, matches: bool, first: str
) -> None:
    knows(worker("Борис", line), english, 1)
    change(line, matches_language=matches)
    waits = foreigner(line)
    assert asked() == {waits.pk: first}


def test_the_record_tells_a_language_that_is_not_spoken_from_a_skill_that_is_lacking(
    line: Queue, anna: Operator, english: Skill, loans: Skill
) -> None:
    boris, vika = worker("Борис", line), worker("Вика", line)
    knows(anna, loans, 1)
    knows(boris, loans, 1)
    knows(boris, english, 1)
    knows(vika, english, 1)
    needs(line, loans, 1)
    change(line, matches_language=True)
    waits = foreigner(line)
    assert asked() == {waits.pk: "Борис"}
    record = waits.decisions.get(kind=Decision.Kind.ASSIGNMENT)
    assert record.details["excluded"] == {"language": [anna.pk], "skill": [vika.pk]}


def test_who_speaks_another_language_is_for_anybody(line: Queue, anna: Operator, english: Skill) -> None:
    knows(worker("Борис", line), english, 1)
    change(line, matches_language=True)
    waits = arrives(line)
    assert asked() == {waits.pk: "Анна"}


@pytest.mark.parametrize(("seconds", "later"), [(60, "Анна"), (0, None)])
def test_who_waits_long_may_get_anybody_where_the_line_lets_go_of_the_language(
    line: Queue, anna: Operator, english: Skill, seconds: int, later: str | None
) -> None:
    change(line, matches_language=True, language_relax_seconds=seconds)
    waits = foreigner(line)
    assert asked(at=after(59)) == {}
    assert asked(at=after(60)).get(waits.pk) == later


@pytest.mark.parametrize(("language", "first"), [("en", None), ("", "Анна")])
def test_a_skill_is_a_language_only_when_it_says_so(
    line: Queue, anna: Operator, english: Skill, language: str, first: str | None
) -> None:
    change(english, language=language)
    change(line, matches_language=True)
    waits = foreigner(line)
    assert asked().get(waits.pk) == first


# --- skills and levels --------------------------------------------------------------------------------------


@pytest.fixture
def loans() -> Skill:
    return Skill.objects.create(name="Кредиты")


@pytest.mark.parametrize(("level", "first"), [(2, "Анна"), (3, "Борис"), (4, None)])
def test_a_line_asks_only_who_knows_its_subject_well_enough(
    line: Queue, anna: Operator, loans: Skill, level: int, first: str | None
) -> None:
    knows(anna, loans, 2)
    knows(worker("Борис", line), loans, 3)
    needs(line, loans, level)
    waits = arrives(line)
    assert asked().get(waits.pk) == first


def test_a_skill_that_the_line_no_longer_asks_for_matters_no_more(
    line: Queue, anna: Operator, loans: Skill
) -> None:
    need = needs(line, loans)
    waits = arrives(line)
    assert asked() == {}
    need.delete()
    assert asked() == {waits.pk: "Анна"}


def test_an_operator_who_learns_it_is_asked(line: Queue, anna: Operator, loans: Skill) -> None:
    needs(line, loans, 3)
    knows(anna, loans, 2)
    waits = arrives(line)
    assert asked() == {}
    knows(anna, loans, 3)
    assert asked() == {waits.pk: "Анна"}


@pytest.mark.parametrize(("relax", "at"), [(60, 120), (30, 60)])
def test_what_must_be_known_falls_by_a_level_each_so_many_seconds(
    line: Queue, anna: Operator, loans: Skill, relax: int, at: int
) -> None:
    knows(anna, loans, 1)
    needs(line, loans, 3, relax=relax)
    waits = arrives(line)
    assert asked(at=after(at - 1)) == {}
    assert asked(at=after(at)) == {waits.pk: "Анна"}


def test_what_never_relaxes_waits_for_ever(line: Queue, anna: Operator, loans: Skill) -> None:
    needs(line, loans, 3)
    arrives(line)
    assert asked(at=NOW + timedelta(hours=20)) == {}


def test_a_skill_that_was_deleted_is_asked_of_nobody(line: Queue, anna: Operator, loans: Skill) -> None:
    needs(line, loans, 3)
    waits = arrives(line)
    QueueEntry.objects.filter(conversation=waits).update(needs=[[loans.pk, 3, 0]])
    assert asked() == {}
    loans.delete()
    assert asked() == {waits.pk: "Анна"}


@pytest.mark.parametrize(("what", "follows"), [("skills", True), ("weights", True), ("templates", False)])
def test_a_changed_skill_or_weight_is_published_and_dispatched(
    monkeypatch: pytest.MonkeyPatch, what: str, follows: bool
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(publish_rules, "delay", lambda: sent.append("publish"))
    publish_work(TextsChanged(what=what))
    assert sent == ["publish"] * follows


def test_publishing_by_itself_gives_what_fits_now(line: Queue, anna: Operator) -> None:
    change(line, offering="pull")
    publishing.publish(actor=SYSTEM, now=NOW)
    waits = arrives(line)
    change(line, offering="automatic")
    publish_rules()
    assert whom() == {waits.pk: "Анна"}


# --- who is there -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["offline", "break"])
def test_who_is_away_is_not_asked(line: Queue, anna: Operator, state: str) -> None:
    worker("Борис", line)
    Presence.objects.filter(operator=anna).update(state=state)
    waits = arrives(line)
    assert asked() == {waits.pk: "Борис"}


def test_who_works_here_no_more_is_not_asked(line: Queue, anna: Operator) -> None:
    worker("Борис", line)
    change(anna, is_active=False)
    waits = arrives(line)
    assert asked() == {waits.pk: "Борис"}


def test_who_has_left_the_line_or_refused_it_is_not_named_as_the_one_it_waits_for(
    line: Queue, anna: Operator
) -> None:
    change(line, prefers_last_seconds=600)
    waits = arrives(line)
    QueueEntry.objects.filter(conversation=waits).update(
        kept_for=anna.pk, kept_reason="last_operator", kept_until=after(600)
    )
    assert selectors.turns([waits.pk])[waits.pk].kept_for_name == "Анна"
    asked()
    offers.decline(anna.pk, waits.pk, reason_id=None, now=after(1))
    assert selectors.turns([waits.pk])[waits.pk].kept_for is None
    Assignment.objects.all().delete()
    QueueMembership.objects.filter(operator=anna).delete()
    turn = selectors.turns([waits.pk])[waits.pk]
    assert (turn.kept_for, turn.kept_for_name, turn.kept_reason, turn.kept_until) == (None, "", "", None)
    QueueEntry.objects.filter(conversation=waits).update(kept_reason="manager")
    assert selectors.turns([waits.pk])[waits.pk].kept_for_name == "Анна"  # a manager need not serve the line
