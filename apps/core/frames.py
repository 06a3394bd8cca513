"""Frames: what travels over our sockets, declared once and made into code, screens' types and documentation.

A frame is a msgspec Struct tagged with its ``type``. What a client sends forbids unknown fields: a misspelt or
smuggled field is an error, not a surprise.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.numbers import BIG

Ref = Annotated[int, msgspec.Meta(ge=-BIG, le=BIG)] | None
Token = Annotated[str, msgspec.Meta(max_length=200)]
ClientId = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
Number = Annotated[int, msgspec.Meta(ge=1, le=BIG)]


class ClientFrame(msgspec.Struct, tag_field="type", forbid_unknown_fields=True, kw_only=True):
    """Base of what clients send. ``ref`` is the client's own number of the request; the answer repeats it."""

    ref: Ref = None


class ServerFrame(msgspec.Struct, tag_field="type", omit_defaults=False, kw_only=True):
    """Base of what the server sends. ``ref`` is set on answers only."""

    ref: Ref = None


class ErrorFrame(ServerFrame, tag="error"):
    """The request ``ref`` was refused; nothing changed. ``text`` is in the reader's language."""

    code: str
    text: str
    client_id: str | None = None


class DoneFrame(ServerFrame, tag="done"):
    """The request ``ref`` was carried out and has no other answer."""


class ResyncFrame(ServerFrame, tag="resync"):
    """The server lost track of what this socket has seen: fetch the state again."""


class PingFrame(ClientFrame, tag="ping"):
    """Keeps the line alive; answered by pong."""


class PongFrame(ServerFrame, tag="pong"):
    """Answer to ping."""


Handler = Callable[[Any, Any], Any]


@cache
def table(surface: str) -> Mapping[type[ClientFrame], Handler]:
    """Frames a surface understands and who handles them, from config/frames.py."""
    found: Mapping[type[ClientFrame], Handler] = import_string(settings.OTKLIK_FRAMES)[surface]
    return found


@cache
def decoder(surface: str) -> msgspec.json.Decoder[ClientFrame]:
    """Decodes one frame of a surface; a type that is not listed is a validation error."""
    union: Any = None
    for frame in table(surface):
        union = frame if union is None else union | frame
    return msgspec.json.Decoder(union)


def parse(surface: str, text: str) -> ClientFrame:
    """One frame of a surface from its text; msgspec's errors say what is wrong.

    Lone surrogates and NUL, which no table takes, become U+FFFD in every field.
    """
    if "\\u0000" in text:
        text = _NUL.sub(r"\1\\ufffd", text)
    try:
        return decoder(surface).decode(text)
    except msgspec.ValidationError:
        raise
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply") from error
    except msgspec.DecodeError:
        return decoder(surface).decode(_without_lone_surrogates(text))


# An escaped NUL: the backslash before its "u" is not escaped itself.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _without_lone_surrogates(text: str) -> bytes:
    try:
        loose = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None
    return loose.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


_encoder = msgspec.json.Encoder()


def encode(frame: ServerFrame) -> str:
    """A server frame as the text that goes over the wire."""
    return _encoder.encode(frame).decode()


def is_async(handler: Handler) -> bool:
    """Handlers without SQL are coroutines and run on the loop; the others run in a hot thread."""
    return inspect.iscoroutinefunction(handler)


async def pong(socket: Any, frame: PingFrame) -> PongFrame:
    """Answer a ping, on the loop."""
    return PongFrame()
