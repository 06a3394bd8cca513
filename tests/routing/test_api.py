"""REST: transfer and close, and who holds what."""

from __future__ import annotations

import pytest

from apps.conversations.models import Conversation, Message
from apps.core.models import Event
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db


def test_conversation_goes_to_a_line_with_a_comment_and_the_token_as_actor() -> None:
    cards, loans = organisation.line(), organisation.line()
    conversation, crm = dialogues.conversation(line=cards), Integration()
    answer = crm.post(
        f"conversations/{conversation.pk}/transfer/", {"queue": loans.pk, "comment": "Asks about a loan"}
    )
    found = answer.json()
    assert answer.status_code == 200
    assert (found["state"], found["queue"], found["holder"]) == ("queued", loans.pk, None)
    note = Message.objects.get(kind="note")
    assert (note.text, note.author_id) == ("Asks about a loan", crm.user.pk)
    event = Event.objects.filter(kind="conversation.moved").order_by("pk").last()
    assert event is not None
    assert (event.actor_kind, event.actor_id) == ("integration", crm.token.pk)


def test_conversation_goes_to_an_operator_with_room_only() -> None:
    line = organisation.line()
    conversation, crm = dialogues.conversation(line=line), Integration()
    full = people.operator("Full", lines=(line,), capacity=1)
    dialogues.conversation(line=line, holder=full)
    away = people.operator("Away", lines=(line,), state="offline")
    free = people.operator("Free", lines=(line,))
    path = f"conversations/{conversation.pk}/transfer/"
    assert codes(crm.post(path, {"operator": full.pk})) == (409, "at_capacity")
    assert codes(crm.post(path, {"operator": away.pk})) == (409, "not_at_work")
    assert Conversation.objects.get(pk=conversation.pk).state == "queued"
    assert crm.post(path, {"operator": free.pk}).json()["holder"] == free.pk


@pytest.mark.parametrize("body", [{}, {"queue": 1, "operator": 1}, {"queue": "1"}, {"holder": 1}])
def test_transfer_names_exactly_one_goal(body: dict[str, object]) -> None:
    conversation = dialogues.conversation()
    assert codes(Integration().post(f"conversations/{conversation.pk}/transfer/", body)) == (400, "invalid")
    assert Conversation.objects.get(pk=conversation.pk).rev == conversation.rev


def test_closing_twice_is_a_conflict() -> None:
    conversation, crm = dialogues.conversation(), Integration()
    path = f"conversations/{conversation.pk}/close/"
    assert crm.post(path, {}).json()["state"] == "closed"
    assert Conversation.objects.get(pk=conversation.pk).closed_by == "integration"
    assert codes(crm.post(path, {})) == (409, "illegal_move")


def test_assignments_of_visible_conversations_are_listed() -> None:
    mine, other = organisation.line(), organisation.line()
    anna = people.operator("Anna", lines=(mine, other))
    ours = dialogues.conversation(line=mine, holder=anna)
    dialogues.conversation(line=other, holder=anna)
    limited = Integration(lines=[mine])
    page = limited.get("assignments/", operator=anna.pk).json()
    assert [each["conversation"] for each in page["items"]] == [ours.pk]
    assert (page["items"][0]["reason"], page["items"][0]["ended_at"]) == ("accepted", None)
    assert limited.get("assignments/", is_open="false").json()["items"] == []
