"""What screens are shown of the organisation."""

from __future__ import annotations

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
    """A reason for a break, or for not taking what is offered."""

    id: int
    name: str
