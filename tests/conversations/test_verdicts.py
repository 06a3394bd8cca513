"""A file that was judged after it was sent becomes available on open screens, with a number and a frame."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.conversations import tasks
from apps.conversations.models import Attachment, Conversation, Message
from apps.core import clock
from apps.core.files import scan, scanner
from apps.core.files.errors import ScannerDown
from apps.core.models import Event, StoredFile
from tests.factories import dialogues, organisation, people
from tests.sockets import Customer, Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nudges_work_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CLAMD, settings.UNSCANNED_FILES = "127.0.0.1:1", "refuse"
    monkeypatch.setattr(tasks.show_judged_file, "delay", tasks.show_judged_file)


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the scanner finds: a name, None for nothing, or an exception it raises."""
    said: dict[str, Any] = {"virus": None}

    def find(content: object, address: str) -> str | None:
        if isinstance(said["virus"], Exception):
            raise said["virus"]
        return said["virus"]

    monkeypatch.setattr(scanner, "find_virus", find)
    monkeypatch.setattr("apps.core.files.storing.open_stored", lambda stored: BytesIO(b"content"))
    return said


def sent(conversation: Conversation, *, staff_only: bool = False) -> StoredFile:
    """A file that waits for the scanner, in the conversation's first message."""
    message = Message.objects.filter(conversation=conversation, kind="text").earliest("seq")
    if staff_only:
        Message.objects.filter(pk=message.pk).update(staff_only=True, kind="note")
    stored = StoredFile.objects.create(
        name="договор.pdf",
        content_type="application/pdf",
        kind="document",
        size=10,
        sha256="0" * 64,
        path="2026/11/x",
        state="received",
        uploaded_by="visitor:9",
        created_at=clock.now(),
    )
    Attachment.objects.create(message=message, file=stored)
    return stored


def state_shown(frame: dict[str, Any]) -> str:
    return frame["message"]["files"][0]["state"]


@pytest.mark.parametrize(("virus", "state"), [(None, "clean"), ("Eicar", "infected")])
def test_both_sides_are_told_of_the_verdict_under_the_next_number(
    verdict: dict[str, Any], virus: str | None, state: str
) -> None:
    line, channel = organisation.common_line(), organisation.channel()
    anna = people.operator("Анна", lines=(line,))
    verdict["virus"] = virus

    async def scenario() -> None:
        async with Customer() as customer, Staff() as operator:
            await customer.hello(channel)
            number = (await customer.say("вот договор"))["conversation"]
            conversation = await sync_to_async(Conversation.objects.get)(pk=number)
            stored = await sync_to_async(sent)(conversation)
            await operator.hello(anna.user)
            await operator.ask("open", conversation=number)
            await sync_to_async(scan)(stored.pk, now=clock.now())
            for screen in (customer, operator):
                shown = await screen.wait_for(lambda f: f["type"] == "message" and f["message"]["files"])
                assert (state_shown(shown), shown["rev"]) == (state, conversation.rev + 1)
            caught = await operator.ask("catch_up", conversation=number, after_rev=conversation.rev)
            assert [each["files"][0]["state"] for each in caught["messages"]] == [state]

    async_to_sync(scenario)()


def test_a_verdict_on_a_note_reaches_the_customer_as_a_number_only(verdict: dict[str, Any]) -> None:
    channel = organisation.channel()

    async def scenario() -> None:
        async with Customer() as customer:
            await customer.hello(channel)
            number = (await customer.say("вопрос"))["conversation"]
            conversation = await sync_to_async(Conversation.objects.get)(pk=number)
            stored = await sync_to_async(sent)(conversation, staff_only=True)
            await sync_to_async(scan)(stored.pk, now=clock.now())
            told = await customer.wait_for(lambda f: f.get("rev") == conversation.rev + 1)
            assert told["type"] == "rev"

    async_to_sync(scenario)()


def test_a_file_is_announced_once_and_not_while_it_waits(verdict: dict[str, Any]) -> None:
    conversation = dialogues.conversation()
    stored = sent(conversation)
    verdict["virus"] = ScannerDown("away")
    with pytest.raises(ScannerDown):
        scan(stored.pk, now=clock.now())
    assert Conversation.objects.get().rev == conversation.rev

    verdict["virus"] = None
    for _time in range(2):
        scan(stored.pk, now=clock.now())

    assert Conversation.objects.get().rev == conversation.rev + 1
    told = Event.objects.get(kind="file.judged")
    assert told.details == {"file": str(stored.pk), "state": "clean"}


def test_a_verdict_before_the_file_was_sent_changes_no_conversation(verdict: dict[str, Any]) -> None:
    conversation = dialogues.conversation()
    stored = sent(conversation)
    Attachment.objects.all().delete()

    assert scan(stored.pk, now=clock.now()) == "clean"

    assert Conversation.objects.get().rev == conversation.rev
