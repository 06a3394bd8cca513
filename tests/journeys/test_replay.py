"""Recorded dialogues through real sockets in both shapes: nothing is lost, doubled or out of order.

Played are the first sixty of the STAR sample, which lies beside the project's folder and is read from there. On CI
its absence fails; elsewhere the project's own forty are played instead, and the run says so.
"""

from __future__ import annotations

import os
import re

import pytest

from tests.servers import ROOT, Installation

pytestmark = pytest.mark.journey

SAMPLE = ROOT.parent / "shared" / "data" / "star_dialogues_sample.jsonl.gz"
FROM_SAMPLE = 60
OWN = 40
CLEAN = "0 lost, 0 doubled, 0 out of order, 0 unanswered, 0 changed"


@pytest.fixture(scope="module")
def recorded(pytestconfig: pytest.Config) -> list[str]:
    """The words of the command that choose what is played."""
    if SAMPLE.exists():
        return ["--data", str(SAMPLE), "--dialogues", str(FROM_SAMPLE)]
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"CI plays the STAR sample, and {SAMPLE} is not there")
    return ["--dialogues", str(OWN)]


def test_dialogues_with_cut_sockets_are_played_to_their_ends(
    installation: Installation, recorded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    number = int(recorded[-1])
    with capsys.disabled():
        print(f" ({number} dialogues of {'the STAR sample' if '--data' in recorded else 'our own'}) ", end="")
    addresses = [word for url in installation.urls for word in ("--url", url)]
    plan = ("--concurrency", "40", "--speed", "60", "--seed", "3", "--chaos")
    # Any violation, and a chaos that never fired, end the command with 1, and `manage` raises.
    said = installation.manage("replay", *recorded, *plan, *addresses)
    assert f"Playing {number} dialogues" in said
    assert said.splitlines()[-1] == CLEAN
    cuts = re.search(r"chaos, seed 3: (\d+) cuts", said)
    assert cuts is not None
    assert int(cuts[1]) > number
