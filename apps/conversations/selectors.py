"""Reads for screens and integrations: each function brings what it needs in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from apps.channels.models import Channel
from apps.conversations.access import Sight
from apps.conversations.events import CustomerActed
from apps.conversations.models import (
    Attachment,
    AuthorKind,
    Conversation,
    Customer,
    Delivery,
    Draft,
    Identity,
    Message,
    MessageKind,
    Participant,
    Role,
    State,
)
from apps.conversations.payloads import (
    AuthorView,
    ConversationView,
    Cursor,
    FileView,
    LettersView,
    MessageView,
    PersonView,
    QuoteView,
    RatingView,
    RowView,
    Story,
    customer_params,
)
from apps.conversations.services import mailboxes
from apps.conversations.services.words import preview
from apps.core.models import Event, StoredFile
from apps.core.numbers import typed_number
from apps.operators.models import Operator

PAGE = 50
HITS = 2000  # of a search
ACTS = 500  # things a customer did that rules look at
HIDDEN = "•••"  # an e-mail that is known and not shown
CAUGHT_AT_ONCE = 500  # messages of one catching up


# --- messages -----------------------------------------------------------------------------------------


def messages() -> QuerySet[Message]:
    """Messages with all that a view of them for staff needs: three queries whatever their number."""
    deliveries = Delivery.objects.only("message_id", "state", "error").order_by("-pk")
    return said().prefetch_related(Prefetch("deliveries", deliveries))


def said() -> QuerySet[Message]:
    """Messages with what their customer's view needs, which tells of no delivery: two queries."""
    files = Attachment.objects.select_related("file")
    return Message.objects.select_related("author__operator", "reply_to").prefetch_related(
        Prefetch("attachments", files)
    )


def page_of_messages(conversation_id: int, *, before: int | None = None, limit: int = PAGE) -> list[Message]:
    """The newest messages, or those before a seq, in reading order."""
    found = messages().filter(conversation_id=conversation_id)
    if before is not None:
        found = found.filter(seq__lt=before)
    return list(found.order_by("-seq")[:limit])[::-1]


@dataclass(frozen=True, slots=True)
class Caught:
    """What closes a gap, or its first piece: everything up to the rev ``upto``, in reading order."""

    messages: list[Message]
    upto: int
    more: bool


def changed_since(readable: QuerySet[Message], rev: int, *, now_at: int) -> Caught:
    """Of a conversation's readable messages those that are new or changed after ``rev``; it stands at ``now_at``."""
    found = list(readable.filter(rev__gt=rev).order_by("rev")[: CAUGHT_AT_ONCE + 1])
    piece = sorted(found[:CAUGHT_AT_ONCE], key=lambda message: message.seq)
    more = len(found) > CAUGHT_AT_ONCE
    return Caught(piece, found[CAUGHT_AT_ONCE - 1].rev if more else now_at, more)


def message_view(message: Message, *, staff: bool) -> MessageView:
    """One message for staff or for its customer."""
    deleted = message.deleted_at is not None
    delivery = next(iter(message.deliveries.all()), None) if staff else None
    return MessageView(
        id=message.pk,
        conversation=message.conversation_id,
        seq=message.seq,
        rev=message.rev,
        kind=message.kind,
        author=author_view(message),
        at=message.at,
        text="" if deleted else message.text,
        code=message.code,
        params=message.params if staff else customer_params(message.code, message.params),
        staff_only=message.staff_only,
        files=[] if deleted else [file_view(each.file) for each in message.attachments.all()],
        reply_to=quote_view(message.reply_to, to=None if staff else message),
        edited_at=message.edited_at,
        deleted=deleted,
        client_id=message.client_id,
        identity=message.identity_id if staff else None,
        delivery=delivery.state if delivery else None,
        delivery_id=delivery.pk if delivery else None,
        delivery_error=delivery.error if delivery else "",
    )


def author_view(message: Message) -> AuthorView:
    """Who wrote it, by the name customers know."""
    if message.author is None:
        return AuthorView(kind=message.author_kind)
    if message.author_kind == AuthorKind.BOT:
        return AuthorView(kind=message.author_kind, id=message.author.pk, name=message.params.get("name", ""))
    operator = getattr(message.author, "operator", None)
    if operator is None:
        return AuthorView(kind=message.author_kind, id=message.author.pk, name=str(message.author))
    return AuthorView(
        kind=message.author_kind,
        id=operator.pk,
        name=operator.public_name,
        title=operator.title,
        avatar=_id(operator.avatar_id),
    )


def file_view(file: StoredFile) -> FileView:
    """A file as screens show it."""
    return FileView(
        id=str(file.pk),
        name=file.name,
        size=file.size,
        kind=file.kind,
        content_type=file.content_type,
        state=file.state,
        width=file.width,
        height=file.height,
    )


def quote_view(message: Message | None, *, to: Message | None) -> QuoteView | None:
    """A quoted message. ``to`` is the customer's message that quotes it: words of another address stay hidden."""
    if message is None:
        return None
    foreign = to is not None and message.identity_id != to.identity_id
    text = "" if message.deleted_at or foreign else preview(message.text)
    return QuoteView(id=message.pk, seq=message.seq, author=message.author_kind, text=text)


