"""Escalation by rule and the actions of policies: each setting both ways."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.conversations.models import Conversation, Message
from apps.core.models import Event, LogCursor
from apps.operators.models import Tag
from apps.routing.models import (
    Assignment,
    Category,
    Decision,
    Escalation,
    EscalationRun,
    Notice,
    QueueEntry,
)
from apps.routing.services import clocks, escalating
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.factories.promises import answers, asks, at, escalation, policy, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled_at_once")]


def test_what_nobody_answers_goes_to_the_second_line_keeping_its_age() -> None:
    second = organisation.line()
    rule = escalation(when="unanswered", seconds=120, act="line", to_queue=second)
    conversation = dialogues.conversation()
    assert escalating.escalate(now=at(119)) == 0
    assert escalating.escalate(now=at(120)) == 1
    conversation.refresh_from_db()
    entry = QueueEntry.objects.get(conversation=conversation, left_at=None)
    assert (conversation.line, entry.reason, entry.waiting_since) == (second, "escalated", NOW)
    decision = Decision.objects.get(conversation=conversation, reason="escalated")
    assert decision.queue == second
    assert decision.details["rule"] == rule.pk
    line = Message.objects.get(conversation=conversation, code="escalated")
    assert line.staff_only
    assert Event.objects.filter(kind="conversation.escalated", subject_id=conversation.pk).count() == 1


def test_a_rule_has_its_effect_once() -> None:
    second, first = organisation.line(), organisation.common_line()
    escalation(when="unanswered", seconds=120, act="line", to_queue=second)
    back = escalation(when="unanswered", seconds=120, act="line", to_queue=first, queue=second)
    conversation = dialogues.conversation()
    for _sweep in range(3):
        escalating.escalate(now=at(500))
    conversation.refresh_from_db()
    assert conversation.line == first
    assert EscalationRun.objects.filter(conversation=conversation).count() == 2
    assert escalating.apply(back, conversation.pk, now=at(600)) is False


def test_a_rule_of_a_line_is_for_that_line_and_one_that_is_off_for_none() -> None:
    first, second = organisation.line(), organisation.line()
    escalation(when="unanswered", seconds=1, act="line", to_queue=second, queue=first)
    escalation(when="unanswered", seconds=1, act="line", to_queue=second, is_active=False)
    inside, outside = dialogues.conversation(line=first), dialogues.conversation()
    assert escalating.escalate(now=at(60)) == 1
    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.line, outside.line) == (second, organisation.common_line())


def test_an_unanswered_conversation_is_taken_from_its_holder_and_frees_his_place() -> None:
    second = organisation.line()
    escalation(when="unanswered", seconds=60, act="line", to_queue=second)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = dialogues.conversation(holder=anna)
    escalating.escalate(now=at(60))
    conversation.refresh_from_db()
    assert (conversation.state, conversation.holder) == ("queued", None)
    assert Assignment.objects.get(conversation=conversation).end_reason == "escalated"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Хочу подать жалобу на банк", True),
        ("ЖАЛОБЫ есть", True),
        ("I want to claim my money", True),
        ("Спасибо большое", False),
        ("жало осы", False),
    ],
)
def test_words_are_found_in_any_form_and_kept_as_a_number(text: str, found: bool) -> None:
    second = organisation.line()
    rule = escalation(when="words", words=["жалоба", "claims"], act="line", to_queue=second)
    conversation = dialogues.conversation(text)
    assert escalating.listen(now=at(2)) == int(found)
    assert escalating.escalate(now=at(2)) == int(found)
    conversation.refresh_from_db()
    assert (conversation.line == second) is found
    if found:
        run = EscalationRun.objects.get(rule=rule, conversation=conversation)
        assert (run.message, run.outcome) == (1, "done")
        decision = Decision.objects.get(conversation=conversation, reason="escalated")
        assert decision.details["because"] == "words"
        assert "жалоб" not in str(decision.details).lower()


def test_words_said_before_there_was_a_rule_are_passed_over_and_none_is_read_twice() -> None:
    dialogues.conversation("жалоба")
    assert escalating.listen(now=at(1)) == 0
    assert LogCursor.objects.get(name=escalating.CURSOR).event_id > 0
    escalation(when="words", words=["жалоба"], act="raise", rank=5)
    later = dialogues.conversation("ещё жалоба")
    assert escalating.listen(now=at(2)) == 1
    assert escalating.listen(now=at(3)) == 0
    assert EscalationRun.objects.get().conversation == later


def test_words_wait_until_the_conversation_stands_in_the_rules_line() -> None:
    first, second = organisation.line(), organisation.line()
    escalation(when="words", words=["жалоба"], act="line", to_queue=second, queue=first)
    conversation = dialogues.conversation("жалоба")
    escalating.listen(now=at(1))
    assert escalating.escalate(now=at(1)) == 0
    conversation.entries.update(queue=first)
    Conversation.objects.filter(pk=conversation.pk).update(line=first)
    assert escalating.escalate(now=at(2)) == 1


def test_a_category_goes_on_and_others_stay() -> None:
    second = organisation.line()
    vip = Category.objects.create(name="VIP", code="vip")
    escalation(when="category", category=vip, act="line", to_queue=second)
    important, plain = dialogues.conversation(), dialogues.conversation()
    important.entries.update(category=vip)
    assert escalating.escalate(now=at(1)) == 1
    important.refresh_from_db()
    plain.refresh_from_db()
    assert (important.line, plain.line) == (second, organisation.common_line())


@pytest.mark.parametrize(("level", "goes"), [("anonymous", 1), ("claimed", 1), ("code", 0), ("signed", 0)])
def test_who_has_to_be_verified_goes_where_that_is_done(level: str, goes: int) -> None:
    escalation(when="unverified", act="line", to_queue=organisation.line())
    by = dialogues.identity()
    by.verification = level
    by.save()
    dialogues.conversation(by=by)
    assert escalating.escalate(now=at(1)) == goes


def test_to_a_person_means_that_he_is_asked_first() -> None:
    line = organisation.common_line()
    boss = people.operator("Босс", lines=(line,))
    escalation(when="unanswered", seconds=60, act="operator", to_operator=boss, wait_seconds=90)
    conversation = dialogues.conversation()
    assert escalating.escalate(now=at(60)) == 1
    entry = QueueEntry.objects.get(conversation=conversation, left_at=None)
    assert (entry.kept_for, entry.kept_until, entry.kept_reason) == (boss.user, at(150), "addressed")


def test_nobody_is_sent_what_he_may_not_answer() -> None:
    stranger = people.operator("Чужой", lines=(organisation.line(),))
    escalation(when="unanswered", seconds=60, act="operator", to_operator=stranger)
    conversation = dialogues.conversation()
    before = list(QueueEntry.objects.values())
    assert escalating.escalate(now=at(60)) == 0
    run = EscalationRun.objects.get(conversation=conversation)
    assert (run.outcome, run.refusal) == ("refused", "no_right")
    assert list(QueueEntry.objects.values()) == before


def test_raising_lifts_it_in_its_line_and_says_why() -> None:
    escalation(when="unanswered", seconds=60, act="raise", rank=7)
    conversation = dialogues.conversation()
    escalating.escalate(now=at(60))
    entry = QueueEntry.objects.get(conversation=conversation)
    assert (entry.rank, entry.rank_reason) == (7, "raised")
    assert Event.objects.filter(kind="turn.raised", subject_id=conversation.pk).count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"when": "unanswered", "act": "raise", "rank": 1}, "seconds"),
        ({"when": "words", "act": "raise", "rank": 1}, "words"),
        ({"when": "category", "act": "raise", "rank": 1}, "category"),
        ({"when": "unverified", "act": "line"}, "to_queue"),
        ({"when": "unverified", "act": "operator"}, "to_operator"),
        ({"when": "unverified", "act": "raise"}, "rank"),
    ],
)
def test_a_half_made_rule_is_refused(values: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Escalation(name="half", **values).clean()
    assert list(refusal.value.message_dict) == [field]


# --- actions of policies ------------------------------------------------------------------------------


def begun(**values: object) -> Conversation:
    found = dialogues.conversation(**values)  # type: ignore[arg-type]
    clocks.keep(found.pk, now=NOW)
    return found


@pytest.mark.parametrize(("moment", "raised_at"), [("warning", 300), ("breach", 601)])
def test_a_policy_raises_at_its_moment_and_not_before(moment: str, raised_at: int) -> None:
    policy({"moment": moment, "act": "raise", "rank": 9}, first_seconds=600, warn_percent=50)
    conversation = begun()
    sweep(raised_at - 1)
    assert QueueEntry.objects.get(conversation=conversation).rank == 0
    sweep(raised_at)
    entry = QueueEntry.objects.get(conversation=conversation)
    assert (entry.rank, entry.rank_reason) == (9, "raised")


def test_a_breach_sends_to_another_line_once() -> None:
    second = organisation.line()
    policy({"act": "move", "queue": second}, first_seconds=600)
    conversation = begun()
    sweep(700)
    sweep(800)
    conversation.refresh_from_db()
    assert conversation.line == second
    assert Decision.objects.filter(conversation=conversation, reason="escalated").count() == 1
    entry = QueueEntry.objects.get(conversation=conversation, left_at=None)
    assert (entry.reason, entry.due_at) == ("escalated", at(600))


def test_a_breach_tags() -> None:
    late = Tag.objects.create(name="просрочено")
    policy({"act": "tag", "tag": late}, first_seconds=600)
    conversation = begun()
    sweep(700)
    assert list(conversation.tags.all()) == [late]
    assert begun().tags.count() == 0


def test_who_is_named_and_may_read_it_is_told_once() -> None:
    line = organisation.common_line()
    boss, stranger = people.operator("Босс", lines=(line,)), people.operator("Чужой")
    both = people.group("both")
    for each in (boss, stranger):
        each.user.groups.add(both)
    policy({"act": "notify", "group": both}, {"act": "notify", "operator": boss}, first_seconds=600)
    begun()
    sweep(700)
    sweep(800)
    assert list(Notice.objects.values_list("user", "moment")) == [(boss.pk, "breach")]


def test_nothing_is_hurried_any_more_once_it_is_answered() -> None:
    second = organisation.line()
    policy({"act": "move", "queue": second}, first_seconds=600)
    anna = people.operator(lines=(organisation.common_line(),))
    conversation = begun(holder=anna)
    answers(conversation, anna, after=700)
    conversation.refresh_from_db()
    assert conversation.line == organisation.common_line()
    asks(conversation, after=800)
    sweep(2000)
    conversation.refresh_from_db()
    assert conversation.line == organisation.common_line()
