"""Dialogues: the project's own set, the form of a file, and how it is staged."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from apps.analytics.replay.dialogues import BadDialogue, Dialogue, Line, chosen, load, name_in, staged


def test_there_are_forty_own_dialogues_in_two_languages() -> None:
    dialogues = load()
    assert Counter(each.language for each in dialogues) == {"en": 20, "ru": 20}
    assert len({each.id for each in dialogues}) == 40


def test_every_own_dialogue_is_answered_and_its_clock_never_goes_back() -> None:
    for dialogue in load():
        moments = [turn.t for turn in dialogue.turns]
        assert moments == sorted(moments), dialogue.id
        assert {turn.who for turn in dialogue.turns} == {"customer", "operator"}, dialogue.id


def test_a_gzipped_file_with_more_fields_is_read(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl.gz"
    line = (
        '{"id": 6, "domains": [null], "turns": [{"who": "customer", "t": 0, "text": "Hi", "how": "typed"}]}\n'
    )
    file.write_bytes(gzip.compress(line.encode()))
    assert load(file) == [Dialogue(6, [Line("customer", 0, "Hi")], domains=(None,))]


def test_a_dialogue_that_nobody_begins_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('\n{"id": 1, "turns": [{"who": "operator", "t": 0, "text": "Hello"}]}\n')
    with pytest.raises(BadDialogue, match="line 2: a dialogue begins with its customer"):
        load(file)


def test_fewer_dialogues_than_asked_for_begin_again() -> None:
    first, second = load()[:2]
    assert chosen([first, second], 3) == [first, second, first]


def test_pauses_are_recorded_ones_divided_by_the_speed() -> None:
    dialogue = Dialogue(1, [Line("customer", 0, "a"), Line("operator", 30, "b"), Line("customer", 90, "c")])
    turns = staged(dialogue, "replay1-00004", speed=60)
    assert [turn.pause for turn in turns] == [0, 0.5, 1]
    assert [turn.client_id for turn in turns] == [
        "replay1-00004-000",
        "replay1-00004-001",
        "replay1-00004-002",
    ]


@pytest.mark.parametrize(
    ("client_id", "name"),
    [("replay1-00004-000", "replay1-00004"), ("c0ffee00-1234-4321", None), (None, None), ("replay1-x", None)],
)
def test_a_dialogue_is_recognised_by_a_client_id(client_id: str | None, name: str | None) -> None:
    assert name_in(client_id) == name
