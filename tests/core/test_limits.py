"""Limits let honest people through and hold back floods."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from redis.exceptions import ConnectionError as RedisIsAway

from apps.core import limits
from apps.core.limits import Bucket, Buckets, allow


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> BaseCache:
    cache = caches["default"]
    cache.clear()
    return cache


class TestBucket:
    def test_a_burst_passes_and_then_the_rate_holds(self, clock: Clock) -> None:
        bucket = Bucket(rate=2, burst=3, clock=clock)

        assert [bucket.take() for _ in range(4)] == [True, True, True, False]
        clock.now += 0.4
        assert not bucket.take()
        clock.now += 0.1
        assert [bucket.take(), bucket.take()] == [True, False]

    def test_a_pause_refills_no_more_than_the_burst(self, clock: Clock) -> None:
        bucket = Bucket(rate=10, burst=2, clock=clock)

        clock.now += 3600

        assert [bucket.take() for _ in range(3)] == [True, True, False]

    def test_a_large_amount_takes_nothing_when_it_is_refused(self, clock: Clock) -> None:
        bucket = Bucket(rate=1, burst=5, clock=clock)

        assert not bucket.take(6)
        assert bucket.take(5)


class TestBuckets:
    def test_each_key_has_its_own(self, clock: Clock) -> None:
        buckets = Buckets(clock)

        assert [buckets.take("a", rate=1, burst=2) for _ in range(3)] == [True, True, False]
        assert buckets.take("b", rate=1, burst=2)
        clock.now += 1
        assert [buckets.take("a", rate=1, burst=2) for _ in range(2)] == [True, False]

    def test_those_that_are_full_again_are_forgotten(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "SWEEP_AT", 3)
        buckets = Buckets(clock)
        for key in "abc":
            buckets.take(key, rate=1, burst=2)
        clock.now += 1
        assert not any([buckets.take("a", rate=1, burst=2) for _ in range(3)][2:])

        buckets.take("d", rate=1, burst=2)

        assert len(buckets) == 2
        assert not buckets.take("a", rate=1, burst=2)


class TestAllow:
    def test_the_limit_holds_for_one_key_only(self, clock: Clock) -> None:
        assert [allow("upload:visitor:1", 3, 60, clock=clock) for _ in range(4)] == [True, True, True, False]
        assert allow("upload:visitor:2", 3, 60, clock=clock)

    def test_the_turn_of_a_window_gives_no_second_helping(self, clock: Clock) -> None:
        clock.now = 1_000_019.0  # the last second of a window of 60
        assert all(allow("k", 10, 60, clock=clock) for _ in range(10))

        clock.now += 2
        assert not allow("k", 10, 60, clock=clock)

    def test_the_past_fades_in_proportion(self, clock: Clock) -> None:
        clock.now = 1_000_019.0
        assert all(allow("k", 10, 60, clock=clock) for _ in range(10))

        clock.now = 1_000_050.0  # half of the former window still counts
        assert [allow("k", 10, 60, clock=clock) for _ in range(6)] == [True] * 5 + [False]

    def test_everything_is_forgotten_after_two_windows(self, clock: Clock) -> None:
        assert [allow("k", 1, 60, clock=clock) for _ in range(2)] == [True, False]

        clock.now += 121
        assert allow("k", 1, 60, clock=clock)

    def test_threads_do_not_lose_counts(self, clock: Clock) -> None:
        with ThreadPoolExecutor(8) as threads:
            passed = sum(threads.map(lambda _: allow("k", 50, 60, clock=clock), range(200)))

        assert passed == 50

    def test_without_redis_people_are_let_through(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Away:
            def add(self, *args: object) -> None:
                raise RedisIsAway("connection refused")

        monkeypatch.setattr(limits, "cache", Away())

        assert allow("upload:visitor:1", 1, 60, clock=clock)
        assert "upload" in caplog.text
