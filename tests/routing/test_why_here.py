"""Why a conversation is where it is: every decision told in words, to whom it may be told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import translation

from apps.conversations.models import Conversation, Customer, Right, Scope
from apps.conversations.services import inbound
from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.errors import NotFound
from apps.operators.models import (
    Calendar,
    CalendarInterval,
    DeclineReason,
    Operator,
    Presence,
    Queue,
    Skill,
)
from apps.routing.explaining import Known, Step, condition_marks, explain, span
from apps.routing.models import Decision, Department, QueueEntry, Violation
from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.services import dispatch, escalating, handling, offers, placement, sweeps
from apps.routing.stories import story
from apps.routing.watchdog import patrol, repairs
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.factories.promises import escalation
from tests.factories.rules import publish, rule
from tests.sockets import Staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=2)
DEBT = {"kind": Kind.ATTRIBUTE, "comparison": Comparison.AT_LEAST, "name": "debt", "values": [100]}


@pytest.fixture(autouse=True)
def _in_english() -> object:
    with translation.override("en"):
        yield


@pytest.fixture
def loans() -> Queue:
    return organisation.line("Loans", priority=5, offering="automatic", accept_seconds=30)


@pytest.fixture
def anna(loans: Queue) -> Operator:
    return people.operator("Anna", lines=(loans,))


def arrive(attributes: dict[str, object] | None = None) -> Conversation:
    by = dialogues.identity()
    Customer.objects.filter(pk=by.customer_id).update(attributes=attributes or {})
    by.refresh_from_db()
    return dialogues.conversation(by=by)


def sentences(step: Step) -> list[str]:
    return [f"{each.mark or '-'}{each.level} {each.text}" for each in step.told]


def test_a_placement_tells_each_condition_with_what_was_seen(loans: Queue, anna: Operator) -> None:
    organisation.common_line()
    rule(loans, DEBT, name="Debtors")
    made = publish()
    conversation = arrive({"debt": 250})
    placed, _waits = story(people.sight(anna), conversation.pk, now=LATER)
    assert placed.title == "A rule of the line “Loans” holds"
    *told, took = sentences(placed)
    assert told == [
        f"-0 By version {made.pk} of the rules",
        "yes0 The line “Loans”, priority 5: chosen",
        "yes1 Rule “Debtors”",
        "yes2 what the bank knows of him “debt” is at least: 100 (must hold); seen: 250",
    ]
    assert re.fullmatch(r"-0 Decided in \d+ m?s", took)


def test_of_lines_that_are_not_his_an_operator_learns_how_many_and_no_name_and_no_rule(
    loans: Queue, anna: Operator
) -> None:
    organisation.common_line()
    secret = [organisation.line(name, priority=9) for name in ("Fraud", "Collectors")]
    for each in secret:
        rule(each, {"kind": Kind.LANGUAGE, "values": ["kk"]}, name=f"Rule of {each.name}")
    rule(loans, DEBT, name="Debtors")
    publish()
    conversation = arrive({"debt": 250})
    told = sentences(story(people.sight(anna), conversation.pk, now=LATER)[0])
    assert "-0 Rules of 2 other lines, not shown to you" in told
    assert "yes1 Rule “Debtors”" in told
    assert not [each for each in told if "Fraud" in each or "Collectors" in each or "Rule of" in each]
    handling.transfer_to_line(people.sight(anna), conversation.pk, secret[0].pk, comment="", now=LATER)
    boss = people.operator("Boss", lines=(loans, *secret))
    handling.transfer_to_line(people.sight(boss), conversation.pk, loans.pk, comment="", now=LATER)
    titles = [step.title for step in story(people.sight(anna), conversation.pk, now=LATER)]
    assert "Transferred by hand to the line “another line”" in titles
    seen = story(people.sight(boss), conversation.pk, now=LATER)
    assert "no1 Rule “Rule of Fraud”" in sentences(seen[0])
    assert "Transferred by hand to the line “Fraud”" in [step.title for step in seen]


def test_rules_that_the_customers_choice_went_before_are_not_told_as_failures(loans: Queue) -> None:
    organisation.common_line()
    loud = organisation.line("Theft", priority=9)
    clara = people.operator("Clara", lines=(loans, loud))
    rule(loud, {"kind": Kind.LANGUAGE, "values": ["kk"]}, name="Kazakh", beats_choice=True)
    rule(loud, {"kind": Kind.LANGUAGE, "values": ["ru"], "group": "none"}, name="Foreign")
    publish()
    by = dialogues.identity()
    Department.objects.create(channel=by.channel, queue=loans)
    said = inbound.receive(by, text="?", client_id="chose-loans", requested_line=loans.pk, now=NOW)
    placement.route(said.conversation_id, now=NOW)
    placed = story(people.sight(clara), said.conversation_id, now=LATER)[0]
    assert sentences(placed)[1:-1] == [
        "no0 The line “Theft”, priority 9",
        "no1 Rule “Kazakh”",
        "no2 customer's language: kk (must hold); seen: Russian",
        "-1 Rule “Foreign”: would not hold",
        "-2 customer's language: Russian (must not hold); seen: Russian",
    ]


def test_of_one_of_these_only_what_holds_is_marked_and_what_must_not_hold_is_fine_when_it_does_not() -> None:
    verdicts = [(Group.ANY, True), (Group.ANY, False), (Group.NONE, False), (Group.ALL, False)]
    assert condition_marks(verdicts) == ["yes", "", "yes", "no"]
    assert condition_marks([(Group.ANY, False), (Group.NONE, True)]) == ["no", "no"]


def test_who_may_not_see_personal_data_learns_neither_what_was_seen_nor_whether_it_held(loans: Queue) -> None:
    organisation.common_line()
    rule(loans, DEBT, name="Debtors")
    publish()
    conversation = arrive({"debt": 250})
    reader = people.operator("Clara", lines=(loans,), rights=(Right.TEXT,))
    placed, _waits = story(people.sight(reader), conversation.pk, now=LATER)
    told = sentences(placed)
    assert told[-2] == "-2 what the bank knows of him: personal data, not shown to you"
    assert not any("250" in each or "debt" in each for each in told)


def test_who_may_not_read_the_conversation_finds_no_story(loans: Queue, anna: Operator) -> None:
    conversation = dialogues.conversation(line=organisation.line())
    watcher = people.user("watcher")
    watcher.groups.add(people.group("watchers", Right.METADATA, scope=Scope.ALL))
    for stranger in (people.sight(anna), people.sight(watcher)):
        with pytest.raises(NotFound):
            story(stranger, conversation.pk, now=LATER)


def test_an_assignment_tells_who_could_have_taken_it_who_not_and_what_decided(
    loans: Queue, anna: Operator
) -> None:
    boris, clara, dora = (people.operator(name, lines=(loans,)) for name in ("Boris", "Clara", "Dora"))
    Presence.objects.filter(operator=clara).update(state="break")
    dialogues.conversation(line=loans, holder=boris)
    Operator.objects.filter(pk=dora.pk).update(capacity=1)
    dialogues.conversation(line=loans, holder=dora)
    conversation = dialogues.conversation(line=loans)
    dispatch.dispatch(now=LATER)
    chosen = story(people.sight(anna), conversation.pk, now=LATER)[-1]
    assert chosen.title == "The line chose Anna"
    told = sentences(chosen)
    assert "-0 The customer had waited 2 min" in told
    assert "-0 Could have taken it too: Boris" in told
    assert "no0 Not asked, on a break: Clara" in told
    assert "no0 Not asked, full: Dora" in told
    assert any(each.startswith("yes0 The least busy") for each in told)


def test_what_waits_tells_who_can_have_it_who_cannot_and_who_declined_it_for_how_long(loans: Queue) -> None:
    lone = dialogues.conversation(line=loans)
    anna = people.operator("Anna", lines=(loans,))
    reader = people.sight(anna)
    last = story(reader, lone.pk, now=LATER)[-1]
    assert (last.title, sentences(last)) == (
        "It waits in the line “Loans” now",
        ["yes0 Is offered next to one of: Anna"],
    )
    dispatch.dispatch(now=LATER)
    not_mine = DeclineReason.objects.create(name_ru="Не мой вопрос", until_written=True)
    offers.decline(anna.pk, lone.pk, reason_id=not_mine.pk, now=LATER)
    boris = people.operator("Boris", lines=(loans,))
    dispatch.dispatch(now=LATER)
    offers.expire(now=LATER + timedelta(seconds=30))
    last = story(reader, lone.pk, now=LATER + timedelta(seconds=50))[-1]
    assert sentences(last) == [
        "no0 Nobody can be asked at this moment",
        "no0 Anna has declined it, and is asked again only when the customer writes more",
        "no0 Boris has refused it, and is not asked again for 10 s",
    ]
    Presence.objects.filter(operator=boris).update(state="break")
    last = story(reader, lone.pk, now=LATER + timedelta(minutes=5))[-1]
    assert "no0 Not asked, on a break: Boris" in sentences(last)


def test_a_line_without_anybody_says_so(loans: Queue) -> None:
    lone = dialogues.conversation(line=loans)
    reader = people.user("chief")
    reader.groups.add(people.group("chiefs", Right.TEXT, scope=Scope.ALL))
    last = story(people.sight(reader), lone.pk, now=LATER)[-1]
    assert sentences(last) == ["no0 Nobody serves this line"]


def decided(conversation: Conversation) -> Decision:
    return Decision.objects.filter(conversation=conversation).latest("pk")


def test_a_record_says_how_long_he_waited_when_the_place_became_free_and_how_long_deciding_took(
    loans: Queue, anna: Operator
) -> None:
    Operator.objects.filter(pk=anna.pk).update(capacity=1)
    held = dialogues.conversation(line=loans, holder=anna)
    waiting = dialogues.conversation(line=loans)
    handling.close(people.sight(anna), held.pk, now=LATER)
    dispatch.dispatch(now=LATER + timedelta(milliseconds=250))
    record = decided(waiting).details
    assert (record["waited"], record["freed"]) == (120.2, 0.25)
    assert 0 <= record["took"] < 60_000
    told = sentences(story(people.sight(anna), waiting.pk, now=LATER)[-1])
    assert "-0 The customer had waited 2 min" in told
    assert "-0 A place had become free 250 ms before" in told
    assert f"-0 Decided in {record['took']} ms" in told or record["took"] >= 1000


def test_who_was_free_before_anybody_waited_became_free_for_nobody(loans: Queue, anna: Operator) -> None:
    waiting = dialogues.conversation(line=loans, now=LATER)
    dispatch.dispatch(now=LATER)
    assert (decided(waiting).details["freed"], decided(waiting).details["waited"]) == (None, 0.0)


def test_what_people_decide_says_how_long_the_customer_had_waited(loans: Queue, anna: Operator) -> None:
    waiting = dialogues.conversation(line=loans)
    handling.accept(people.sight(anna), waiting.pk, now=LATER)
    assert decided(waiting).details["waited"] == 120.0


def test_the_story_goes_on_with_what_people_did(anna: Operator) -> None:
    line = organisation.line("Cards", accept_seconds=30)
    boris, clara = people.operator("Boris", lines=(line,)), people.operator("Clara", lines=(line,))
    conversation = dialogues.conversation(line=line, holder=boris)
    handling.transfer_to_operator(people.sight(boris), conversation.pk, clara.pk, comment="", now=LATER)
    steps = story(people.sight(boris), conversation.pk, now=LATER)
    assert [step.title for step in steps[1:]] == ["Boris took it", "Handed to Clara"]
    assert "-0 Sent by Boris" in sentences(steps[-1])


def titles(reader: Operator, conversation: Conversation) -> list[str]:
    return [step.title for step in story(people.sight(reader), conversation.pk, now=LATER)]


def test_every_way_back_to_a_line_is_told(loans: Queue, anna: Operator) -> None:
    boris = people.operator("Boris", lines=(loans,))
    given, left, woken = (dialogues.conversation(line=loans, holder=boris) for _each in range(3))
    handling.return_to_line(people.sight(boris), given.pk, comment="", now=LATER)
    handling.snooze(people.sight(boris), woken.pk, until=LATER + timedelta(minutes=1), now=LATER)
    sweeps.send_home(boris.pk, now=LATER)
    placement.route(woken.pk, now=LATER + timedelta(minutes=1))
    waits = "It waits in the line “Loans” now"
    assert titles(anna, given)[-2:] == ["Given back to the line “Loans”", waits]
    assert titles(anna, left)[-2:] == ["Its holder was gone: back to the line “Loans”", waits]
    assert titles(anna, woken)[-2:] == ["Back from snooze to the line “Loans”", waits]
    returned = story(people.sight(anna), left.pk, now=LATER)[-2]
    assert "-0 Until then held by Boris" in sentences(returned)


def test_what_stands_apart_says_when_its_line_opens_and_then_that_it_opened() -> None:
    line = organisation.common_line()
    reader = people.sight(people.operator("Anna", lines=(line,)))
    days = Calendar.objects.create(name="Days", time_zone="UTC")
    week = CalendarInterval.objects.create(
        calendar=days, weekday=LATER.weekday(), opens="11:00", closes="23:00"
    )
    Queue.objects.filter(pk=line.pk).update(calendar=days)
    apart = arrive()
    stands = story(reader, apart.pk, now=LATER)[-1]
    assert stands.title == f"It stands apart: the line “{line.name}” is closed now"
    assert sentences(stands) == ["-0 It waits there as soon as the line opens: in 1 h 58 min"]
    week.delete()
    assert sentences(story(reader, apart.pk, now=LATER)[-1]) == [
        "-0 No opening is in sight in the line’s hours"
    ]
    week.save()
    opens = LATER.replace(hour=11, minute=0)
    assert sweeps.open_lines(now=opens) == 1
    assert [step.title for step in story(reader, apart.pk, now=opens)[-2:]] == [
        f"The line “{line.name}” opened: it waits there now",
        f"It waits in the line “{line.name}” now",
    ]


def test_what_a_rule_raised_or_sent_on_is_told_with_what_it_met(loans: Queue, anna: Operator) -> None:
    fraud = organisation.line("Fraud")
    conversation = arrive()
    escalation(when="unanswered", seconds=30, act="raise", rank=40)
    escalating.escalate(now=NOW + timedelta(seconds=31))
    rule = escalation(when="unanswered", seconds=60, act="line", to_queue=fraud)
    escalating.apply(rule, conversation.pk, now=NOW + timedelta(seconds=61))
    reader = people.operator("Reader", lines=(fraud, conversation.line), rights=(Right.TEXT,))
    raised, sent_on = story(people.sight(reader), conversation.pk, now=NOW + timedelta(seconds=62))[1:3]
    met = "yes0 Nobody had answered for as long as the rule says"
    assert (raised.title, sentences(raised)) == (
        f"A rule of escalation raised it in the line “{conversation.line.name}”",
        [met],
    )
    assert sent_on.title == "Escalated by a rule to the line “Fraud”"
    assert met in sentences(sent_on)


def test_what_the_watchdog_repaired_is_told(loans: Queue, anna: Operator) -> None:
    lost = dialogues.conversation(line=loans)
    QueueEntry.objects.filter(conversation=lost).update(left_at=NOW, left_reason="assigned", stage="left")
    patrol.patrol(now=LATER)
    assert repairs.repair(Violation.objects.get(conversation=lost).pk, actor=SYSTEM, now=LATER)
    assert "The watchdog’s finding was repaired: back to the line “Loans”" in titles(anna, lost)


def test_an_offer_that_was_not_taken_says_how_it_ended(loans: Queue, anna: Operator) -> None:
    waiting = dialogues.conversation(line=loans)
    dispatch.dispatch(now=NOW)
    offers.decline(anna.pk, waiting.pk, reason_id=None, now=NOW + timedelta(seconds=5))
    *_before, asked, _waits = story(people.sight(anna), waiting.pk, now=LATER)
    assert asked.title == "The line chose Anna"
    assert sentences(asked)[-1] == "no0 He did not take it: declined"


def test_names_that_the_reader_may_not_know_stay_unsaid() -> None:
    decision = Decision(
        kind="placement",
        reason="overflow",
        queue_id=7,
        at=NOW,
        details={"by": "length", "limit": 5, "line": 8, "waited": 75.2},
    )
    told = explain(decision, Known(lines={8: "Cards"}))
    assert told.title == "Its line could not cope: on to the line “another line”"
    assert sentences(told) == [
        "-0 From the line “Cards”: more than so many wait (limit 5)",
        "-0 The customer had waited 1 min",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3900, "1 h 5 min")]
)
def test_how_long_is_said_in_the_largest_unit(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_skills_and_a_late_promise_are_told(loans: Queue) -> None:
    skill = Skill.objects.create(name="English")
    details = {
        "policy": "best_skill",
        "needs": [[skill.pk, 3]],
        "due_in": -130.0,
        "excluded": {},
        "others": [],
    }
    decision = Decision(kind="assignment", reason="policy", operator_id=1, at=NOW, details=details)
    told = sentences(explain(decision, Known(operators={1: "Anna"}, skills={skill.pk: "English"})))
    assert "-0 Skill asked for: English, level 3" in told
    assert "-0 The promise was late by 2 min" in told


def test_the_back_office_tells_the_same_sentences(loans: Queue, anna: Operator, client: Client) -> None:
    organisation.common_line()
    rule(loans, DEBT, name="Debtors")
    publish()
    conversation = arrive({"debt": 250})
    root = people.user("root", is_staff=True, is_superuser=True, language="en")
    root.groups.add(people.group("all", Right.TEXT, Right.PERSONAL, scope=Scope.ALL))
    client.force_login(root)
    decision = Decision.objects.get(conversation=conversation)
    page = client.get(f"/admin/routing/decision/{decision.pk}/change/").content.decode()
    assert "✓ Rule “Debtors”" in page
    assert "seen: 250" in page


@pytest.mark.django_db(transaction=True)
def test_the_workspace_asks_and_a_stranger_is_told_that_there_is_nothing() -> None:
    line = organisation.line("Cards")
    anna, stranger = people.operator("Anna", lines=(line,)), people.operator("Stranger")
    conversation = dialogues.conversation(line=line, holder=anna, now=clock.now())

    async def ask(user: object) -> dict:
        async with Staff() as screen:
            await screen.hello(user)
            return await screen.ask("why", conversation=conversation.pk)

    answer, refused = async_to_sync(ask)(anna.user), async_to_sync(ask)(stranger.user)
    assert [len(answer["steps"]), answer["conversation"]] == [2, conversation.pk]
    assert (refused["type"], refused["code"]) == ("error", "not_found")
