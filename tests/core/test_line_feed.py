"""A line's deltas: everybody is told of his own part of the line, with numbers that have no gap."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.core.bus import Hub, LineDelta, Part, encode_delta

TOPIC = "queue:7"


class Screen:
    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def hear(self, topic: str, text: str, scope: str) -> None:
        self.heard.append(json.loads(text))

    def lost_track(self) -> None:
        raise AssertionError("nothing was lost")


def told(parts: list[Part | None], *rounds: list[tuple[int, LineDelta]]) -> list[Screen]:
    """What screens of these parts hear of rounds of numbered deltas, each flushed together."""
    screens = [Screen() for _part in parts]

    async def play() -> None:
        hub = Hub()
        for screen, part in zip(screens, parts, strict=True):
            hub.add(TOPIC, screen, part)
        for deltas in rounds:
            for number, delta in deltas:
                hub.deliver_numbered(TOPIC, number, encode_delta(delta))
            hub.feeds[TOPIC].flush()

    async_to_sync(play)()
    return screens


def row(number: int, channel: int, **change: Any) -> LineDelta:
    return LineDelta(channel=channel, rows=[{"id": number, "rev": 2, **change}])


def test_each_part_is_told_of_its_own_channels_only() -> None:
    whole, site, rest = told(
        [None, Part(frozenset({1})), Part(frozenset({1}), all_but=True)],
        [(4, row(10, 1)), (5, row(20, 2)), (6, row(30, 3))],
    )
    assert [[each["id"] for each in screen.heard[0]["rows"]] for screen in (whole, site, rest)] == [
        [10, 20, 30],
        [10],
        [20, 30],
    ]


def test_counters_of_a_part_are_those_of_its_channels() -> None:
    counts = {1: {"queued": 2}, 2: {"queued": 5, "assigned": 1}, 3: {"queued": 1}}
    whole, site, both = told(
        [None, Part(frozenset({1})), Part(frozenset({1, 3}))], [(4, LineDelta(channel=1, counts=counts))]
    )
    assert whole.heard[0]["counts"] == {"queued": 8, "assigned": 1}
    assert site.heard[0]["counts"] == {"queued": 2}
    assert both.heard[0]["counts"] == {"queued": 3}


def test_what_does_not_concern_a_part_is_not_even_mentioned_and_leaves_no_gap() -> None:
    foreign = LineDelta(channel=2, counts={1: {"queued": 2}, 2: {"queued": 9}})
    whole, site = told(
        [None, Part(frozenset({1}))],
        [(4, row(10, 1))],
        [(5, row(20, 2)), (6, foreign)],
        [(7, row(20, 2))],
        [(8, row(10, 1))],
    )
    assert [(each["first"], each["last"]) for each in whole.heard] == [(4, 4), (5, 6), (7, 7), (8, 8)]
    assert [(each["first"], each["last"]) for each in site.heard] == [(4, 4), (5, 8)]
    assert all(each["counts"] is None for each in site.heard)


def test_a_real_gap_is_shown_to_every_part() -> None:
    _whole, site = told(
        [None, Part(frozenset({1}))],
        [(4, row(10, 1))],
        [(5, row(20, 2))],
        [(9, row(20, 2))],
        [(10, row(10, 1))],
    )
    assert [(each["first"], each["last"]) for each in site.heard] == [(4, 4), (9, 10)]


@pytest.mark.parametrize(("topic", "readable"), [("queue:7", True), ("queue:7:meta", False)])
def test_a_frame_says_whether_its_rows_are_padlocks(topic: str, readable: bool) -> None:
    screen = Screen()

    async def play() -> None:
        hub = Hub()
        hub.add(topic, screen)
        hub.deliver_numbered(topic, 1, encode_delta(row(10, 1)))
        hub.feeds[topic].flush()
        assert hub.drop(topic, screen)

    async_to_sync(play)()
    assert (screen.heard[0]["line"], screen.heard[0]["readable"]) == (7, readable)
