"""An oracle written from the words agrees with the SQL order, the order of plain values, and the policies."""

from __future__ import annotations

import copy
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.conversations.access import Area, Sight
from apps.conversations.models import Conversation, Participant, Right
from apps.operators.models import Operator, Policy, Queue
from apps.routing import selectors
from apps.routing.matching import matching
from apps.routing.matching.pool import Hand, Waiting
from apps.routing.models import QueueEntry
from apps.routing.ruling.frozen import Need, Terms, draft
from apps.routing.services import snapshot
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.routing import oracle

# Few values each, so that equals are frequent and every tie has to be broken.
seconds = st.sampled_from([0, 0, 5, 29, 30, 31, 600])
past = seconds.map(lambda each: NOW - timedelta(seconds=each))
asked_again = st.sampled_from([-60, -1, 0, 1, 60]).map(lambda each: NOW + timedelta(seconds=each))
operators = st.integers(1, 6)
KINDS = ("web", "app")
ABSENT = ("", "", "", "", "", "offline", "break", "lost", "wrap_up", "off_shift")


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for entry in range(1, draw(st.integers(1, 12)) + 1):
        line = draw(st.integers(1, 3))
        kept = draw(st.none() | operators)
        made.append(
            {
                "entry": entry,
                "line": line,
                "priority": line % 2,
                "rank": draw(st.sampled_from([0, 0, 10])),
                "due_at": draw(st.none() | past),
                "since": draw(past),
                "kind": draw(st.sampled_from(KINDS)),
                "units": draw(st.sampled_from([50, 100, 100, 300])),
                "needs": draw(
                    st.lists(
                        st.tuples(st.integers(1, 2), st.integers(1, 5), st.sampled_from([0, 15, 30])),
                        max_size=2,
                        unique_by=lambda need: need[0],
                    )
                ),
                "kept_for": kept,
                "kept_until": None
                if kept is None
                else NOW + timedelta(seconds=draw(st.sampled_from([-1, 0, 1, 60]))),
                "returns": kept is not None and draw(st.booleans()),
                "refused": draw(
                    st.dictionaries(operators, st.tuples(st.integers(1, 2), asked_again), max_size=3)
                ),
            }
        )
    return made


@st.composite
def staff(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        made.append(
            {
                "id": number,
                "lines": draw(st.frozensets(st.integers(1, 3), max_size=3)),
                "absent": draw(st.sampled_from(ABSENT)),
                "capacity": draw(st.sampled_from([100, 200, 300])),
                "holds": draw(
                    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([50, 100])), max_size=4)
                ),
                "limits": draw(st.dictionaries(st.sampled_from(KINDS), st.integers(0, 2), max_size=2)),
                "skills": draw(st.dictionaries(st.integers(1, 2), st.integers(1, 5), max_size=2)),
                "given_at": draw(st.none() | past),
                "idle_since": draw(past),
            }
        )
    return made


def as_waiting(row: dict[str, Any]) -> Waiting:
    values = {**row, "needs": tuple(Need(skill=s, level=lv, relax=r) for s, lv, r in row["needs"])}
    return Waiting(conversation=row["entry"], **values)


def as_hand(hand: dict[str, Any]) -> Hand:
    return Hand(
        id=hand["id"],
        lines=hand["lines"],
        absent=hand["absent"],
        capacity=hand["capacity"],
        load=sum(units for _kind, units in hand["holds"]),
        skills=hand["skills"],
        room_by_kind={
            kind: most - sum(held == kind for held, _units in hand["holds"])
            for kind, most in hand["limits"].items()
        },
        given_at=hand["given_at"],
        idle_since=hand["idle_since"],
    )


policies = st.sampled_from(Policy.values)


@given(rows(), staff(), st.dictionaries(st.integers(1, 3), st.tuples(st.booleans(), policies), min_size=3))
@settings(max_examples=400, deadline=None)
def test_matching_gives_what_the_oracle_gives(
    waiting: list[dict[str, Any]], hands: list[dict[str, Any]], lines: dict[int, tuple[bool, str]]
) -> None:
    terms = {
        line: Terms(offering="automatic" if offers else "pull", policy=policy)
        for line, (offers, policy) in lines.items()
    }
    made = matching.match(
        [as_waiting(row) for row in random.Random(1).sample(waiting, len(waiting))],
        [as_hand(hand) for hand in hands],
        terms,
        now=NOW,
    )
    expected = oracle.give_all(waiting, copy.deepcopy(hands), lines, NOW)
    told = [
        (
            each.waiting.entry,
            each.operator,
            list(each.others),
            {pk: why for why, found in each.excluded.items() for pk in found},
        )
        for each in made
    ]
    assert told == expected


