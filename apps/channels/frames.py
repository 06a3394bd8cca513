"""Frames of the customer's socket that concern who is there and where. Documented in docs/protocol.md."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from apps.core.frames import ClientFrame, Token

Address = Annotated[str, msgspec.Meta(max_length=2000)]


class HelloFrame(ClientFrame, tag="hello"):
    """The first frame. ``key`` is the channel's public key; without a ``token`` a new visitor begins.

    A token that is not valid, or not any more, closes the socket with 4001: drop it and say hello without one. The
    welcome brings the state; what the client already has it recognises by id and rev. ``again``: this client was
    welcomed on this page before and only comes back.
    """

    key: Annotated[str, msgspec.Meta(max_length=40)]
    token: Token | None = None
    protocol: Literal[1] = 1
    language: Annotated[str, msgspec.Meta(max_length=5)] = "ru"
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = ""
    page_url: Address = ""
    page_title: Annotated[str, msgspec.Meta(max_length=500)] = ""
    again: bool = False
