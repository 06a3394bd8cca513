"""The customer has left: what he was answered and has not read goes by letter.

Only for channels whose customers sit at our own sockets. A reader follows the log (``notice``), so that an answer
costs its one statement and no more; ``watch`` looks at the few conversations with something unread until it was read
or a letter has taken it. See docs/letters.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from apps.channels.adapters.registry import own_socket_kinds
from apps.channels.models import Channel
from apps.conversations.events import CustomerChanged, CustomerUnreachable, LetterQueued, MessageSent
from apps.conversations.models import (
    IN_PASSING,
    AuthorKind,
    Conversation,
    Letter,
    Message,
    MessageKind,
    UnreadAnswer,
)
from apps.conversations.services import lifecycle, mailboxes, timeline
from apps.conversations.services.mailboxes import Mailbox
from apps.core import leases, log
from apps.core.actors import SYSTEM, ActorKind
from apps.core.each import each_alone
from apps.core.events import announce
from apps.core.models import Event

CURSOR = "letters"
BATCH = 500  # events of one reading
LOOKED_AT = 2000  # conversations of one look: most of them only wait for somebody who is here to read
# How soon somebody is looked for again who is here and has not read.
LOOK = timedelta(seconds=20)
# An answer older than this is no news: what a reader finds that stood still for long.
FORGOTTEN = timedelta(days=7)
# An address that got its fill is tried again.
LATER = timedelta(hours=1)

# The line in the thread.
UNREACHABLE = "unreachable"
ANSWERERS = (AuthorKind.OPERATOR, AuthorKind.BOT)
SPOKEN = (MessageKind.TEXT, MessageKind.FILE)
State = Letter.State


# --- from the log to what is watched ----------------------------------------------------------------------


@transaction.atomic
def notice(*, now: datetime, limit: int = BATCH) -> int:
    """Read on in the log and watch the conversations that were answered; how many events were read, 0 at its end."""
    cursor = log.lock_cursor(CURSOR)
    if cursor is None:
        return 0
    events = log.read_after(log.Position(cursor.xid, cursor.event_id), limit=limit)
    if not events:
        return 0
    if settings.LETTERS:
        _watch_from(events, now)
    log.move_cursor(cursor, log.Position.of(events[-1]))
    return len(events)


def _watch_from(events: Sequence[Event], now: datetime) -> None:
    found = {*_answered(events, now), *_reachable(events, now)}
    UnreadAnswer.objects.bulk_create(
        [UnreadAnswer(conversation_id=number, look_at=now) for number in found], ignore_conflicts=True
    )


def _answered(events: Iterable[Event], now: datetime) -> Iterable[int]:
    """Conversations in which something was said that has not been read."""
    said = [
        each.details["message"]
        for each in events
        if each.kind == MessageSent.kind and not each.details["staff_only"] and each.at > now - FORGOTTEN
    ]
    unread = _answers().filter(
        pk__in=said,
        conversation__channel__in=_channels(),
        seq__gt=F("conversation__customer_read_seq"),
    )
    return unread.values_list("conversation", flat=True) if said else ()


def _reachable(events: Iterable[Event], now: datetime) -> Iterable[int]:
    """Conversations of customers whose e-mail the bank has told by now: what waits there may leave after all."""
    told = [
        each.subject_id
        for each in events
        if each.kind == CustomerChanged.kind and "email" in each.details["fields"]
    ]
    unread = _answers().filter(conversation=OuterRef("pk"), seq__gt=OuterRef("customer_read_seq"))
    found = Conversation.objects.filter(
        Exists(unread), customer__in=told, channel__in=_channels(), last_at__gt=now - FORGOTTEN
    )
    return found.values_list("pk", flat=True) if told else ()


def _channels() -> QuerySet[Any]:
    return Channel.objects.filter(kind__in=own_socket_kinds(), sends_letters=True).values("pk")


# --- what is unread ---------------------------------------------------------------------------------------


def _answers() -> QuerySet[Message]:
    """What somebody wants to know of when he is away: words and files of people and bots. A reminder is no answer."""
    return answers_among(Message.objects.filter(kind__in=SPOKEN, staff_only=False, deleted_at__isnull=True))


def said_to(conversation: Conversation) -> QuerySet[Message]:
    """What was said to the customer where he stands now and was not read."""
    said = Message.objects.filter(
        conversation=conversation,
        identity=conversation.identity_id,
        kind__in=SPOKEN,
        staff_only=False,
        deleted_at__isnull=True,
        seq__gt=conversation.customer_read_seq,
    )
    return said.exclude(author_kind=AuthorKind.CUSTOMER).order_by("seq")


def taken(conversation: Conversation) -> QuerySet[Letter]:
    """Letters that have carried answers, or perhaps have."""
    return Letter.objects.filter(
        conversation=conversation,
        purpose=Letter.Purpose.ANSWERS,
        state__in=[State.SENDING, State.SENT, State.UNCERTAIN],
    )


def reached(conversation: Conversation) -> int:
    """The last message that was read or that a letter has taken."""
    last = taken(conversation).order_by("-upto_seq").values_list("upto_seq", flat=True).first() or 0
    return max(conversation.customer_read_seq, last)


def answers_among(said: QuerySet[Message]) -> QuerySet[Message]:
    """Without one of them there is nothing to write of."""
    return said.filter(author_kind__in=ANSWERERS).exclude(code=IN_PASSING)


def first_unread(conversation: Conversation) -> Message | None:
    """The first answer that was neither read nor taken by a letter."""
    return answers_among(said_to(conversation).filter(seq__gt=reached(conversation))).first()


# --- looking ----------------------------------------------------------------------------------------------


def watch(*, now: datetime) -> int:
    """Look at what is due to be looked at; returns how many letters were written."""
    due = UnreadAnswer.objects.filter(look_at__lte=now).order_by("look_at")
    rows = dict(due.values_list("conversation_id", "conversation__customer_id")[:LOOKED_AT])
    _forget_read(rows)
    here = _connected(rows.values())
    stay = [number for number, customer in rows.items() if customer in here]
    UnreadAnswer.objects.filter(conversation__in=stay).update(gone_since=None, look_at=now + LOOK)
    left = [number for number, customer in rows.items() if customer not in here]
    return sum(each_alone("a letter to who has left", partial(_look, now=now), left))


def _forget_read(numbers: Iterable[int]) -> None:
    """Of these what has been read since: the most frequent end, for all at once."""
    unread = _answers().filter(
        conversation=OuterRef("conversation"), seq__gt=OuterRef("conversation__customer_read_seq")
    )
    UnreadAnswer.objects.filter(~Exists(unread), conversation__in=list(numbers)).delete()


def _connected(customers: Iterable[int]) -> set[int]:
    """Those of these customers whom a living process serves."""
    served = leases.serving("customer").filter(person_id__in=set(customers))
    return set(served.values_list("person_id", flat=True))


@transaction.atomic
def _look(conversation_id: int, *, now: datetime) -> bool:
    """Everything is asked again under the conversation's lock; whether a letter was written."""
    conversation = lifecycle.lock(conversation_id)
    mine = UnreadAnswer.objects.filter(conversation=conversation, look_at__lte=now)
    row = mine.select_for_update(no_key=True).first()
    if row is None:
        # Another worker was quicker.
        return False
    answer = first_unread(conversation) if _is_for_letters(conversation) else None
    if answer is None:
        row.delete()
        return False
    row.gone_since = row.gone_since or now
    mailbox = mailboxes.usable(conversation.identity)
    row.look_at = _due_at(conversation, row.gone_since, answer, mailbox, now)
    if row.look_at > now:
        row.save()
        return False
    row.delete()
    if mailbox is None:
        _mark_unreachable(conversation, now)
        return False
    queue(conversation, mailbox, purpose=Letter.Purpose.ANSWERS, after_seq=reached(conversation), now=now)
    return True


