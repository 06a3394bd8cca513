"""Marks only move forward; a card number in pieces is hidden in all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.conversations.models import Conversation, Message, MessageVersion
from apps.conversations.services import changes, inbound, marks, outbound, words
from apps.core.models import Event
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


def said(conversation: Conversation, text: str, *, seconds: float = 0) -> Message:
    number = Message.objects.count()
    stored = inbound.receive(
        conversation.identity,
        text=words.prepare(text),
        client_id=f"said-{number:06}",
        now=NOW + timedelta(seconds=seconds),
    )
    return Message.objects.get(pk=stored.message_id)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=8))
def test_marks_only_move_forward_and_never_past_the_last_message(steps: list[tuple[int, bool]]) -> None:
    conversation = dialogues.conversation()
    for number in range(4):
        said(conversation, f"слово {number}")
    reached = (0, 0)
    rev = Conversation.objects.get(pk=conversation.pk).rev
    for seq, read in steps:
        moved = marks.customer_received(conversation.identity, conversation.pk, seq=seq, read=read, now=NOW)
        row = Conversation.objects.get(pk=conversation.pk)
        now = (row.customer_delivered_seq, row.customer_read_seq)
        assert now == (max(reached[0], min(seq, row.seq)), max(reached[1], min(seq, row.seq) if read else 0))
        assert moved == (now != reached)
        assert row.rev == rev + moved
        reached, rev = now, row.rev


def test_a_mark_that_does_not_move_writes_no_event() -> None:
    conversation = dialogues.conversation()
    for _repeat in range(3):
        marks.customer_received(conversation.identity, conversation.pk, seq=1, read=True, now=NOW)
    assert Event.objects.filter(kind="conversation.read").count() == 1


def test_a_colleague_looking_on_reads_nothing_for_the_holder() -> None:
    line = organisation.common_line()
    anna, boris = (people.operator(name, lines=(line,)) for name in ("Анна", "Борис"))
    conversation = dialogues.conversation(holder=anna)
    assert not marks.staff_read(people.sight(boris), conversation.pk, seq=5, now=NOW)
    assert Conversation.objects.get(pk=conversation.pk).unread == 1
    assert marks.staff_read(people.sight(anna), conversation.pk, seq=5, now=NOW)
    assert Conversation.objects.get(pk=conversation.pk).unread == 0


@pytest.mark.parametrize(
    "parts",
    [
        ["4111 1111", "1111 1111"],
        ["4111", "1111", "1111", "1111"],
        ["моя карта 41111111", "11111111 вот"],
        ["5555-5555", "5555-4444"],
    ],
)
def test_a_card_in_pieces_is_hidden_in_all_of_them_with_an_event_and_no_words_kept(parts: list[str]) -> None:
    conversation = dialogues.conversation()
    messages = [said(conversation, part, seconds=place * 10) for place, part in enumerate(parts)]
    texts = [Message.objects.get(pk=each.pk).text for each in messages]
    digits = "".join(character for text in texts for character in text if character.isdigit())
    assert len(digits) <= 4, texts
    redacted = MessageVersion.objects.filter(change="redact")
    assert redacted.count() == len(parts) - 1
    assert set(redacted.values_list("text", flat=True)) == {""}
    changed = Event.objects.filter(kind="message.changed")
    assert changed.count() >= len(parts) - 1
    row = Conversation.objects.get(pk=conversation.pk)
    assert row.last_text == texts[-1]
    revs = list(Message.objects.filter(conversation=row).values_list("rev", flat=True))
    assert len(set(revs)) == len(revs)
    assert max(revs) == row.rev


def test_pieces_further_apart_than_a_minute_are_numbers_like_others() -> None:
    conversation = dialogues.conversation()
    first = said(conversation, "4111 1111")
    said(conversation, "1111 1111", seconds=61)
    assert Message.objects.get(pk=first.pk).text == "4111 1111"


def test_pieces_of_two_people_are_no_card() -> None:
    line = organisation.common_line()
    anna = people.operator("Анна", lines=(line,))
    conversation = dialogues.conversation(holder=anna)
    said(conversation, "4111 1111")
    stored = outbound.answer(
        people.sight(anna),
        conversation_id=conversation.pk,
        text="1111 1111",
        client_id="staff-part-1",
        now=NOW,
    )
    assert Message.objects.get(pk=stored.message_id).text == "1111 1111"


def test_a_card_that_an_operator_repeats_in_pieces_is_hidden_too() -> None:
    anna = people.operator("Анна", lines=(organisation.common_line(),))
    conversation = dialogues.conversation(holder=anna)
    for place, part in enumerate(("4111 1111", "1111 1111")):
        outbound.answer(
            people.sight(anna),
            conversation_id=conversation.pk,
            text=part,
            client_id=f"operator-part-{place}",
            now=NOW,
        )
    texts = Message.objects.filter(author=anna.user).values_list("text", flat=True)
    assert "4111" not in " ".join(texts)


@pytest.mark.parametrize(
    ("said", "edited", "to"),
    [
        (["4111 1111", "привет"], 1, "1111 1111"),
        (["привет", "1111 1111"], 0, "4111 1111"),
        (["4111 1111", "привет", "1111"], 1, "1111"),
    ],
)
def test_a_card_completed_by_an_edit_is_hidden_in_every_piece(said: list[str], edited: int, to: str) -> None:
    conversation = dialogues.conversation("Здравствуйте")
    identity = conversation.identity
    stored = [
        inbound.receive(identity, text=text, client_id=f"piece-{number}", now=NOW)
        for number, text in enumerate(said)
    ]
    changes.change_own(identity, stored[edited].message_id, text=to, now=NOW)
    texts = [Message.objects.get(pk=each.message_id).text for each in stored]
    left = "".join(character for character in " ".join(texts) if character.isdigit())
    assert left in ("1111", ""), texts
    assert "привет" in texts or said[edited] == "привет"
