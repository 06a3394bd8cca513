"""Who is at the other end of a customer's socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Greeting(Protocol):
    """What the chat said to the visitor last, for whoever has to keep it."""

    def begun(self, message: Any, *, department: int | None) -> None:
        """He begins a conversation with this message; called in the transaction that stores it."""


@dataclass(slots=True)
class CustomerSession:
    """Who is at the other end. Identity and customer appear with the first message."""

    channel_id: int
    visitor_id: int
    external_id: str
    language: str
    time_zone: str
    text_limit: int
    new_token: str | None
    # Of the token under which this socket was opened, or which it was given since.
    token_digest: str
    expires_at: datetime
    identity: Any = None
    # Conversations this socket was told of: of others it hears nothing, not even that they move.
    conversations: set[int] = field(default_factory=set)
    # Address and title of the page he came to with the hello, until somebody noted it.
    new_page: tuple[str, str] | None = None
    # What the page said he did before anything was known of him, by its code.
    acts: dict[str, datetime] = field(default_factory=dict)
    # Of the last welcome; before it nothing was said.
    greeting: Greeting | None = None

    @property
    def uploader(self) -> str:
        """The name under which this visitor's files are stored."""
        return f"visitor:{self.visitor_id}"
