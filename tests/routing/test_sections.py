"""Sections of the workspace by pages: what a cursor may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.models import Conversation
from apps.conversations.services import inbound
from apps.routing import selectors
from apps.routing.models import QueueEntry
from apps.routing.services import handling, turns
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
MOMENT = NOW.isoformat()


@pytest.mark.parametrize(
    "after",
    [
        [],
        [0, 0, MOMENT, MOMENT],
        [None, 0, MOMENT, MOMENT, 1],
        [0, None, MOMENT, MOMENT, 1],
        [0, 0, None, None, 1],
        [0, 0, MOMENT, MOMENT, "1"],
        [{}, 0, MOMENT, MOMENT, 1],
        [0, 0, "2026-11-20T09:00:00", MOMENT, 1],
        [0, 0, 7, MOMENT, 1],
        [0, 0, MOMENT, MOMENT, 1, 1],
        [True, 0, MOMENT, MOMENT, 1],
        [0, 0, MOMENT, MOMENT, 2**63],
        [-(10**30), 0, MOMENT, MOMENT, 1],
        [0, 0, ["2026-11-20T09:00:00Z"], MOMENT, 1],
        [0, 0, MOMENT, "0001-01-01T00:00:00+14:00", 1],
        [0, 0, MOMENT, "9999-12-31T23:59:59-12:00", 1],
        [0, 0, MOMENT, "2026-11-20T09:00:00+24:00", 1],
        [0, 0, MOMENT, "\0", 1],
    ],
)
def test_a_cursor_that_was_never_handed_out_is_a_value_error(after: list[Any]) -> None:
    anna = people.operator(lines=(organisation.common_line(),))
    with pytest.raises(ValueError, match=r"."):
        selectors.section(people.sight(anna), "waiting", now=NOW, after=after)


def test_pages_follow_each_other_without_a_gap_or_a_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "PAGE", 2)
    anna = people.operator(lines=(organisation.common_line(),))
    expected = [dialogues.conversation(now=NOW).pk for _number in range(5)]
    found: list[int] = []
    after = None
    for _page in range(3):
        page, after = selectors.section(people.sight(anna), "waiting", now=NOW, after=after)
        found += [row.pk for row in page]
    assert (found, after) == (expected, None)


def standing(conversation: Conversation, **values: Any) -> Conversation:
    """Where its open stay stands."""
    QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).update(**values)
    return conversation


def test_what_waits_is_listed_in_the_order_of_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "PAGE", 1)
    low, high = organisation.line(), organisation.line(priority=5, live_priority=5)
    anna = people.operator(lines=(low, high))
    soon, later = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
    young, old, promised, sooner, important, above = [
        dialogues.conversation(line=low) for _number in range(6)
    ]
    standing(young, waiting_since=NOW + timedelta(seconds=7))
    standing(promised, due_at=later)
    standing(sooner, due_at=soon, waiting_since=later)
    standing(important, rank=10, waiting_since=later)
    expected = [dialogues.conversation(line=high), important, sooner, promised, old, above, young]
    found, after = [], None
    for _page in range(7):
        page, after = selectors.section(people.sight(anna), "waiting", now=NOW, after=after)
        found += [row.pk for row in page]
    assert found == [each.pk for each in expected]
    assert after is None


def test_what_has_just_come_and_stands_nowhere_yet_is_listed_by_its_age() -> None:
    line = organisation.common_line()
    anna = people.operator(lines=(line,))
    waiting = dialogues.conversation(now=NOW)
    inbound.receive(
        dialogues.identity(), text="Здравствуйте", client_id="client-new", now=NOW + timedelta(seconds=1)
    )
    page, _after = selectors.section(people.sight(anna), "common", now=NOW)
    assert [(row.pk == waiting.pk, row.state) for row in page] == [(True, "queued"), (False, "new")]


def test_the_section_is_in_the_order_in_which_work_is_taken() -> None:
    line = organisation.common_line()
    anna = people.operator(lines=(line,), capacity=9)
    waiting = [dialogues.conversation() for _number in range(4)]
    standing(waiting[2], rank=3)
    standing(waiting[3], due_at=NOW + timedelta(minutes=1))
    page, _after = selectors.section(people.sight(anna), "common", now=NOW)
    taken = [handling.take_next(people.sight(anna), now=NOW) for _number in waiting]
    assert [row.pk for row in page] == [each.pk for each in taken if each is not None]


def test_what_was_sent_elsewhere_a_moment_ago_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    line, foreign = organisation.common_line(), organisation.line()
    anna = people.operator(lines=(line,))
    gone, waiting = dialogues.conversation(line=foreign), dialogues.conversation()
    monkeypatch.setattr(turns, "next_for", lambda *_args, **_values: [gone.pk, waiting.pk])
    taken = handling.take_next(people.sight(anna), now=NOW)
    assert taken is not None
    assert taken.pk == waiting.pk
    gone.refresh_from_db()
    assert (gone.state, gone.holder_id) == ("queued", None)


def test_a_page_costs_the_same_for_two_rows_and_for_twenty() -> None:
    line = organisation.common_line()
    anna = people.operator(lines=(line,))
    sight = people.sight(anna)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page, _after = selectors.section(sight, "waiting", now=NOW)
            selectors.row_views(page)
        return len(queries)

    for _number in range(2):
        dialogues.conversation()
    first = cost()
    for _number in range(18):
        dialogues.conversation()
    assert (first, cost()) == (6, 6)


def test_he_is_told_from_which_lines_he_takes_work_himself() -> None:
    pulled, offered = organisation.line(), organisation.line(offering="automatic")
    organisation.line()
    anna = people.operator(lines=(pulled, offered))
    assert turns.pulled_from(people.sight(anna), now=NOW) == [pulled.pk]
