from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.core.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJudged(DomainEvent):
    """The virus scanner has spoken, or nobody waits for it any more: ``state`` is final."""

    kind: ClassVar[str] = "file.judged"
    subject_kind: ClassVar[str] = "file"

    file: str
    state: str

    def subject(self) -> int:
        """The beginning of the file's id: a number that fits the log. No file is looked up by it."""
        return UUID(self.file).int >> 65