def _id(value: object) -> str | None:
    return None if value is None else str(value)


# --- the customer's side --------------------------------------------------------------------------------


def seen_by(identity: Identity) -> QuerySet[Message]:
    """Messages this address may read: all of the person's when it is trusted, else only its own.

    An unverified identity never sees what was written elsewhere; system lines of conversations it took part in are.
    """
    mine = said().filter(conversation__customer=identity.customer_id, staff_only=False)
    if identity.is_trusted:
        return mine
    reached = Conversation.objects.reached_by(identity).values("pk")
    return mine.filter(
        Q(identity=identity) | Q(identity__isnull=True, kind=MessageKind.SYSTEM, conversation__in=reached)
    )


def history_page(
    identity: Identity, *, before: tuple[int, int] | None = None, limit: int = PAGE
) -> list[Message]:
    """The customer's story over all conversations, newest page first, in reading order.

    The cursor is (conversation, seq): conversations follow each other by their numbers.
    """
    found = seen_by(identity)
    if before is not None:
        conversation, seq = before
        found = found.filter(
            Q(conversation_id__lt=conversation) | Q(conversation_id=conversation, seq__lt=seq)
        )
    return list(found.order_by("-conversation_id", "-seq")[:limit])[::-1]


def story(identity: Identity, before: Cursor | None = None) -> Story:
    """A page of the customer's story with the conversations it touches; the first page also with the current one."""
    page = history_page(
        identity, before=(before.conversation, before.seq) if before else None, limit=PAGE + 1
    )
    more, page = len(page) > PAGE, page[-PAGE:]
    current = current_conversation(identity) if before is None else None
    ids = {message.conversation_id for message in page} | ({current} if current else set())
    return Story(
        conversations=customer_conversations(identity, ids),
        messages=[message_view(message, staff=False) for message in page],
        more=Cursor(conversation=page[0].conversation_id, seq=page[0].seq) if more else None,
        current=current,
    )


def customer_conversations(identity: Identity, ids: Iterable[int]) -> list[ConversationView]:
    """Those conversations as their customer sees them, of those his address reaches."""
    rows = (
        Conversation.objects.reached_by(identity)
        .filter(pk__in=set(ids))
        .select_related("line", "holder__operator", "channel", "rating")
        .order_by("pk")
    )
    return [conversation_view(row, language=identity.customer.language) for row in rows]


def current_conversation(identity: Identity) -> int | None:
    """The conversation a customer comes back to: an open one, the newest first, else the last closed one."""
    mine = Conversation.objects.reached_by(identity)
    ordered = mine.open().order_by("-last_at", "-pk"), mine.order_by("-pk")
    return next((found for each in ordered if (found := each.values_list("pk", flat=True).first())), None)


def conversation_view(conversation: Conversation, *, language: str) -> ConversationView:
    """A conversation for its customer. Needs line, holder's operator, channel and rating at hand."""
    rating = getattr(conversation, "rating", None)
    closed = conversation.state == State.CLOSED
    return ConversationView(
        id=conversation.pk,
        rev=conversation.rev,
        seq=conversation.seq,
        state=conversation.state,
        line=conversation.line.public_name(language),
        holder=person_view(conversation.holder) if conversation.holder else None,
        opened_at=conversation.opened_at,
        closed_at=conversation.closed_at,
        closed_by=conversation.closed_by,
        rating=RatingView(score=rating.score, comment=rating.comment) if rating else None,
        can_rate=closed and conversation.channel.asks_rating and conversation.first_answer_at is not None,
        customer_delivered_seq=conversation.customer_delivered_seq,
        customer_read_seq=conversation.customer_read_seq,
        staff_read_seq=conversation.staff_read_seq,
    )


def person_view(user: Any) -> PersonView:
    """A member of staff by the name customers know."""
    operator: Operator | None = getattr(user, "operator", None)
    if operator is None:
        return PersonView(id=user.pk, name=str(user))
    return PersonView(
        id=user.pk, name=operator.public_name, title=operator.title, avatar=_id(operator.avatar_id)
    )


def letters_view(channel: Channel, identity: Identity | None) -> LettersView:
    """What the chat says about letters to who leaves; not what the bank knows of its customer to who may be another."""
    offered = settings.LETTERS and channel.sends_letters
    mailbox = mailboxes.usable(identity) if offered and identity is not None else None
    if identity is None or mailbox is None:
        return LettersView(offered=offered)
    may_see = not mailbox.vouched or identity.is_trusted
    return LettersView(offered=True, to=mailbox.short if may_see else HIDDEN, own=not mailbox.vouched)


def found_in_history(identity: Identity, text: str, *, limit: int = 30) -> list[Message]:
    """The customer's own messages with these words or this part of a word, newest first."""
    found = seen_by(identity).filter(deleted_at__isnull=True, text__icontains=text.strip())
    return list(found.order_by("-conversation_id", "-seq")[:limit])


