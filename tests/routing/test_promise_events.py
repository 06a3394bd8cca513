"""Promises follow events by themselves: what is wired, and what screens are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from apps.conversations.services import outbound
from apps.core import clock as core_clock
from apps.core.bus import get_bus
from apps.routing import tasks
from apps.routing.services import handling, upkeep
from tests.factories import dialogues, organisation, people
from tests.factories.people import sight
from tests.factories.promises import clock, policy

pytestmark = pytest.mark.django_db

Captured = Callable[..., Any]


def test_asking_answering_and_moving_are_followed_without_anybody_calling(
    django_capture_on_commit_callbacks: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = SimpleNamespace(delay=tasks.keep_promises)
    monkeypatch.setattr("apps.routing.subscribers.keep_promises", at_once)
    quick = organisation.line()
    policy(first_seconds=600)
    policy(first_seconds=300, queue=quick)
    anna = people.operator(lines=(organisation.common_line(), quick))
    with django_capture_on_commit_callbacks(execute=True):
        conversation = dialogues.conversation(now=core_clock.now())
    assert clock(conversation).seconds == 600
    with django_capture_on_commit_callbacks(execute=True):
        handling.transfer_to_line(sight(anna), conversation.pk, quick.pk, comment="", now=core_clock.now())
    assert clock(conversation).seconds == 300
    with django_capture_on_commit_callbacks(execute=True):
        handling.accept(sight(anna), conversation.pk, now=core_clock.now())
        outbound.answer(
            sight=sight(anna),
            conversation_id=conversation.pk,
            text="Да",
            client_id="answered-now",
            now=core_clock.now(),
        )
    assert clock(conversation).state == "kept"


def test_who_is_to_know_is_told_on_his_screen(
    django_capture_on_commit_callbacks: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = organisation.common_line()
    boss = people.operator("Босс", lines=(line,))
    policy({"act": "notify", "operator": boss}, first_seconds=1)
    posted: list[Any] = []
    monkeypatch.setattr(get_bus(), "publish", posted.extend)
    now = core_clock.now()
    conversation = dialogues.conversation(line=line, now=now - timedelta(seconds=60))
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.mend(now=now)
    told = [each for each in posted if "promise_notice" in each.text]
    assert [each.topic for each in told] == [f"user:{boss.pk}"]
    assert f'"conversation":{conversation.pk}' in told[0].text
