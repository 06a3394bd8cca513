"""docs/protocol.md (its tables) and static/shared/frames.d.ts, made from the declared frames."""

from __future__ import annotations

from pathlib import Path

from config.reference import codes, shapes

MARK = "<!-- Below this line: made by `manage.py reference` from the declared frames. -->"
REFUSALS = """\
The codes of `error` frames, of uploads and of REST's problem documents alike; the text beside a code says what to do.
A hello that is refused gets no `error`: the socket closes with a code of the table above. What is wrong with single
fields of a REST request stands in `errors`, under the framework's codes (`required`, `blank`, `max_length` and so on)
and `unknown_field`, `unknown_parameter`, `one_of`.
"""
TITLES = {"customer": "The customer's socket", "operator": "The operator's socket"}


def page(path: Path) -> str:
    """The page as it should be: the prose that is there, then the tables."""
    prose = path.read_text().partition(MARK)[0].rstrip()
    return f"{prose}\n\n{MARK}\n\n{_tables()}\n"


def types() -> str:
    """TypeScript declarations for every frame and payload."""
    every = shapes.unique(
        [each for surface in TITLES for each in shapes.sent(surface) + shapes.answered(surface)]
    )
    parts = ["// Made by `manage.py reference` from the declared frames. Do not edit.", ""]
    parts += [_interface(each, None) for each in shapes.nested(every)]
    parts += [_interface(each, shapes.tag(each)) for each in every]
    for surface in TITLES:
        name = surface.capitalize()
        parts.append(_union(f"{name}Sends", shapes.sent(surface)))
        parts.append(_union(f"{name}Receives", shapes.answered(surface)))
    return "\n".join(parts)


def _tables() -> str:
    parts = []
    for surface, title in TITLES.items():
        parts.append(f"## {title}\n\n### Client to server\n")
        parts += [_described(each) for each in shapes.sent(surface)]
        parts.append("### Server to client\n")
        parts += [_described(each) for each in shapes.answered(surface)]
    every = [each for surface in TITLES for each in shapes.sent(surface) + shapes.answered(surface)]
    parts.append("## Payloads\n")
    parts += [_described(each, heading=each.__name__) for each in shapes.nested(shapes.unique(every))]
    parts += ["## Refusals\n", REFUSALS, codes.table()]
    return "\n".join(parts).rstrip()


def _described(struct: shapes.Struct, heading: str = "") -> str:
    lines = [f"#### `{heading or shapes.tag(struct)}`", "", shapes.summary(struct), ""]
    rows = [
        f"| `{each.name}`{' (optional)' if each.optional else ''} | `{each.type.replace('|', chr(92) + '|')}` | "
        f"{each.bounds.replace('|', chr(92) + '|')} |"
        for each in shapes.fields(struct)
    ]
    if rows:
        lines += ["| field | type | limits |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _interface(struct: shapes.Struct, tag: str | None) -> str:
    lines = [f"/** {shapes.summary(struct)} */", f"export interface {struct.__name__} {{"]
    if tag:
        lines += [f'  type: "{tag}";', "  ref?: number | null;"]
    lines += [f"  {each.name}{'?' if each.optional else ''}: {each.type};" for each in shapes.fields(struct)]
    return "\n".join([*lines, "}", ""])


def _union(name: str, structs: list[shapes.Struct]) -> str:
    return f"export type {name} = {' | '.join(each.__name__ for each in structs)};\n"
