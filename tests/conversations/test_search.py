"""Search by words: one's own messages are found however many others have the same words."""

from __future__ import annotations

import pytest

from apps.conversations import selectors
from apps.conversations.models import Message
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db


def test_messages_of_other_lines_do_not_crowd_out_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "HITS", 3)
    organisation.common_line()
    ours, theirs = organisation.line("ours"), organisation.line("theirs")
    for number in range(5):
        dialogues.conversation(f"ипотека {number}", line=theirs)
    own = dialogues.conversation("ипотека моя", line=ours)
    anna = people.operator(lines=(ours,))
    found = selectors.found_by_words(people.sight(anna), "ипотека")
    assert [message.conversation_id for message in found] == [own.pk]
    assert Message.objects.filter(text__startswith="ипотека").count() == 6
