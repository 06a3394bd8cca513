"""Frames of the operator's socket that concern the operator himself. Documented in docs/protocol.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from apps.core import clock
from apps.core.actors import Actor
from apps.core.frames import ClientFrame, Number, ServerFrame, Token
from apps.operators import selectors
from apps.operators.models import Presence
from apps.operators.payloads import BrandView, LineView, PresenceNotes, ReasonView, TagView, TemplateView
from apps.operators.services import presence
from apps.operators.sessions import OperatorSession


class OperatorHelloFrame(ClientFrame, tag="hello"):
    """The first frame: a one-time ticket from POST /workspace/ticket/."""

    ticket: Token
    protocol: Literal[1] = 1


class PresenceFrame(ClientFrame, tag="presence"):
    """Come to work, go on a break (with the reason's id), or leave."""

    state: Annotated[str, msgspec.Meta(max_length=8)]
    reason: Number | None = None


class ActiveFrame(ClientFrame, tag="active"):
    """The operator is there: he typed or pointed. Sent at most once a minute, and at once while he is warned."""


class CatalogueFrame(ClientFrame, tag="catalogue"):
    """Ask for what rarely changes: lines, tags, templates, reasons, the bank's look."""


class CatalogueAnswer(ServerFrame, tag="catalogue"):
    """Lines by priority, tags, templates, reasons for breaks and for declining, the bank's look."""

    lines: list[LineView]
    tags: list[TagView]
    templates: list[TemplateView]
    reasons: list[ReasonView]
    decline_reasons: list[ReasonView]
    brand: BrandView


class PresenceChangedFrame(ServerFrame, tag="presence"):
    """The operator's own presence changed, by himself, a colleague or the system.

    ``wrap_up_until``: until then nothing new is offered to him.
    """

    state: str
    reason: int | None
    since: datetime
    wrap_up_until: datetime | None = None
    notes: PresenceNotes = msgspec.field(default_factory=PresenceNotes)


class CatalogueChangedFrame(ServerFrame, tag="catalogue_changed"):
    """Lines, tags, templates, reasons or the bank's look changed in the admin: ask for the catalogue again."""

    what: str


def set_presence(session: OperatorSession, frame: PresenceFrame) -> PresenceChangedFrame:
    actor = Actor.staff(session.user_id)
    row = presence.set_presence(
        session.user_id, state=frame.state, reason_id=frame.reason, actor=actor, now=clock.now()
    )
    return presence_frame(row)


def presence_frame(row: Presence) -> PresenceChangedFrame:
    """His presence as his screens are told of it."""
    return PresenceChangedFrame(
        state=row.state,
        reason=row.reason_id,
        since=row.since,
        wrap_up_until=row.wrap_up_until,
        notes=selectors.presence_notes(row),
    )


def active(session: OperatorSession, frame: ActiveFrame) -> None:
    presence.show_active(session.user_id, now=clock.now())


def catalogue(session: OperatorSession, frame: CatalogueFrame) -> CatalogueAnswer:
    found = selectors.catalogue(session.user_id, language=session.language, now=clock.now())
    return CatalogueAnswer(
        lines=found.lines,
        tags=found.tags,
        templates=found.templates,
        reasons=found.reasons,
        decline_reasons=found.decline_reasons,
        brand=found.brand,
    )
