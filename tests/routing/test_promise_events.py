"""Promises follow events by themselves: what is wired, and what screens are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from apps.conversations.models import Message
from apps.conversations.services import outbound
from apps.core import clock as core_clock
from apps.core.bus import get_bus
from apps.core.models import Event
from apps.routing import tasks
from apps.routing.services import clocks, handling, upkeep
from tests.factories import dialogues, organisation, people
from tests.factories.people import sight
from tests.factories.promises import at, clock, policy

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


@pytest.mark.parametrize(
    ("act", "values", "why"),
    [("move", {"is_active": False}, "switched_off"), ("move", {}, "same_line"), ("raise", {}, "not_waiting")],
)
def test_what_a_policy_could_not_do_stands_in_the_thread_for_staff_and_in_the_log(
    act: str, values: dict[str, bool], why: str
) -> None:
    line, other = organisation.common_line(), organisation.line("Резерв", **values)
    whereto = {"queue": line if why == "same_line" else other} if act == "move" else {"rank": 5}
    acting = policy({"act": act, **whereto}, first_seconds=60)
    anna = people.operator(lines=(line,))
    conversation = dialogues.conversation(holder=anna)
    clocks.keep(conversation.pk, now=at(61))
    code = "not_sent_on" if act == "move" else "not_raised"
    told = Message.objects.get(conversation=conversation, code=code)
    assert (told.staff_only, told.params["why"], told.at) == (True, why, at(61))
    event = Event.objects.get(kind="policy.refused", subject_id=conversation.pk)
    seen = [event.details[name] for name in ("policy", "act", "line", "refusal")]
    assert seen == [acting.pk, act, whereto["queue"].pk if act == "move" else None, why]
    conversation.refresh_from_db()
    assert (conversation.holder_id, conversation.line_id) == (anna.pk, line.pk)
    clocks.keep(conversation.pk, now=at(90))
    assert Message.objects.filter(conversation=conversation, code=code).count() == 1


@pytest.mark.parametrize("action", [{"act": "move"}, {"act": "raise", "rank": 5}])
def test_what_a_policy_did_leaves_no_word_of_a_refusal(action: dict[str, Any]) -> None:
    other = organisation.line("Резерв")
    policy(action | ({"queue": other} if action["act"] == "move" else {}), first_seconds=60)
    conversation = dialogues.conversation()
    clocks.keep(conversation.pk, now=at(61))
    assert not Message.objects.filter(conversation=conversation, code__startswith="not_").exists()
    assert not Event.objects.filter(kind="policy.refused").exists()
