"""Sections of the workspace by pages: what a cursor may be."""

from __future__ import annotations

from typing import Any

import pytest

from apps.routing import selectors
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
MOMENT = NOW.isoformat()


@pytest.mark.parametrize(
    "after",
    [
        [],
        [0, MOMENT],
        [None, MOMENT, 1],
        [0, None, 1],
        [0, MOMENT, "1"],
        [{}, MOMENT, 1],
        [0, "2026-11-20T09:00:00", 1],
        [0, 7, 1],
        [0, MOMENT, 1, 1],
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
