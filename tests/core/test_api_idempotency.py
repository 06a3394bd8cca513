"""One key, one change: repeats, mix-ups, crashes, and two equal requests at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections
from rest_framework.exceptions import Throttled

from apps.conversations.models import Message
from apps.conversations.services import integration
from apps.core import clock
from apps.core.api import idempotency
from apps.core.models import Event, IdempotentRequest
from tests.api import Integration, codes
from tests.factories import dialogues, organisation


def place() -> tuple[Integration, str]:
    line = organisation.line()
    conversation = dialogues.conversation(line=line)
    return Integration(), f"conversations/{conversation.pk}/messages/"


def answers() -> int:
    return Message.objects.filter(author_kind="operator").count()


@pytest.mark.django_db
class TestRepeats:
    def test_same_key_gives_the_same_answer_and_one_change(self) -> None:
        crm, path = place()
        first = crm.post(path, {"text": "Hello"}, key="key-00001")
        again = crm.post(path, b'{ "text" : "Hello" }', key="key-00001")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again["Idempotent-Replayed"] == "true"
        assert answers() == 1

    def test_same_key_with_another_body_or_address_is_422(self) -> None:
        crm, path = place()
        crm.post(path, {"text": "Hello"}, key="key-00001")
        assert codes(crm.post(path, {"text": "Bye"}, key="key-00001")) == (422, "idempotency_key_reused")
        refused = crm.post(path.replace("messages", "close"), {}, key="key-00001")
        assert codes(refused) == (422, "idempotency_key_reused")
        assert answers() == 1

    def test_keys_of_two_tokens_do_not_meet(self) -> None:
        crm, path = place()
        other = Integration()
        assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201
        assert other.post(path, {"text": "Bye"}, key="key-00001").status_code == 201
        assert answers() == 2

    @pytest.mark.parametrize("key", ["short", "x" * 81, "with space"])
    def test_write_without_a_proper_key_is_refused(self, key: str) -> None:
        crm, path = place()
        assert codes(crm.post(path, {"text": "Hello"}, key=key)) == (400, "idempotency_key_missing")
        assert answers() == 0

    def test_refusal_by_the_rules_is_repeated_as_it_was(self) -> None:
        crm, path = place()
        line = {"queue": 10**9}
        refused = crm.post(path.replace("messages", "transfer"), line, key="key-00001")
        again = crm.post(path.replace("messages", "transfer"), line, key="key-00001")
        assert codes(refused) == codes(again) == (404, "not_found")
        assert again["Content-Type"] == "application/problem+json"
        assert again["Idempotent-Replayed"] == "true"

    def test_invalid_request_frees_its_key(self) -> None:
        crm, path = place()
        assert crm.post(path, {"text": ""}, key="key-00001").status_code == 400
        assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201

    def test_a_try_that_came_too_often_frees_its_key(self) -> None:
        crm, path = place()
        with mock.patch("apps.conversations.selectors.message_view", side_effect=Throttled(60)):
            refused = crm.post(path, {"text": "Hello"}, key="key-00001")
        assert refused.status_code == 429
        again = crm.post(path, {"text": "Hello"}, key="key-00001")
        assert again.status_code == 201
        assert "Idempotent-Replayed" not in again
        assert answers() == 1

    def test_surprise_frees_its_key_and_leaves_nothing(self) -> None:
        crm, path = place()
        crm.client.raise_request_exception = False
        with mock.patch("apps.conversations.selectors.message_view", side_effect=ZeroDivisionError):
            assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 500
        assert (answers(), IdempotentRequest.objects.count()) == (0, 0)
        assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201

    def test_unfinished_request_is_409_for_a_minute_and_then_taken_over(self) -> None:
        crm, path = place()
        crm.post(path, {"text": "Hello"}, key="key-00001")
        Message.objects.filter(author_kind="operator").delete()
        row = IdempotentRequest.objects.filter(key="key-00001")
        row.update(status=None, body=None, created_at=clock.now() - timedelta(seconds=30))
        assert codes(crm.post(path, {"text": "Hello"}, key="key-00001")) == (409, "request_in_flight")
        assert answers() == 0
        row.update(created_at=clock.now() - timedelta(seconds=61))
        assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201
        assert answers() == 1

    def test_answers_of_yesterday_are_forgotten(self) -> None:
        crm, path = place()
        crm.post(path, {"text": "Hello"}, key="key-00001")
        crm.post(path, {"text": "Hello"}, key="key-00002")
        old = IdempotentRequest.objects.filter(key="key-00001")
        old.update(created_at=clock.now() - timedelta(hours=25))
        assert idempotency.forget(now=clock.now()) == 1
        assert IdempotentRequest.objects.get().key == "key-00002"


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_equal_requests_make_one_message(self) -> None:
        crm, path = place()
        together = Barrier(2)

        def ask(_number: int) -> Any:
            together.wait()
            try:
                return crm.post(path, {"text": "Hello"}, key="key-00001")
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            found = sorted(each.status_code for each in threads.map(ask, range(2)))
        assert found in ([201, 201], [201, 409])
        assert answers() == 1

    def test_repeat_while_the_first_still_works_is_409_even_after_a_minute(self) -> None:
        crm, path = place()
        seen: list[Any] = []
        write = integration.write

        def slow(*args: Any, **options: Any) -> Message:
            stored = write(*args, **options)
            IdempotentRequest.objects.none()
            with ThreadPoolExecutor(1) as other:
                seen.append(other.submit(repeat).result())
            return stored

        def repeat() -> Any:
            past_the_minute = clock.now() + timedelta(minutes=2)
            try:
                with mock.patch("apps.core.clock.now", return_value=past_the_minute):
                    return crm.post(path, {"text": "Hello"}, key="key-00001")
            finally:
                connections.close_all()

        with mock.patch.object(integration, "write", slow):
            assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201
        assert codes(seen[0]) == (409, "request_in_flight")
        assert answers() == 1

    def test_process_that_dies_in_the_work_leaves_nothing_done(self) -> None:
        crm, path = place()
        with (
            mock.patch.object(idempotency, "_keep", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            crm.post(path, {"text": "Hello"}, key="key-00001")
        assert answers() == 0
        assert not Event.objects.filter(kind="message.sent").exists()
        row = IdempotentRequest.objects.get()
        assert row.status is None
        IdempotentRequest.objects.update(created_at=clock.now() - timedelta(seconds=61))
        assert crm.post(path, {"text": "Hello"}, key="key-00001").status_code == 201
        assert answers() == 1
        assert connection.in_atomic_block is False
