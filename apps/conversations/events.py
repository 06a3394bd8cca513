"""What happens to customers, conversations and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from apps.core.events import DomainEvent, private, transient


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent(DomainEvent):
    """Something about one conversation. ``rev`` is its number after the change."""

    subject_kind: ClassVar[str] = "conversation"

    conversation: int
    rev: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(ConversationEvent):
    """A customer wrote for the first time about this; it is not placed yet."""

    kind: ClassVar[str] = "conversation.opened"

    customer: int
    identity: int
    channel: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted(ConversationEvent):
    """An integration wrote in a customer's name: who it was is the event's actor."""

    kind: ClassVar[str] = "conversation.started_for_customer"

    identity: int
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMoved(ConversationEvent):
    """State, line or holder changed."""

    kind: ClassVar[str] = "conversation.moved"

    state_from: str
    state: str
    line_from: int
    line: int
    holder_from: int | None
    holder: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationIdle(ConversationEvent):
    """The customer of a held conversation has gone silent, so that it takes no place; or he speaks again."""

    kind: ClassVar[str] = "conversation.idle"

    idle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationContinued(ConversationEvent):
    """The customer went on in another channel by the chat's link: answers go to ``identity`` from now on."""

    kind: ClassVar[str] = "conversation.continued"

    customer: int
    identity_from: int
    identity: int
    channel_from: int
    channel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTagged(ConversationEvent):
    """Tags were added or removed."""

    kind: ClassVar[str] = "conversation.tagged"

    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRated(ConversationEvent):
    """The customer gave a mark, or changed it."""

    kind: ClassVar[str] = "conversation.rated"

    score: int
    operator: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(ConversationEvent):
    """One side has received or read up to a message: ``staff_read``, ``customer_delivered``, ``customer_read``."""

    kind: ClassVar[str] = "conversation.read"

    staff_read: int
    customer_delivered: int
    customer_read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(ConversationEvent):
    """Something about one message of a conversation. ``view`` is its payload where it is already built."""

    message: int
    seq: int
    view: object = transient()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(MessageEvent):
    """A customer's message is stored. ``state`` is the conversation's, to know whether routing has work.

    ``idle``: its holder had given its place away.
    """

    kind: ClassVar[str] = "message.received"

    state: str
    idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(MessageEvent):
    """A message to the customer, a note or a system line is stored."""

    kind: ClassVar[str] = "message.sent"

    staff_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(MessageEvent):
    """A message was edited, deleted, had a card number hidden, or the virus scanner judged a file of it."""

    kind: ClassVar[str] = "message.changed"

    change: str
    staff_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQueued(ConversationEvent):
    """A message has to leave through its channel's provider."""

    kind: ClassVar[str] = "delivery.queued"

    delivery: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(MessageEvent):
    """A delivery was sent, delivered, read, failed, became uncertain, or is queued again by hand."""

    kind: ClassVar[str] = "delivery.changed"

    delivery: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterQueued(ConversationEvent):
    """A letter is to go to a customer who is not in the chat: its answers (or the words of a reminder)."""

    kind: ClassVar[str] = "letter.queued"

    letter: int
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSent(ConversationEvent):
    """The mail server took a letter, with the answers from ``first`` to ``last`` (their seq; 0 of a reminder)."""

    kind: ClassVar[str] = "letter.sent"

    letter: int
    purpose: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFailed(ConversationEvent):
    """A letter did not leave (``state`` failed), or perhaps did not (uncertain): a person decides.

    ``trouble``: address, content (refused by the mail server), server (not reached for long), lost (in between).
    """

    kind: ClassVar[str] = "letter.failed"

    letter: int
    purpose: str
    state: str
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUnreachable(ConversationEvent):
    """A customer left before he was answered, and no e-mail of his is known. Told once of a conversation."""

    kind: ClassVar[str] = "conversation.unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent(DomainEvent):
    """Something about one customer."""

    subject_kind: ClassVar[str] = "customer"

    customer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAppeared(CustomerEvent):
    """Somebody wrote from an address for the first time; other tabs of that visitor must learn who they are."""

    kind: ClassVar[str] = "identity.appeared"

    identity: int
    external_id: str = private()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused(CustomerEvent):
    """Somebody came by the link of a chat, and its conversation did not go on with him: ``reason`` says why.

    used, expired, other_channel, closed (the conversation), ended (the chat's session), somebody_else (the account
    is another customer's).
    """

    kind: ClassVar[str] = "link.refused"

    identity: int
    channel: int
    conversation: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSignedIn(CustomerEvent):
    """The bank vouched for an identity."""

    kind: ClassVar[str] = "customer.signed_in"

    identity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(CustomerEvent):
    """Name, address or attributes changed."""

    kind: ClassVar[str] = "customer.changed"

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(CustomerEvent):
    """Another customer was found to be this one."""

    kind: ClassVar[str] = "customer.merged"

    absorbed: int
    merge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone(CustomerEvent):
    """Two customers that had been joined are two again."""

    kind: ClassVar[str] = "customer.merge_undone"

    absorbed: int
    merge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerActed(CustomerEvent):
    """What a customer did at the bank: a code such as ``contract_signed``, told by the bank's own systems.

    ``claimed``: only the page or the app he is on says so, which anybody can make say anything.
    """

    kind: ClassVar[str] = "customer.acted"

    code: str
    happened_at: str
    claimed: bool = False
