"""What screens are shown of the organisation."""

from __future__ import annotations

from datetime import datetime

import msgspec


class LineView(msgspec.Struct, kw_only=True):
    """A line as the workspace lists it."""

    id: int
    name: str
    priority: int
    common: bool
    mine: bool
    open: bool
    active: bool
    # A partner's system answers there.
    outside: bool


class BrandView(msgspec.Struct, kw_only=True):
    """The bank's look; ``logo`` is the number of a public picture."""

    name: str
    colour: str
    logo: str | None


class TagView(msgspec.Struct, kw_only=True):
    """A tag that may be put on conversations."""

    id: int
    name: str
    colour: str
    active: bool


class TemplateView(msgspec.Struct, kw_only=True):
    """A reply template the operator may use; {placeholders} are filled on the screen."""

    id: int
    shortcut: str
    title: str
    text: str
    language: str
    folder: str
    line: int | None
    personal: bool


class ReasonView(msgspec.Struct, kw_only=True):
    """A reason for a break, or for not taking what is offered; ``minutes``: how long such a break takes."""

    id: int
    name: str
    minutes: int | None = None


class PresenceNotes(msgspec.Struct, kw_only=True):
    """What stands beside an operator's state.

    ``cause``: sent (``sent_by`` says by whom), silent, missed, gone, shift_over, or empty when he chose it himself.
    ``away_at``: he will be set away then, unless he shows himself. ``missed`` offers of ``missed_limit`` (0: not
    counted). ``shift_told_at``: from then on he is told that his shift ends; after ``offers_until`` nothing new is
    offered to him.
    """

    cause: str = ""
    sent_by: str = ""
    away_at: datetime | None = None
    missed: int = 0
    missed_limit: int = 0
    shift_told_at: datetime | None = None
    shift_ends_at: datetime | None = None
    offers_until: datetime | None = None