@given(rows())
@settings(max_examples=200, deadline=None)
def test_plain_values_stand_in_the_oracles_order(waiting: list[dict[str, Any]]) -> None:
    ordered = sorted((as_waiting(row) for row in waiting), key=Waiting.order)
    assert [each.entry for each in ordered] == [row["entry"] for row in oracle.in_order(waiting)]


@pytest.fixture
def stays(db: None) -> tuple[list[Queue], list[QueueEntry], list[int]]:
    """Three lines of two priorities, twelve stays, and six operators to be waited for."""
    lines = [organisation.line(offering="automatic", live_priority=number % 2) for number in range(3)]
    staff = [people.operator(f"О{number}").pk for number in range(6)]
    return lines, [dialogues.conversation(line=lines[0]).entries.get() for _each in range(12)], staff


@given(rows())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sql_order_is_the_oracles(
    stays: tuple[list[Queue], list[QueueEntry], list[int]], waiting: list[dict[str, Any]]
) -> None:
    lines, entries, staff = stays
    numbers = {}
    QueueEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(stage="offered")
    for row, entry in zip(waiting, entries, strict=False):
        numbers[entry.pk] = row["entry"]
        row["priority"] = lines[row["line"] - 1].live_priority
        QueueEntry.objects.filter(pk=entry.pk).update(
            stage="waiting",
            queue=lines[row["line"] - 1],
            rank=row["rank"],
            due_at=row["due_at"],
            waiting_since=row["since"],
            kept_for=staff[row["kept_for"] - 1] if row["kept_for"] else None,
            kept_until=row["kept_until"],
            kept_reason="holder" if row["returns"] else "manager" if row["kept_for"] else "",
        )
    found = snapshot.waiting(draft(), [line.pk for line in lines], now=NOW, limit=100)
    assert [numbers[each.entry] for each in found] == [row["entry"] for row in oracle.served(waiting, NOW)]


@pytest.fixture
def reader(stays: tuple[list[Queue], list[QueueEntry], list[int]]) -> Operator:
    """Takes part in the first conversation, and in another one of the second one's customer."""
    anna, entries = people.operator(), stays[1]
    other = dialogues.conversation()
    Conversation.objects.filter(pk=other.pk).update(
        thread="another", customer=entries[1].conversation.customer, state="bot"
    )
    other.entries.update(stage="left", left_at=NOW, left_reason="assigned")
    for conversation in (entries[0].conversation_id, other.pk):
        Participant.objects.create(conversation_id=conversation, user=anna.user, role="observer", since=NOW)
    return anna


@given(rows())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_pages_of_what_waits_are_the_oracles(
    stays: tuple[list[Queue], list[QueueEntry], list[int]], reader: Operator, waiting: list[dict[str, Any]]
) -> None:
    """He reads one line, of another what came by one channel, of the third only whom he serves anyway."""
    lines, entries, _staff = stays
    channels = {"web": organisation.channel().pk, "app": organisation.channel().pk}
    areas = frozenset({Area(lines[0].pk, None), Area(lines[1].pk, channels["app"])})
    sight = Sight(user_id=reader.pk, areas={Right.TEXT: areas})
    stood = [entry.pk for entry in entries]
    QueueEntry.objects.filter(pk__in=stood).update(stage="left", left_at=NOW, left_reason="closed")
    Conversation.objects.filter(entries__in=stood).update(state="bot")
    expected = []
    for row, entry in zip(waiting, entries, strict=False):
        row |= {"entry": entry.pk, "priority": lines[row["line"] - 1].live_priority}
        place(row, entry, lines[row["line"] - 1], channels[row["kind"]])
        if row["line"] == 1 or (row["line"] == 2 and row["kind"] == "app") or entry in entries[:2]:
            expected.append(row)
    numbers = {entry.pk: entry.conversation_id for entry in entries}
    assert listed(sight) == [numbers[row["entry"]] for row in oracle.in_order(expected)]


def place(row: dict[str, Any], entry: QueueEntry, line: Queue, channel: int) -> None:
    """Let it stand where the row says; a small one is being offered to somebody."""
    QueueEntry.objects.filter(pk=entry.pk).update(
        stage="offered" if row["units"] == 50 else "waiting",
        left_at=None,
        left_reason="",
        queue=line,
        rank=row["rank"],
        due_at=row["due_at"],
        waiting_since=row["since"],
    )
    Conversation.objects.filter(pk=entry.conversation_id).update(state="queued", line=line, channel=channel)


def listed(sight: Sight) -> list[int]:
    """Everything that waits, read by pages of three."""
    found: list[int] = []
    after = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selectors, "PAGE", 3)
        while True:
            page, after = selectors.section(sight, "waiting", now=NOW, after=after)
            found += [row.pk for row in page]
            if after is None:
                return found
