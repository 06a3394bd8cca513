"""Recorded dialogues through real sockets in both shapes: nothing is lost, doubled or out of order."""

from __future__ import annotations

import pytest

from tests.servers import Installation

pytestmark = pytest.mark.journey

CLEAN = "0 lost, 0 doubled, 0 out of order, 0 unanswered, 0 changed"


def replay(installation: Installation, *words: str) -> str:
    addresses = [word for url in installation.urls for word in ("--url", url)]
    plan = ("--dialogues", "10", "--concurrency", "5", "--speed", "60", "--seed", "3")
    return installation.manage("replay", *plan, *addresses, *words)


def test_dialogues_are_played_to_their_ends(installation: Installation) -> None:
    assert CLEAN in replay(installation)


def test_cut_sockets_lose_nothing(installation: Installation) -> None:
    said = replay(installation, "--chaos")
    assert CLEAN in said
    assert "chaos, seed 3:" in said
