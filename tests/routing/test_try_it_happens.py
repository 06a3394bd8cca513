"""Try it and a real message: what the page foretells is what then happens to a conversation stored at that moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import transaction

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.services import inbound
from apps.operators.models import (
    Calendar,
    LineSkill,
    Operator,
    Overflow,
    Presence,
    Queue,
    QueueMembership,
    Skill,
    SkillLevel,
)
from apps.routing.models import Assignment, ChannelLine, Clock, Decision, Department, QueueEntry, Stage
from apps.routing.ruling.facts import Facts, open_calendars
from apps.routing.services import (
    clocks,
    contacts,
    dispatch,
    doors,
    escalating,
    greeting,
    overflow,
    placement,
    trying,
)
from apps.routing.services.order import WITHIN_A_LINE
from apps.routing.services.trying import Spot
from tests.factories import bots, dialogues, organisation, people
from tests.factories import rules as given
from tests.factories.people import NOW
from tests.factories.promises import escalation, policy, promise, weekdays

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled_at_once")]

_numbers = count(1)
HOUSES = 8


@dataclass(frozen=True, slots=True)
class Fate:
    """A conversation, foretold or seen: how it came to its line, and how it stands once rules have acted at once."""

    line: int
    why: str
    state: str
    place: int
    clocks: tuple[tuple[str, datetime | None], ...]
    moved_to: int
    moved_state: str
    moved_place: int
    moved_clocks: tuple[tuple[str, datetime | None], ...]
    operator: int | None


def foretold(channel: Channel, text: str = "Здравствуйте", **facts: Any) -> Fate:
    trial = tried(channel, text, **facts)
    last = trial.moved or trial.spot
    return Fate(
        line=trial.choice.queue.pk,
        why=trial.choice.why,
        state=trial.spot.state,
        place=trial.spot.place,
        clocks=tuple(sorted((each.kind, each.due_at) for each in trial.clocks)),
        moved_to=last.line,
        moved_state=last.state,
        moved_place=last.place,
        moved_clocks=tuple(sorted((each.kind, each.due_at) for each in trial.moved_clocks)),
        operator=_asked(last),
    )


def tried(channel: Channel, text: str = "Здравствуйте", **facts: Any) -> trying.Trial:
    usual = {"language": "ru", "verification": "anonymous", "open_calendars": open_calendars(NOW)}
    known = Facts(**{"now": NOW, "channel": channel.pk, "channel_kind": channel.kind, **usual, **facts})
    return trying.try_it(known, text=text, draft=False, now=NOW)


def _asked(spot: Spot) -> int | None:
    return next(iter(spot.candidates), None) if spot.terms.offers and spot.place else None


def seen(channel: Channel, text: str = "Здравствуйте", *, topic: int | None = None) -> Fate:
    """The same of a message that is stored, placed, swept and dispatched."""
    by = dialogues.identity(channel, now=NOW)
    stored = inbound.receive(
        by,
        text=text,
        client_id=f"tried-{next(_numbers)}",
        now=NOW,
        requested_line=topic,
        begun=greeted_in(by, topic) if doors.has_chat(channel) else None,
    )
    number = stored.conversation_id
    placement.route(number, now=NOW)
    clocks.keep(number, now=NOW)
    came, place = Conversation.objects.get(pk=number), place_of(number)
    decision = Decision.objects.get(conversation=number, kind=Decision.Kind.PLACEMENT)
    began = clocks_of(number)
    rules_act()
    moved, moved_place = Conversation.objects.get(pk=number), place_of(number)
    dispatch.dispatch(now=NOW)
    given_to = Assignment.objects.filter(conversation=number).values_list("operator", flat=True)
    return Fate(
        line=came.line_id,
        why=decision.reason,
        state=came.state,
        place=place,
        clocks=began,
        moved_to=moved.line_id,
        moved_state=moved.state,
        moved_place=moved_place,
        moved_clocks=clocks_of(number),
        operator=given_to.first(),
    )


def greeted_in(by: Identity, topic: int | None) -> Callable[[Message], None]:
    """The chat has said what it promises, and is told of the first message."""
    lines = [each.pk for each in doors.lines_of(by.channel)]
    said = greeting.greet(by.channel, lines, by.customer, language="ru", now=NOW)
    return partial(said.begun, department=topic)


def clocks_of(number: int) -> tuple[tuple[str, datetime | None], ...]:
    running = Clock.objects.filter(conversation=number, ended_at__isnull=True)
    return tuple(sorted(running.values_list("kind", "due_at")))


def rules_act() -> None:
    """What sweeps do at once, until they have nothing more to do."""
    escalating.listen(now=NOW)
    while escalating.escalate(now=NOW) or overflow.overflow(now=NOW):
        pass
    for number in Conversation.objects.open().values_list("pk", flat=True):
        clocks.keep(number, now=NOW)


def place_of(number: int) -> int:
    """In the order of service of its line; 0 while it waits in none."""
    mine = QueueEntry.objects.filter(conversation=number, stage=Stage.WAITING).first()
    if mine is None:
        return 0
    waiting = QueueEntry.objects.filter(queue=mine.queue_id, stage=Stage.WAITING).order_by(*WITHIN_A_LINE)
    return [*waiting.values_list("pk", flat=True)].index(mine.pk) + 1


def happens(channel: Channel, text: str = "Здравствуйте", **facts: Any) -> Fate:
    """What was foretold, once the same was seen."""
    told = foretold(channel, text, **facts)
    assert told == seen(channel, text, topic=facts.get("topic"))
    return told


def closed() -> Calendar:
    """At NOW, Friday noon in Moscow, it opens in two hours."""
    return weekdays("14:00", "18:00")


def closing() -> Calendar:
    """At NOW it closes in ten minutes."""
    return weekdays("09:00", "12:10")


@pytest.fixture
def line() -> Queue:
    found = organisation.common_line()
    people.operator("Анна", lines=(found,))
    policy(first_seconds=60, business_hours=True)
    promise(queue=found)
    return found


def settle(line: Queue, **values: Any) -> None:
    Queue.objects.filter(pk=line.pk).update(offering="automatic", accept_seconds=30, **values)
    given.publish()


@pytest.mark.parametrize(
    ("hours", "values", "state"),
    [
        (None, {}, "queued"),
        (closed, {"out_of_hours": "apart"}, "offline"),
        (closed, {"out_of_hours": "waits"}, "queued"),
        (closed, {"out_of_hours": "form"}, "offline"),
        (closing, {"last_minutes": 30, "last_minutes_closed": True}, "offline"),
        (closing, {"last_minutes": 30, "last_minutes_closed": False}, "queued"),
        (closing, {"last_minutes": 30, "last_minutes_closed": True, "out_of_hours": "waits"}, "queued"),
        (closing, {"last_minutes": 5, "last_minutes_closed": True}, "queued"),
    ],
)
def test_a_line_takes_it_as_its_hours_say(
    line: Queue, hours: Any, values: dict[str, Any], state: str
) -> None:
    channel = organisation.channel(kind="email")
    dialogues.conversation(by=dialogues.identity(channel), line=line)
    rules_act()
    settle(line, calendar=hours() if hours else None, **values)
    told = happens(channel)
    assert (told.state, bool(told.place), told.operator is not None) == (state, *[state == "queued"] * 2)
    assert {kind for kind, _due in told.clocks} == {"first"}


def test_of_what_stands_apart_the_opening_is_told_and_what_rules_do_then(line: Queue) -> None:
    settle(line, calendar=closed())
    second, opens_at = organisation.line("second"), NOW + timedelta(hours=2)
    escalation(name="late", when="unanswered", seconds=600, act="line", to_queue=second)
    trial = tried(channel := organisation.channel())
    assert (trial.spot.place, trial.spot.candidates, trial.moved) == (0, (), None)
    assert (trial.opens_at, [each.after for each in trial.steps]) == (opens_at, [7200])
    number = dialogues.conversation(by=dialogues.identity(channel)).pk
    escalating.escalate(now=opens_at - timedelta(seconds=1))
    assert Conversation.objects.get(pk=number).line == line
    placement.open_line(line.pk, now=opens_at)
    escalating.escalate(now=opens_at)
    assert Conversation.objects.get(pk=number).line == second


@pytest.mark.parametrize("hours", [closed, closing])
def test_where_the_chat_shows_a_form_no_conversation_is_foretold(line: Queue, hours: Any) -> None:
    settle(line, calendar=hours(), out_of_hours="form", last_minutes=30, last_minutes_closed=True)
    trial = tried(channel := organisation.channel())
    assert (trial.form, list(trial.clocks), list(trial.steps)) == (True, [], [])
    assert not tried(organisation.channel(kind="email")).form
    asked = contacts.request(
        wanted="answer",
        name="Иван",
        phone="",
        email="i@bank.example",
        question="?",
        preferred="",
        client_id="a1",
    )
    lead = contacts.leave(dialogues.identity(channel), asked, conversation_id=None, department=None, now=NOW)
    assert lead.queue == line
    Queue.objects.update(calendar=None)
    assert not tried(channel).form


def test_the_form_is_that_of_the_department_that_was_chosen(line: Queue) -> None:
    channel, other = organisation.channel(), organisation.line(calendar=closed(), out_of_hours="form")
    for each in (line, other):
        Department.objects.create(channel=channel, queue=each)
    given.publish()
    assert [tried(channel, topic=topic).form for topic in (None, line.pk, other.pk)] == [False, False, True]


def test_a_department_chosen_and_the_channels_own_line_are_told(line: Queue) -> None:
    channel, chosen, own = organisation.channel(), organisation.line("cards"), organisation.line("own")
    Department.objects.create(channel=channel, queue=chosen)
    ChannelLine.objects.create(channel=channel, queue=own)
    given.publish()
    assert (happens(channel, topic=chosen.pk).line, happens(channel).line) == (chosen.pk, own.pk)
    assert happens(channel, topic=line.pk).why == "channel"


def test_a_line_with_a_bot_gives_it_to_people(line: Queue) -> None:
    bot, channel = bots.bot(lines=(line,)), organisation.channel()
    settle(line)
    assert happens(channel).operator not in (None, bot.account_id)


@pytest.mark.parametrize(
    ("by", "limit", "gone"),
    [
        ("no_staff", 60, timedelta(minutes=2)),
        ("no_staff", 60, timedelta(seconds=30)),
        ("no_staff", 60, None),
        ("length", 1, None),
        ("length", 2, None),
        ("wait", 60, None),
    ],
)
def test_an_overflow_is_foretold_as_it_happens(
    line: Queue, by: str, limit: int, gone: timedelta | None
) -> None:
    reserve = organisation.line("reserve", offering="automatic")
    boris = people.operator("Борис", lines=(reserve,))
    Queue.objects.filter(pk=line.pk).update(offering="pull", accept_seconds=0)
    dialogues.conversation(by=dialogues.identity(), line=line)
    Overflow.objects.create(queue=line, by=by, limit=limit, reserve=reserve)
    if gone is not None:
        Presence.objects.exclude(operator=boris).update(state="offline", since=NOW - gone)
    given.publish()
    rules_act()
    goes = (by, limit) == ("length", 1) or gone == timedelta(minutes=2)
    told = happens(organisation.channel())
    assert (told.moved_to, told.operator) == ((reserve.pk, boris.pk) if goes else (line.pk, None))


def test_an_overflow_after_a_time_is_told_with_it_and_a_closed_reserve_with_its_obstacle(line: Queue) -> None:
    reserve = organisation.line("reserve", calendar=closed())
    last = organisation.line("last")
    Overflow.objects.create(queue=line, by="wait", limit=90, reserve=reserve)
    Overflow.objects.create(queue=line, by="wait", limit=120, reserve=last)
    given.publish()
    steps = tried(channel := organisation.channel()).steps
    assert [(each.after, each.refusal, each.case.line) for each in steps] == [
        (90, "closed", line.pk),
        (120, "", last.pk),
    ]
    number = dialogues.conversation(by=dialogues.identity(channel)).pk
    for after, where in ((119, line), (120, last)):
        overflow.overflow(now=NOW + timedelta(seconds=after))
        assert Conversation.objects.get(pk=number).line == where


def test_of_another_hour_nothing_is_foretold_that_hangs_on_who_is_here_now(line: Queue) -> None:
    reserve = organisation.line("reserve")
    Overflow.objects.create(queue=line, by="no_staff", limit=60, reserve=reserve)
    Presence.objects.update(state="offline", since=NOW - timedelta(hours=1))
    given.publish()
    channel = organisation.channel()
    assert len(tried(channel).steps) == 1
    assert len(tried(channel, now=NOW + timedelta(hours=3)).steps) == 0


def test_small_houses_of_chance_do_what_is_foretold() -> None:
    chance = Random(20)
    organisation.common_line()
    staff = [people.operator(f"О{number}") for number in range(3)]
    fates = []
    for _house in range(HOUSES):
        with transaction.atomic():
            fates.append(_of_chance(chance, staff))
            transaction.set_rollback(True)
    assert (
        len({(each.why, each.state, each.line == each.moved_to, each.operator is None) for each in fates})
        >= 4
    )


def _of_chance(chance: Random, staff: Sequence[Operator]) -> Fate:
    lines = [Queue.objects.get(is_default=True), *(organisation.line() for _each in range(2))]
    skill = Skill.objects.create(name="Русский", language="ru")
    channel = organisation.channel(kind=chance.choice(["email", "telegram"]))
    for each in lines:
        _furnish(each, lines, skill, channel, chance)
    for operator in staff:
        for line in chance.sample(lines, chance.randint(1, 2)):
            QueueMembership.objects.create(queue=line, operator=operator)
        Operator.objects.filter(pk=operator.pk).update(capacity=chance.randint(1, 2))
        state = chance.choice(["online", "online", "break", "offline"])
        Presence.objects.filter(operator=operator).update(state=state)
        if chance.random() < 0.7:
            SkillLevel.objects.create(operator=operator, skill=skill, level=chance.randint(1, 5))
    _write_rules(lines, channel, chance)
    given.publish()
    for _each in range(chance.randint(0, 3)):
        dialogues.conversation(by=dialogues.identity(channel), now=NOW - timedelta(minutes=5))
    rules_act()
    dispatch.dispatch(now=NOW)
    topic = chance.choice([None, *(each.pk for each in lines)])
    return happens(channel, chance.choice(["Жалоба", "Здравствуйте"]), topic=topic)


def _furnish(line: Queue, lines: Sequence[Queue], skill: Skill, channel: Channel, chance: Random) -> None:
    calendar = chance.choice([None, None, closed, closing])
    offering = chance.choice(["automatic", "both", "pull"])
    Queue.objects.filter(pk=line.pk).update(
        calendar=calendar() if calendar else None,
        out_of_hours=chance.choice(["apart", "waits", "form"]),
        last_minutes=chance.choice([0, 30]),
        last_minutes_closed=chance.random() < 0.5,
        offering=offering,
        accept_seconds=0 if offering == "pull" else 30,
        policy=chance.choice(["least_busy", "longest_idle", "best_skill"]),
    )
    others = [each for each in lines if each != line]
    if chance.random() < 0.5:
        by = chance.choice(["wait", "length", "no_staff"])
        Overflow.objects.create(
            queue=line, by=by, limit=chance.choice([1, 60]), reserve=chance.choice(others)
        )
    if chance.random() < 0.3:
        LineSkill.objects.create(queue=line, skill=skill, level=chance.randint(1, 5))
    if chance.random() < 0.5:
        Department.objects.create(channel=channel, queue=line)
    if chance.random() < 0.5:
        policy(queue=line, first_seconds=chance.choice([30, 300]), business_hours=chance.random() < 0.5)


def _write_rules(lines: Sequence[Queue], channel: Channel, chance: Random) -> None:
    for line in lines[1:]:
        if chance.random() < 0.5:
            given.rule(line, {"kind": "channel", "values": [channel.pk]}, beats_choice=chance.random() < 0.3)
    if chance.random() < 0.4:
        source, target = chance.sample(lines, 2)
        escalation(when="words", words=["жалоба"], queue=source, act="line", to_queue=target)
    if chance.random() < 0.4:
        escalation(when="unverified", act="raise", rank=5, queue=chance.choice([None, *lines]))
