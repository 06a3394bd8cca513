"""A5, A7: no answer and no event of REST carries a secret, a hash or a bearer token."""

from __future__ import annotations

import pytest

from apps.core import clock
from apps.core.models import Event, WebhookSubscription
from tests.api import Integration
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db
PLACES = (
    "conversations/",
    "customers/",
    "identities/",
    "deliveries/",
    "ratings/",
    "assignments/",
    "queues/",
    "operators/",
    "templates/",
    "tags/",
    "break-reasons/",
    "events/",
)


def test_no_answer_and_no_event_holds_a_secret() -> None:
    line = organisation.line()
    channel = organisation.channel(webhook_secret="seeded-webhook-secret")
    anna = people.operator("Анна", lines=(line,))
    conversation = dialogues.conversation(by=dialogues.identity(channel), line=line, holder=anna)
    crm = Integration()
    WebhookSubscription.objects.create(
        name="CRM",
        url="https://crm.bank.example/",
        kinds=["message.sent"],
        token=crm.token,
        secret="seeded-signing-key",
        created_at=clock.now(),
    )
    crm.post(f"conversations/{conversation.pk}/messages/", {"text": "Hello"})
    answers = [crm.get(path) for path in (*PLACES, f"conversations/{conversation.pk}/messages/")]
    assert {each.status_code for each in answers} == {200}
    seen = " ".join(each.content.decode() for each in answers) + str(list(Event.objects.values()))
    anna.user.refresh_from_db()
    secrets = [
        "seeded-webhook-secret",
        "seeded-signing-key",
        crm.plain,
        crm.token.digest,
        anna.user.password,
        channel.public_key,
        anna.user.username,
    ]
    assert [each for each in secrets if each in seen] == []
