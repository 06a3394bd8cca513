"""The replay's connection knows what it has not got."""

from __future__ import annotations

from apps.analytics.replay.client import Revs


def test_holes_close_in_any_order() -> None:
    revs = Revs()
    revs.start(7, 3)
    assert revs.note(7, 5)
    assert revs.gaps() == [7]
    assert not revs.note(7, 4)
    assert (revs.known[7], revs.gaps()) == (5, [])


def test_what_is_only_spoken_of_stays_missing_until_it_comes() -> None:
    revs = Revs()
    revs.start(7, 3)
    assert not revs.hear(7, 3)
    assert revs.hear(7, 4)
    assert revs.gaps() == [7]
    assert not revs.note(7, 4)
    assert revs.gaps() == []


def test_what_is_forgotten_has_no_hole() -> None:
    revs = Revs()
    revs.start(7, 3)
    revs.hear(7, 9)
    revs.forget(7)
    assert revs.gaps() == []
