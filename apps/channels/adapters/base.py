"""The contract between Otklik and one kind of channel.

An adapter is built from plain settings, not from a row, and knows neither conversations nor queues. Inward
it splits a request into raw updates and translates each; outward it carries one message. Translation is pure;
only ``send`` talks to the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind of channel can do, as data for screens and for delivery."""

    text_limit: int = 4000
    files: bool = False
    edits: bool = False
    # True where the provider recognises a repeat by our key: then a retry after a crash is safe.
    idempotent: bool = False
    # True where customers are reached through our own sockets: nothing leaves, nothing is delivered by a worker.
    own_socket: bool = False
    # True where a link opens the messenger and brings a token back with what comes from there first.
    deep_links: bool = False
    # True where somebody who has been there before may be written to at any time: no window, no approved words.
    writes_first: bool = False


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One item of a request, not yet understood. ``external_id`` is the provider's, unique in the channel."""

    external_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a customer wrote, in our words."""

    sender: str
    external_id: str
    text: str
    sender_name: str = ""
    language: str = ""
    # The mailbox or number it was sent to, where the channel has several.
    written_to: str = ""
    # The token of the link by which he came; it never stands in ``text``, which may be empty then.
    start: str = ""


@dataclass(frozen=True, slots=True)
class InboundReceipt:
    """A provider's word that something we sent arrived or was read."""

    provider_id: str
    state: str  # "delivered" or "read"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to carry. ``key`` stays the same on every try."""

    recipient: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The provider took it and calls it ``provider_id``."""

    provider_id: str


class SendError(Exception):
    """The message did not go. Subclasses say what that means for the delivery."""


class PermanentError(SendError):
    """It never will: refused, unknown recipient, blocked by the customer. Shown to the operator."""


class TransientError(SendError):
    """It surely did not leave; try again after ``retry_after`` seconds."""

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class UncertainError(SendError):
    """The request may have been taken: time-out or broken connection after it left."""


class NotAuthentic(Exception):
    """An incoming request could not prove that it comes from the provider."""


class Adapter:
    """Base of all kinds. ``secret`` is the channel's webhook secret, ``settings`` its other plain values."""

    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    abilities: ClassVar[Abilities] = Abilities()

    def __init__(self, *, secret: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.secret = secret
        self.settings = dict(settings or {})

    def authenticate(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Check the raw request before anything is stored. Raises NotAuthentic; never returns a verdict."""
        raise NotAuthentic

    def split(self, body: bytes) -> list[RawUpdate]:
        """Cut a request into updates without understanding them. ValueError stores the body whole, parked."""
        raise ValueError(f"{self.kind} takes no webhooks")

    def parse(self, update: RawUpdate) -> Iterable[InboundMessage | InboundReceipt]:
        """Translate one stored update. Pure; an unknown shape yields nothing, a broken one raises ValueError."""
        raise ValueError(f"{self.kind} takes no updates")

    def send(self, message: OutboundMessage) -> SendReceipt:
        """Carry one message. Called outside any transaction; raises a SendError."""
        raise PermanentError(f"{self.kind} sends nothing")

    def deep_link(self, token: str) -> str:
        """The https address that opens our account there and brings ``token`` back as ``InboundMessage.start``.

        Pure. The token is 32 characters of A-Z, a-z, 0-9, - and _. Empty while the settings name no account.
        """
        raise ValueError(f"{self.kind} has no links")

    def check(self) -> str:
        """Ask the provider whether the channel's settings work; returns what it said, raises SendError."""
        return ""
