"""A1: every address of REST, found by walking, hides what is not the token's; a new one must join in here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings

from apps.conversations.models import Attachment, Conversation, Delivery, Message, Rating
from apps.core.models import Event, StoredFile
from apps.operators.models import ReplyTemplate
from apps.routing.models import Lead
from tests.api import Integration
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db
SCHEMA = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text())
PREFIX = "/api/v1/"
WRITES = {"post", "put", "patch", "delete"}


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in SCHEMA["paths"].items():
        for method, found in methods.items():
            yield method, path, found


NESTED = [pytest.param(*each, id=f"{each[0]} {each[1]}") for each in operations() if "{" in each[1]]
LISTS = [path for method, path, _found in operations() if method == "get" and "{" not in path]


@pytest.fixture
def foreign() -> dict[str, Any]:
    """One of everything, all of a line the token does not know; by the names of path parameters."""
    line = organisation.line("Foreign")
    oleg = people.operator("Foreign Oleg", lines=(line,))
    conversation = dialogues.conversation("Foreign words", line=line, holder=oleg)
    message = conversation.messages.order_by("seq").first()
    assert message is not None
    file = StoredFile.objects.create(
        name="foreign.pdf",
        content_type="application/pdf",
        kind="document",
        size=1,
        sha256="0" * 64,
        path="x",
        state="clean",
        uploaded_by="visitor:1",
        created_at=people.NOW,
    )
    Attachment.objects.create(message=message, file=file)
    Rating.objects.create(conversation=conversation, score=1, comment="Foreign mark", at=people.NOW)
    moments = {"due_at": people.NOW, "created_at": people.NOW, "changed_at": people.NOW}
    delivery = Delivery.objects.create(
        message=message,
        place=message.pk,
        conversation=conversation,
        identity_id=conversation.identity_id,
        **moments,
    )
    lead = Lead.objects.create(
        queue=line,
        channel_id=conversation.channel_id,
        customer_id=conversation.customer_id,
        name="Foreign",
        phone="+7 900 000-00-00",
        phone_key="79000000000",
        created_at=people.NOW,
        changed_at=people.NOW,
    )
    template = ReplyTemplate.objects.create(shortcut="foreign", title="Foreign", text="…", queue=line)
    return {
        "conversation_id": conversation.pk,
        "message_id": message.pk,
        "customer_id": conversation.customer_id,
        "identity_id": conversation.identity_id,
        "delivery_id": delivery.pk,
        "file_id": file.pk,
        "queue_id": line.pk,
        "operator_id": oleg.pk,
        "template_id": template.pk,
        "lead_id": lead.pk,
    }


def example_of(found: Any) -> Any:
    """The request's example in the schema."""
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    return next((each["value"] for each in content.get("examples", {}).values()), {})


def state() -> list[Any]:
    """What a write could have touched."""
    return [
        list(Conversation.objects.order_by("pk").values()),
        list(Lead.objects.order_by("pk").values()),
        Message.objects.count(),
        Event.objects.count(),
    ]


@pytest.mark.parametrize(("method", "path", "found"), NESTED)
def test_foreign_answers_as_what_does_not_exist_and_nothing_changes(
    foreign: dict[str, Any], method: str, path: str, found: Any
) -> None:
    crm = Integration(lines=[organisation.line("Mine")])
    missing = {name: uuid.uuid4() if name == "file_id" else 10**9 + 1 for name in foreign}
    before = state()
    answers = []
    for values in (foreign, missing):
        address = path.removeprefix(PREFIX).format(**values)
        if method in WRITES:
            answers.append(crm.send(method.upper(), address, example_of(found)))
        else:
            answers.append(crm.get(address))
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert state() == before


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_no_foreign_row(foreign: dict[str, Any], path: str) -> None:
    crm = Integration(lines=[organisation.line("Mine")])
    query = {"search": "Foreign"} if path.endswith("/messages/") else {}
    answer = crm.get(path.removeprefix(PREFIX), **query)
    assert answer.status_code == 200
    assert "oreign" not in answer.content.decode()
    found = answer.json()
    if path.endswith("/watchdog/"):
        # Figures, and no rows: none of what stands in foreign lines is counted.
        assert (found["open"], found["by_code"]) == (0, {})
        return
    shown = found if isinstance(found, list) else found["items"]
    ids = {each.get("id") for each in shown}
    if not path.endswith(("/tags/", "/break-reasons/", "/queues/")):
        assert ids == set()