# --- the workspace --------------------------------------------------------------------------------------


def acts_of(customer_id: int, *, claimed: bool = False) -> dict[str, datetime]:
    """When a customer last did each thing that the bank's systems told us of, by its code.

    With ``claimed`` also what only the page or the app he is on says.
    """
    merged = Customer.objects.filter(merged_into=customer_id).values_list("pk", flat=True)
    told = Event.objects.filter(
        kind=CustomerActed.kind, subject_kind="customer", subject_id__in=[customer_id, *merged]
    )
    if not claimed:
        told = told.exclude(details__claimed=True)
    found: dict[str, datetime] = {}
    for details in told.order_by("-id").values_list("details", flat=True)[:ACTS]:
        moment = datetime.fromisoformat(details["happened_at"])
        found[details["code"]] = max(moment, found.get(details["code"], moment))
    return found


def rows() -> QuerySet[Conversation]:
    """Conversations with what a row of the list needs."""
    part = Participant.objects.filter(conversation=OuterRef("pk"), role=Role.BOT, until__isnull=True)
    found = Conversation.objects.select_related("customer", "channel", "holder__operator")
    bot = Case(When(state=State.BOT, then=Subquery(part.values("called")[:1])), default=Value(""))
    return found.prefetch_related("tagging").annotate(bot_name=bot)


def row_view(conversation: Conversation, *, locked: bool = False) -> RowView:
    """A row of the list; a locked one shows that it exists and nothing more."""
    base: dict[str, Any] = {
        "id": conversation.pk,
        "rev": conversation.rev,
        "state": conversation.state,
        "line": conversation.line_id,
        "since": conversation.state_since,
    }
    if locked:
        return RowView(**base, locked=True)
    return RowView(
        **base,
        channel=conversation.channel.kind,
        customer=conversation.customer_id,
        customer_name=conversation.customer.name,
        holder=conversation.holder_id,
        holder_name=_who_has(conversation),
        preferred=conversation.preferred_id,
        preview=conversation.last_text,
        last_author=conversation.last_author,
        last_at=conversation.last_at,
        awaiting_since=conversation.awaiting_since,
        unread=conversation.unread,
        snoozed_until=conversation.snoozed_until,
        closed_at=conversation.closed_at,
        tags=[each.tag_id for each in conversation.tagging.all()],
        idle=conversation.idle,
    )


def _who_has(conversation: Conversation) -> str:
    """Its holder, or the bot that has it: a row of ``rows`` names it."""
    if conversation.holder is not None:
        return person_view(conversation.holder).name
    return getattr(conversation, "bot_name", None) or ""


def found_by_words(sight: Sight, text: str, *, limit: int = 30) -> list[Message]:
    """Messages with these words among the conversations one may read: of 2,000 hits at most, the newest first.

    The words are looked up first, and what one may not read is left out before the cut, so that nobody's own
    messages are lost among others'. Ordered by id at once, the planner would walk the whole table.
    """
    query = SearchQuery(text, config="russian", search_type="websearch")
    hits = (
        Message.objects.annotate(words=SearchVector("text", config="russian"))
        .filter(words=query, deleted_at__isnull=True, conversation__in=Conversation.objects.visible_to(sight))
        .values_list("pk", flat=True)[:HITS]
    )
    chosen = sorted(hits, reverse=True)[:limit]
    return list(messages().filter(pk__in=chosen).order_by("-pk"))


def found_by_number_or_name(sight: Sight, text: str, *, limit: int = 20) -> list[Conversation]:
    """Conversations one may read with this number, or whose customer's name holds this text, newest first."""
    number = typed_number(text)
    wanted = Q(customer__name__icontains=text) if number is None else Q(pk=number)
    return list(
        rows().filter(pk__in=Conversation.objects.visible_to(sight).filter(wanted)).order_by("-pk")[:limit]
    )


def past_conversations(
    sight: Sight, customer_id: int, *, limit: int = 30
) -> tuple[list[Conversation], list[Conversation]]:
    """A customer's conversations, newest first: those whose text may be read, and the others as date and padlock."""
    found = list(rows().filter(customer_id=customer_id).order_by("-pk")[:limit])
    seen = Conversation.objects.visible_to(sight).filter(pk__in=[row.pk for row in found])
    readable = set(seen.values_list("pk", flat=True))
    return [row for row in found if row.pk in readable], [row for row in found if row.pk not in readable]


def drafts_of(user_id: int, *, limit: int = 500) -> list[int]:
    """Conversations in which a member of staff has typed something, the newest draft first."""
    found = Draft.objects.filter(user_id=user_id).order_by("-updated_at")
    return list(found.values_list("conversation_id", flat=True)[:limit])


def recent_of(user_id: int, *, since: datetime, limit: int = PAGE) -> Sequence[int]:
    """Conversations a member of staff had a part in lately, the last one first."""
    ended = Participant.objects.filter(user_id=user_id, until__isnull=False, until__gte=since).order_by(
        "-until"
    )
    return list(dict.fromkeys(ended.values_list("conversation_id", flat=True)[: limit * 2]))[:limit]
