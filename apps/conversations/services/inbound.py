"""A customer writes: who is it, which conversation is it, store it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.channels.services.visitors import ChannelClosed
from apps.conversations.events import ConversationOpened, IdentityAppeared, MessageReceived, MessageSent
from apps.conversations.models import AuthorKind, Conversation, Customer, Identity, Message, State
from apps.conversations.services import hot, lifecycle, timeline
from apps.conversations.services.splits import hide_split_card
from apps.conversations.services.words import may_hide_card
from apps.core.actors import SYSTEM, Actor
from apps.core.events import announce, dispatch
from apps.core.models import Event
from apps.operators.models import Queue

# Characters of Conversation.written_to.
WRITTEN_TO = 200


@dataclass(slots=True)
class Address:
    """Where a customer writes from: the channel and his address in it, with what is known of him there."""

    channel_id: int
    external_id: str
    name: str = ""
    language: str = "ru"
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a message. ``repeated``: it was stored before, under the same client id."""

    message_id: int
    conversation_id: int
    seq: int
    rev: int
    at: datetime
    repeated: bool = False
    quotes: bool = False


def identify(address: Address, *, now: datetime) -> Identity:
    """The identity of an address, with a new customer behind it when nobody wrote from there before."""
    found = Identity.objects.filter(channel_id=address.channel_id, external_id=address.external_id).first()
    return found or _first_appearance(address, now)


def _first_appearance(address: Address, now: datetime) -> Identity:
    try:
        with transaction.atomic():
            customer = Customer.objects.create(
                name=address.name, language=address.language, time_zone=address.time_zone, created_at=now
            )
            identity = Identity.objects.create(
                customer=customer,
                channel_id=address.channel_id,
                external_id=address.external_id,
                name=address.name,
                created_at=now,
            )
            event = IdentityAppeared(
                customer=customer.pk, identity=identity.pk, external_id=address.external_id
            )
            announce(event, actor=Actor.customer(identity.pk), now=now)
            return identity
    except IntegrityError:
        # The same visitor wrote from another tab at the same moment.
        return Identity.objects.get(channel_id=address.channel_id, external_id=address.external_id)


def send_text(
    identity: Identity,
    *,
    conversation_id: int | None,
    text: str,
    client_id: str,
    now: datetime,
    reply_to: int | None = None,
) -> hot.Written | None:
    """The hot path for a prepared text. None: the ordinary path (``receive``) has to decide."""
    if conversation_id is None:
        return None
    if reply_to is not None:
        timeline.checked_quote(conversation_id, reply_to, identity=identity)
    return hot.write_from_customer(
        conversation_id=conversation_id,
        customer_id=identity.customer_id,
        identity_id=identity.pk,
        channel_id=identity.channel_id,
        client_id=client_id,
        text=text,
        reply_to=reply_to,
        now=now,
    )


def told(written: hot.Written, view: object) -> None:
    """Announce a message of the hot path: its event row is already written, only receivers are left."""
    event = MessageReceived(
        conversation=written.conversation_id,
        rev=written.rev,
        message=written.message_id,
        seq=written.seq,
        state=written.state,
        idle=written.idle,
        view=view,
    )
    transaction.on_commit(lambda: dispatch(event, written.event_id))


@transaction.atomic
def receive(
    identity: Identity,
    *,
    text: str,
    client_id: str | None,
    now: datetime,
    conversation_id: int | None = None,
    thread: str | None = None,
    requested_line: int | None = None,
    written_to: str = "",
    reply_to: int | None = None,
    files: Sequence[UUID] = (),
    uploaded_by: str = "",
    begun: Callable[[Message], None] | None = None,
) -> Stored:
    """Store a customer's message by the ordinary path: opening, reopening, files, an earlier repeat.

    Raises ChannelClosed when the channel is switched off, Invalid for wrong files or quotes.
    ``conversation_id`` is the one the customer is looking at; ``thread`` names a new topic. Words that begin another
    conversation than that cannot quote it, and go without. ``begun`` is told of the message, in the same
    transaction, where they open a conversation or begin it anew. Opening is serialised by the customer's row, so
    two first messages at once open one conversation.
    """
    customer = lock_owner(identity)
    if client_id and (repeat := _repeat_of(identity.pk, client_id)):
        return repeat
    if not Channel.objects.filter(pk=identity.channel_id, is_active=True).exists():
        raise ChannelClosed(_("This chat is not available."))
    conversation, is_begun = _find_or_open(
        customer,
        identity,
        conversation_id=conversation_id,
        thread=thread,
        requested_line=requested_line,
        written_to=written_to,
        now=now,
    )
    chosen = timeline.take_files(files, uploaded_by=uploaded_by) if files else []
    if may_hide_card(text):
        text = hide_split_card(conversation, author={"identity_id": identity.pk}, text=text, now=now)
    message = timeline.add_customer_message(
        conversation,
        identity=identity,
        text=text,
        client_id=client_id,
        reply_to=reply_to if conversation.pk == conversation_id else None,
        files=chosen,
        now=now,
    )
    if is_begun and begun is not None:
        begun(message)
    return Stored(
        message.pk, conversation.pk, message.seq, message.rev, now, quotes=message.reply_to_id is not None
    )