def _is_for_letters(conversation: Conversation) -> bool:
    """Whether the bank writes to who has left here, and he did not end it himself."""
    channel = conversation.channel
    ended = conversation.state == "closed" and conversation.closed_by == ActorKind.CUSTOMER
    return settings.LETTERS and channel.sends_letters and channel.kind in own_socket_kinds() and not ended


def _due_at(
    conversation: Conversation, gone_since: datetime, answer: Message, mailbox: Mailbox | None, now: datetime
) -> datetime:
    """When the waits of the channel are over, and nothing else of this conversation or for this address is left."""
    channel = conversation.channel
    moments = [
        gone_since + timedelta(seconds=channel.letter_gone_seconds),
        answer.at + timedelta(seconds=channel.letter_unread_seconds),
    ]
    written = Letter.objects.filter(conversation=conversation, purpose=Letter.Purpose.ANSWERS)
    last = written.exclude(state=State.DROPPED).order_by("-pk").first()
    if last is not None:
        moments.append(last.created_at + timedelta(minutes=channel.letter_pause_minutes))
    if last is not None and last.state in (State.QUEUED, State.SENDING):
        moments.append(now + LOOK)
    if mailbox is not None and max(moments) <= now and mailboxes.had_enough(mailbox, now=now):
        moments.append(now + LATER)
    return max(moments)


def queue(
    conversation: Conversation,
    mailbox: Mailbox,
    *,
    purpose: str,
    now: datetime,
    after_seq: int = 0,
    words: str = "",
) -> Letter:
    """Write a letter down for the workers. The caller holds the conversation's lock."""
    letter = Letter.objects.create(
        conversation=conversation,
        identity_id=conversation.identity_id,
        purpose=purpose,
        words=words,
        email=mailbox.email,
        vouched=mailbox.vouched,
        after_seq=after_seq,
        due_at=now,
        created_at=now,
        changed_at=now,
    )
    event = LetterQueued(
        conversation=conversation.pk, rev=conversation.rev, letter=letter.pk, purpose=purpose
    )
    announce(event, actor=SYSTEM, now=now)
    return letter


def _mark_unreachable(conversation: Conversation, now: datetime) -> None:
    """Say to the staff that he cannot be told, once in a conversation."""
    if Message.objects.filter(conversation=conversation, code=UNREACHABLE).exists():
        return
    timeline.add_system_line(conversation, UNREACHABLE, actor=SYSTEM, now=now, staff_only=True)
    event = CustomerUnreachable(conversation=conversation.pk, rev=conversation.rev)
    announce(event, actor=SYSTEM, now=now)


def watch_again(conversation: Conversation, *, now: datetime) -> None:
    """What a letter was to carry is unread still: look for him as before."""
    UnreadAnswer.objects.get_or_create(
        conversation=conversation, defaults={"gone_since": None, "look_at": now + LOOK}
    )
