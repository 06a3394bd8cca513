"""The corpus is what it says, and no text that a person may write is left out of it."""

from __future__ import annotations

from tests.security import writable
from tests.security.payloads import AT_ONCE, PAYLOADS, text


def test_there_are_forty_and_each_is_another() -> None:
    assert len(set(PAYLOADS)) == 40
    assert max(AT_ONCE) <= 40


def test_most_fit_into_the_shortest_text_and_all_into_a_long_one() -> None:
    assert sum(len(each) <= 41 for each in PAYLOADS) >= 37
    assert all(each in text(7, 4000) for each in PAYLOADS)
    assert all(text(number, 40).startswith(PAYLOADS[number][:40]) for number in range(40))


def test_every_text_of_every_table_is_written_by_people_or_said_not_to_be() -> None:
    """A new column has to be put into one of the two lists."""
    assert writable.differences() == set()