def lock_owner(identity: Identity) -> Customer:
    """The customer behind an address, locked. A merge may move the address while one waits for the lock."""
    while True:
        owner = Identity.objects.values_list("customer_id", flat=True).get(pk=identity.pk)
        customer = Customer.objects.select_for_update(no_key=True).get(pk=owner)
        if Identity.objects.filter(pk=identity.pk, customer_id=owner).exists():
            identity.customer_id = owner
            return customer


def told_again(message_id: int) -> None:
    """Tell screens and routing of a message once more: whoever stored it may have died before he could.

    Receivers may hear of a message any number of times; screens replace it by its number.
    """
    message = Message.objects.select_related("conversation").get(pk=message_id)
    kind = MessageReceived if message.author_kind == AuthorKind.CUSTOMER else MessageSent
    said = Event.objects.filter(
        subject_kind="conversation",
        subject_id=message.conversation_id,
        kind=kind.kind,
        details__message=message.pk,
    )
    row = said.values_list("pk", flat=True).first()
    if row is None:
        return
    where = {
        "conversation": message.conversation_id,
        "rev": message.rev,
        "message": message.pk,
        "seq": message.seq,
    }
    event = (
        MessageReceived(**where, state=message.conversation.state, idle=message.conversation.idle)
        if kind is MessageReceived
        else MessageSent(**where, staff_only=message.staff_only)
    )
    transaction.on_commit(partial(dispatch, event, row))


def stored_repeat(message: Message) -> Stored:
    """The answer to a repeat: what was stored the first time."""
    return Stored(
        message.pk,
        message.conversation_id,
        message.seq,
        message.rev,
        message.at,
        repeated=True,
        quotes=message.reply_to_id is not None,
    )


def _repeat_of(identity_id: int, client_id: str) -> Stored | None:
    stored = Message.objects.filter(
        identity_id=identity_id, client_id=client_id, author_kind="customer"
    ).first()
    return stored_repeat(stored) if stored else None


def spoken_with(identity: Identity) -> int | None:
    """The open conversation in which this address last wrote or was written to: what it says now belongs there.

    For channels that know no topics: their customers answer what they were sent last.
    """
    theirs = Message.objects.filter(conversation=OuterRef("pk"), identity=identity).order_by("-seq")
    spoken = Conversation.objects.filter(customer=identity.customer_id).open()
    spoken = spoken.annotate(spoken_at=Subquery(theirs.values("at")[:1])).exclude(spoken_at=None)
    return spoken.order_by("-spoken_at", "-pk").values_list("pk", flat=True).first()


def _find_or_open(
    customer: Customer,
    identity: Identity,
    *,
    conversation_id: int | None,
    thread: str | None,
    requested_line: int | None,
    written_to: str,
    now: datetime,
) -> tuple[Conversation, bool]:
    """The conversation of these words, and whether they begin it, for the first time or anew."""
    wanted = _wanted(customer, conversation_id) if thread is None else None
    name = thread if thread is not None else wanted.thread if wanted else ""
    running = (
        customer.conversations.open().filter(thread=name).select_for_update(no_key=True, of=("self",)).first()
    )
    if running is not None:
        return running, False
    if thread is None and requested_line is None and (old := _reopenable(customer, wanted, name, now)):
        return _reopen(old, identity, now), True
    opened = _open(
        customer, identity, thread=name, requested_line=requested_line, written_to=written_to, now=now
    )
    return opened, True


def _wanted(customer: Customer, conversation_id: int | None) -> Conversation | None:
    return customer.conversations.filter(pk=conversation_id).first() if conversation_id else None


def _reopenable(
    customer: Customer, wanted: Conversation | None, thread: str, now: datetime
) -> Conversation | None:
    closed = customer.conversations.reopenable(now=now).filter(thread=thread)
    found = closed.filter(pk=wanted.pk).first() if wanted else closed.order_by("-closed_at", "-pk").first()
    return lifecycle.lock(found.pk) if found else None


def _reopen(conversation: Conversation, identity: Identity, now: datetime) -> Conversation:
    actor = Actor.customer(identity.pk)
    lifecycle.move(conversation, to=State.NEW, actor=actor, now=now)
    timeline.add_system_line(conversation, "reopened", actor=actor, now=now)
    return conversation


def _open(
    customer: Customer,
    identity: Identity,
    *,
    thread: str,
    requested_line: int | None,
    written_to: str,
    now: datetime,
) -> Conversation:
    before = (
        customer.conversations.exclude(preferred=None).order_by("-pk").values_list("preferred_id", flat=True)
    )
    conversation = Conversation.objects.create(
        customer=customer,
        thread=thread,
        identity=identity,
        channel_id=identity.channel_id,
        line=Queue.objects.get(is_default=True),
        requested_line=Queue.objects.filter(pk=requested_line).first() if requested_line else None,
        preferred_id=before.first(),
        written_to=written_to[:WRITTEN_TO],
        state_since=now,
        opened_at=now,
        last_at=now,
        rev=1,
    )
    event = ConversationOpened(
        conversation=conversation.pk,
        rev=conversation.rev,
        customer=customer.pk,
        identity=identity.pk,
        channel=identity.channel_id,
        line=conversation.line_id,
    )
    announce(event, actor=SYSTEM, now=now)
    return conversation
