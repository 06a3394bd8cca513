"""Who is at the other end of an operator's socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class OperatorSession:
    """A signed-in member of staff. ``sight`` is what he may see and do, put there when he is welcomed."""

    user_id: int
    name: str
    title: str
    avatar: str | None
    language: str
    time_zone: str
    session_key: str
    sight: Any = None

    @property
    def uploader(self) -> str:
        """The name under which this user's files are stored."""
        return f"user:{self.user_id}"
