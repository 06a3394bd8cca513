"""What the workspace is told when it opens: rights over a conversation, and where drafts wait."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from apps.conversations.models import Right
from apps.conversations.services import marginalia
from tests.factories import dialogues, organisation, people
from tests.sockets import Staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_opened_conversation_tells_what_may_be_done_with_it() -> None:
    line = organisation.common_line()
    anna, boris = people.operator("Анна", lines=(line,)), people.operator("Борис", lines=(line,))
    anna.user.groups.add(people.group("leads", Right.TAKE_OVER))
    conversation = dialogues.conversation(holder=boris)

    async def look(user: object) -> dict:
        async with Staff() as screen:
            await screen.hello(user)
            return await screen.ask("open", conversation=conversation.pk)

    hers, his = async_to_sync(look)(anna.user), async_to_sync(look)(boris.user)
    usual = {"see_metadata", "see_text", "see_personal", "answer", "pick"}
    assert (set(hers["rights"]), hers["may_answer"]) == (usual | {"take_over"}, False)
    assert (set(his["rights"]), his["may_answer"]) == (usual, True)
    assert (his["accepts_files"], his["can_edit"], his["text_limit"]) == (True, True, 4000)


def test_a_welcome_names_the_conversations_with_own_drafts_only() -> None:
    line = organisation.common_line()
    anna, boris = people.operator("Анна", lines=(line,)), people.operator("Борис", lines=(line,))
    first, second = dialogues.conversation(holder=anna), dialogues.conversation(holder=boris)
    for someone, conversation in ((anna, first), (boris, second)):
        marginalia.keep_draft(
            people.sight(someone), conversation.pk, text="недописано", note=False, now=people.NOW
        )

    async def drafts() -> list[int]:
        async with Staff() as screen:
            return (await screen.hello(anna.user))["drafts"]

    assert async_to_sync(drafts)() == [first.pk]
