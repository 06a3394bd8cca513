"""The declared frames and payloads as data: one walk for the documentation and the screens' types."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from apps.core.frames import ClientFrame, ServerFrame
from config.frames import FRAMES, PUSHED

Struct = type[msgspec.Struct]


@dataclass(frozen=True)
class Field:
    """One field of a frame: its TypeScript type, its bounds in words, whether it may be left out."""

    name: str
    type: str
    bounds: str
    optional: bool


def sent(surface: str) -> list[Struct]:
    """Frames a client of this surface may send."""
    return list(_frames()[surface])


def answered(surface: str) -> list[Struct]:
    """Frames the server answers or pushes there."""
    answers = [answer_of(handler) for handler in _frames()[surface].values()]
    pushed: list[Struct] = [*PUSHED[surface]]  # type: ignore[list-item]  # as above
    return unique([*pushed, *(each for each in answers if each)])


def _frames() -> dict[str, dict[Struct, object]]:
    return FRAMES  # type: ignore[return-value]  # the table holds structs and handlers of many shapes


def answer_of(handler: object) -> Struct | None:
    """The answer a handler is annotated with; None: ``done`` when the client asked with a ref."""
    returned = typing.get_type_hints(handler).get("return")
    return returned if inspect.isclass(returned) and issubclass(returned, ServerFrame) else None


def tag(struct: Struct) -> str:
    """The frame's ``type`` on the wire."""
    return str(struct.__struct_config__.tag)


def summary(struct: Struct) -> str:
    """The frame's docstring on one line."""
    return " ".join((inspect.getdoc(struct) or "").split())


def fields(struct: Struct) -> list[Field]:
    """The struct's fields in their order; ``ref`` of every frame is described once in the prose."""
    hints = typing.get_type_hints(struct, include_extras=True)
    is_client = issubclass(struct, ClientFrame)
    return [
        Field(
            name=each.name,
            type=type_name(hints[each.name]),
            bounds=bounds(hints[each.name]),
            optional=is_client and not each.required,
        )
        for each in msgspec.structs.fields(struct)
        if each.name != "ref"
    ]


def nested(structs: list[Struct]) -> list[Struct]:
    """Payloads that the structs are made of, each once, in the order in which they are met."""
    found: list[Struct] = []
    for struct in structs:
        for hint in typing.get_type_hints(struct).values():
            for inner in inner_structs(hint):
                found += [inner, *nested([inner])]
    return unique(found)


def inner_structs(hint: object) -> Iterator[Struct]:
    """Structs anywhere within a type."""
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        yield hint
    for argument in typing.get_args(hint):
        yield from inner_structs(argument)


def unique(structs: list[Struct]) -> list[Struct]:
    """Each once, in the order of the first."""
    return list(dict.fromkeys(structs))


_NAMES: dict[object, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    datetime: "string",
    UUID: "string",
}


def type_name(hint: object) -> str:
    """A Python type as TypeScript writes it. Moments and UUIDs are strings on the wire."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return type_name(arguments[0])
    if hint is type(None):
        return "null"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_name(each) for each in arguments)
    if origin is typing.Literal:
        return " | ".join(f'"{each}"' for each in arguments)
    if origin is list:
        return f"Array<{type_name(arguments[0])}>"
    if origin is dict:
        return f"Record<{type_name(arguments[0])}, {type_name(arguments[1])}>"
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    return _NAMES.get(hint, "unknown")


def bounds(hint: object) -> str:
    """Limits of a field in words."""
    found = [each for each in typing.get_args(hint) if isinstance(each, msgspec.Meta)]
    for argument in typing.get_args(hint):
        if typing.get_origin(argument) is typing.Annotated:
            return bounds(argument)
    if not found:
        return ""
    meta = found[0]
    words = {
        "at least": meta.ge,
        "at most": meta.le,
        "shortest": meta.min_length,
        "longest": meta.max_length,
    }
    parts = [f"{word} {value}" for word, value in words.items() if value is not None]
    if meta.pattern:
        parts.append(f"matches `{meta.pattern}`")
    return ", ".join(parts)
