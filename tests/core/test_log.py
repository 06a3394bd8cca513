"""The log is followed in an order in which nothing is ever passed by."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from apps.core import clock, log
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import Event
from apps.operators.events import TextsChanged
from tests.log import settle


def say(number: int) -> None:
    announce(TextsChanged(catalogue=number), actor=SYSTEM, now=clock.now())


def followed(position: log.Position = log.Position()) -> list[int]:  # noqa: B008 - a position is immutable
    return [event.subject_id for event in log.read_after(position, limit=100)]


@pytest.mark.django_db(transaction=True)
class TestFollowing:
    def test_open_transaction_holds_back_what_came_after_it(self) -> None:
        wrote, may_commit = threading.Event(), threading.Event()

        def long_transaction() -> None:
            try:
                with transaction.atomic():
                    say(1)
                    wrote.set()
                    assert may_commit.wait(10)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as other:
            running = other.submit(long_transaction)
            assert wrote.wait(10)
            say(2)
            assert set(Event.objects.values_list("subject_id", flat=True)) == {2}
            assert followed() == []
            may_commit.set()
            running.result()
        settle()
        assert followed() == [1, 2]

    def test_position_continues_where_the_batch_ended(self) -> None:
        for number in range(1, 6):
            say(number)
        settle()
        first = log.read_after(log.Position(), limit=2)
        rest = followed(log.Position.of(first[-1]))
        assert [each.subject_id for each in first] == [1, 2]
        assert rest == [3, 4, 5]

    def test_events_of_one_transaction_follow_each_other_by_number(self) -> None:
        with transaction.atomic():
            for number in range(1, 4):
                say(number)
        settle()
        first = log.read_after(log.Position(), limit=2)
        assert followed(log.Position.of(first[-1])) == [3]

    def test_end_of_the_log_has_nothing_behind_it(self) -> None:
        say(1)
        settle()
        assert followed(log.end_of_log()) == []
        say(2)
        say(3)
        settle()
        assert log.end_of_log() == log.Position.of(Event.objects.get(subject_id=3))

    def test_two_followers_of_one_name_do_not_work_at_once(self) -> None:
        def attempt() -> bool:
            try:
                with transaction.atomic():
                    return log.lock_cursor("test") is not None
            finally:
                connections.close_all()

        with transaction.atomic():
            log.lock_cursor("other")
        with transaction.atomic(), ThreadPoolExecutor(1) as other:
            # The row is there before the lock: made by whoever comes first.
            cursor = log.lock_cursor("other")
            assert cursor is not None
            assert other.submit(attempt).result() is True
        with ThreadPoolExecutor(1) as other:
            assert other.submit(attempt).result() is True
        with transaction.atomic(), ThreadPoolExecutor(1) as other:
            assert log.lock_cursor("test") is not None
            assert other.submit(attempt).result() is False


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "1.2.3", "-1.2", "a.b", "1.9999999999999999999", " 1.2"]
)
def test_position_that_was_never_handed_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a position"):
        log.Position.parse(text)


def test_position_is_read_back_as_it_was_written() -> None:
    assert log.Position.parse(str(log.Position(751, 12))) == log.Position(751, 12)
