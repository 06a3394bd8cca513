"""A line with everything a bank's customer leaves in one, each word of it marked, and people who may not see it.

Every word that must not leak begins with ``zq`` and every number that must not is 777…: a response is searched
for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models

from apps.channels.models import Channel, ChannelKey, Visitor
from apps.channels.services import visitors
from apps.conversations.models import (
    Attachment,
    Conversation,
    Customer,
    Delivery,
    Draft,
    Letter,
    Message,
    Rating,
)
from apps.conversations.services import delivery, inbound, marginalia, outbound
from apps.core.actors import SYSTEM
from apps.core.models import StoredFile
from apps.operators.models import Operator, Queue, ReplyTemplate, Tag
from apps.routing.models import Lead, LeadRequest
from apps.routing.services import handling, placement
from tests.adapters import null
from tests.factories import organisation, people
from tests.factories.people import NOW

FIRST_NUMBER = 777_000_001
OWN_NUMBER = 555_000_001  # whatever is made later, by who looks around
MARK = re.compile(r"zqmark[a-z]+|777000\d\d\d")
NUMBERED = (
    "conversations_conversation",
    "conversations_customer",
    "conversations_identity",
    "conversations_message",
    "conversations_delivery",
    "conversations_letter",
    "routing_lead",
    "support_channels_visitor",
)


@dataclass
class Foreign:
    """What lives in the other line, by the names under which routes and frames ask for it."""

    line: Queue
    own_line: Queue
    holder: Operator
    channel: Channel
    token: str
    visitor: Visitor
    conversation: Conversation
    closed: Conversation
    message: Message
    note: Message
    delivery: Delivery
    letter: Letter
    file: StoredFile
    template: ReplyTemplate
    tag: Tag
    lead: Lead
    secrets: list[str] = field(default_factory=list)

    def leaks(self, text: str) -> set[str]:
        """Marked words and numbers in what somebody was told."""
        return set(MARK.findall(text))


def move_numbers(first: int) -> None:
    """From now on rows that matter have numbers that nothing else has."""
    with connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {first}")


def world() -> Foreign:
    """Two lines; everything that happened, happened in the second one."""
    own_line, line = organisation.line("Своя"), organisation.line("Чужая")
    channel = organisation.channel(kind="null", webhook_secret=null.SECRET)
    ChannelKey.objects.create(channel=channel, name="k1", secret="zqmarksigningkey-0123456789-0123456789")
    move_numbers(FIRST_NUMBER)
    holder = people.operator("Чужой", lines=(line,), capacity=20)
    sight = people.sight(holder)
    visitor, token = visitors.admit(
        channel,
        around=visitors.Surroundings(
            page_url="https://bank.example/zqmarkpage", page_title="zqmarktitle", browser="zqmarkbrowser"
        ),
        now=NOW,
    )
    address = inbound.Address(channel.pk, visitor.external_id, "zqmarkname")
    identity = inbound.identify(address, now=NOW)
    Customer.objects.filter(pk=identity.customer_id).update(
        bank_id="zqmarkbankid",
        phone="zqmarkphone",
        email="zqmarkmail@bank.example",
        attributes={"segment": "zqmarksegment"},
    )
    tag, file = Tag.objects.create(name="Метка"), _file()
    conversation = _begun(identity, line, sight, "zqmarkquestion")
    closed = _begun(identity, line, sight, "zqmarkearlier", thread="topic:zqmark")
    handling.close(sight, closed.pk, now=NOW)
    Rating.objects.create(conversation=closed, score=2, comment="zqmarkcomment", at=NOW)
    message = Message.objects.get(conversation=conversation, text="zqmarkquestion")
    answer, note = (
        _said(sight, conversation, "zqmarkanswer"),
        _said(sight, conversation, "zqmarknote", note=True),
    )
    Attachment.objects.create(message=message, file=file)
    carried = Delivery.objects.get(message=answer)
    Delivery.objects.filter(pk=carried.pk).update(state="failed", error="zqmarkerror")
    Draft.objects.create(user=holder.user, conversation=conversation, text="zqmarkdraft", updated_at=NOW)
    marginalia.set_tags(sight, conversation.pk, tags=[tag.pk], actor=SYSTEM, now=NOW)
    template = ReplyTemplate.objects.create(
        shortcut="zqmarkshortcut",
        title="zqmarktemplatetitle",
        text="zqmarktemplate",
        queue=line,
        language="ru",
    )
    ReplyTemplate.objects.create(
        shortcut="zqmarkown", title="zqmarkpersonal", text="zqmarkpersonal", owner=holder, language="ru"
    )
    lead, letter = _lead(identity, line), _letter(closed)
    move_numbers(OWN_NUMBER)
    return Foreign(
        line=line,
        own_line=own_line,
        holder=holder,
        channel=channel,
        token=token,
        visitor=visitor,
        conversation=Conversation.objects.get(pk=conversation.pk),
        closed=Conversation.objects.get(pk=closed.pk),
        message=message,
        note=note,
        delivery=carried,
        letter=letter,
        file=file,
        template=template,
        tag=tag,
        lead=lead,
    )


def _letter(conversation: Conversation) -> Letter:
    """One of which nobody knows whether it left."""
    return Letter.objects.create(
        conversation=conversation,
        identity=conversation.identity,
        email="zqmarkletter@bank.example",
        vouched=True,
        state="uncertain",
        trouble="lost",
        upto_seq=conversation.seq,
        due_at=NOW,
        begun_at=NOW,
        created_at=NOW,
        changed_at=NOW,
    )


def _begun(identity: Any, line: Queue, sight: Any, text: str, *, thread: str | None = None) -> Conversation:
    stored = inbound.receive(identity, text=text, client_id=f"{text}-0001", now=NOW, thread=thread)
    Conversation.objects.filter(pk=stored.conversation_id).update(requested_line=line)
    placement.route(stored.conversation_id, now=NOW)
    conversation = Conversation.objects.get(pk=stored.conversation_id)
    conversation.entries.update(queue=line)
    Conversation.objects.filter(pk=conversation.pk).update(line=line)
    return handling.accept(sight, conversation.pk, now=NOW)


def _lead(identity: Any, line: Queue) -> Lead:
    """A contact that was left there, with a question."""
    contact = {"name": "zqmarklead", "phone": "zqmarkleadphone", "email": "zqmarklead@bank.example"}
    lead = Lead.objects.create(
        queue=line,
        channel_id=identity.channel_id,
        customer_id=identity.customer_id,
        phone_key="zqmarkleadkey",
        created_at=NOW,
        changed_at=NOW,
        **contact,
    )
    LeadRequest.objects.create(
        lead=lead,
        identity=identity,
        client_id="zqmarkrequest",
        wanted="answer",
        occasion="out_of_hours",
        question="zqmarkleadquestion",
        at=NOW,
        **contact,
    )
    return lead


def _said(sight: Any, conversation: Conversation, text: str, *, note: bool = False) -> Message:
    stored = outbound.answer(
        sight, conversation_id=conversation.pk, text=text, client_id=f"{text}-0001", now=NOW, note=note
    )
    return Message.objects.get(pk=stored.message_id)


def _file() -> StoredFile:
    path = default_storage.save("zq-foreign-file", ContentFile(b"zqmarkcontent"))
    return StoredFile.objects.create(
        id=UUID("77700000-0000-4000-8000-000000000001"),
        name="zqmarkfile.txt",
        content_type="text/plain",
        kind="document",
        size=9,
        sha256="0" * 64,
        path=path,
        state="clean",
        uploaded_by="visitor:1",
        created_at=NOW,
    )


def traffic(foreign: Foreign) -> None:
    """Life goes on in the other line: everything that screens are told of."""
    sight = people.sight(foreign.holder)
    number = foreign.conversation.pk
    identity = foreign.conversation.identity
    inbound.receive(
        identity, text="zqmarkmore", client_id="zqmarkmore-000001", now=NOW, conversation_id=number
    )
    _said(sight, foreign.conversation, "zqmarklater")
    _said(sight, foreign.conversation, "zqmarklaternote", note=True)
    delivery.retry(sight, foreign.delivery.pk, now=NOW)
    marginalia.note_page(identity, url="https://bank.example/zqmarknext", title="zqmarknext", now=NOW)
    marginalia.set_tags(sight, number, tags=[], actor=SYSTEM, now=NOW)
    handling.return_to_line(sight, number, comment="zqmarkback", now=NOW)
    handling.accept(sight, number, now=NOW)


# --- what must stay as it is ----------------------------------------------------------------------------

WATCHED: tuple[type[models.Model], ...] = (
    Conversation,
    Message,
    Delivery,
    Letter,
    Draft,
    Rating,
    Customer,
    Attachment,
)


def snapshot() -> dict[str, list[Any]]:
    """Every row about customers, to see afterwards that nothing changed."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in WATCHED}
