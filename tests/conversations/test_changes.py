"""Edits and deletions, as the lists of the workspace show them."""

from __future__ import annotations

import pytest

from apps.conversations.models import Conversation, Message
from apps.conversations.services import changes, inbound, outbound
from apps.operators.models import Operator
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Operator:
    return people.operator(lines=(organisation.common_line(),))


def preview(conversation: Conversation) -> str:
    return Conversation.objects.values_list("last_text", flat=True).get(pk=conversation.pk)


def said(conversation: Conversation) -> Message:
    """The customer's first words."""
    return conversation.messages.get(seq=1)


def test_words_taken_back_leave_the_list_although_a_system_line_came_after_them(anna: Operator) -> None:
    conversation = dialogues.conversation("мой пароль 123", holder=anna)
    assert conversation.messages.order_by("seq").last().code == "joined"
    changes.change_own(conversation.identity, said(conversation).pk, text=None, now=NOW)
    assert preview(conversation) == ""


def test_an_edit_of_an_earlier_message_leaves_the_preview_of_the_last_one(anna: Operator) -> None:
    conversation = dialogues.conversation("раз", holder=anna)
    inbound.receive(conversation.identity, text="два", client_id="second-one", now=NOW)
    changes.change_own(conversation.identity, said(conversation).pk, text="один", now=NOW)
    assert preview(conversation) == "два"
    assert said(conversation).text == "один"


def test_an_edited_note_never_becomes_the_preview(anna: Operator) -> None:
    conversation = dialogues.conversation("вопрос", holder=anna)
    note = outbound.answer(
        sight(anna),
        conversation_id=conversation.pk,
        text="он сердит",
        client_id="a-note-01",
        now=NOW,
        note=True,
    )
    changes.change_as_staff(sight(anna), note.message_id, text="уже нет", now=NOW)
    assert preview(conversation) == "вопрос"


def test_a_card_hidden_by_a_note_leaves_the_preview_too(anna: Operator) -> None:
    conversation = dialogues.conversation("вопрос", holder=anna)
    for place, (text, note) in enumerate([("4111 1111", False), ("1111 1111", True)]):
        outbound.answer(
            sight(anna),
            conversation_id=conversation.pk,
            text=text,
            client_id=f"in-pieces-{place}",
            now=NOW,
            note=note,
        )
    first = conversation.messages.get(client_id="in-pieces-0")
    assert "4111" not in first.text
    assert preview(conversation) == first.text
