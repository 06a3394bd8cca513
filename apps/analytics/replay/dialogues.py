"""Dialogues to play: the project's own forty, or a file of the same form.

One JSON object a line, plain or gzipped: ``{id, turns: [{who: customer | operator, t, text}]}``; ``t`` is seconds
from the first message. Other fields are ignored.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import msgspec

OWN = Path(__file__).parent / "dialogues"


class BadDialogue(ValueError):
    """A file does not hold dialogues of this form; the text names the line."""


class Line(msgspec.Struct, frozen=True):
    """One utterance of a dialogue."""

    who: str
    t: float
    text: str


class Dialogue(msgspec.Struct, frozen=True):
    """A recorded dialogue that a customer begins."""

    id: int | str
    turns: list[Line]
    language: str = "en"
    domains: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as it is played: ``pause`` seconds after the one before, under a client id of this run."""

    who: str
    pause: float
    text: str
    client_id: str


def load(path: Path | None = None) -> list[Dialogue]:
    """Dialogues of a file, or the project's own; raises BadDialogue."""
    files = [path] if path else sorted(OWN.glob("*.jsonl"))
    return [dialogue for file in files for dialogue in _read(file)]


def _read(file: Path) -> list[Dialogue]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    decoder = msgspec.json.Decoder(Dialogue)
    found = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            dialogue = decoder.decode(line)
        except msgspec.DecodeError as error:
            raise BadDialogue(f"{file}, line {number}: {error}") from error
        found.append(_checked(dialogue, f"{file}, line {number}"))
    return found


def _checked(dialogue: Dialogue, place: str) -> Dialogue:
    if not dialogue.turns or dialogue.turns[0].who != "customer":
        raise BadDialogue(f"{place}: a dialogue begins with its customer")
    if any(turn.who not in ("customer", "operator") or not turn.text.strip() for turn in dialogue.turns):
        raise BadDialogue(f"{place}: every turn has words and is the customer's or the operator's")
    return dialogue


def chosen(dialogues: list[Dialogue], number: int) -> list[Dialogue]:
    """The first ``number`` of them, from the beginning again when there are fewer."""
    return [dialogues[place % len(dialogues)] for place in range(number)]


def staged(dialogue: Dialogue, name: str, *, speed: float) -> list[Turn]:
    """The turns of a dialogue played as ``name``, with pauses ``speed`` times shorter than recorded."""
    before = [turn.t for turn in dialogue.turns[:1] + dialogue.turns[:-1]]
    return [
        Turn(line.who, max(0.0, line.t - earlier) / speed, line.text, client_id(name, place))
        for place, (line, earlier) in enumerate(zip(dialogue.turns, before, strict=True))
    ]


def client_id(name: str, place: int) -> str:
    """The client id of a turn: it names the dialogue to whoever sees the message, with no other channel."""
    return f"{name}-{place:03d}"


def name_in(client_id: str | None) -> str | None:
    """The dialogue's name in a client id; None when no replay made it."""
    name, _dash, place = (client_id or "").rpartition("-")
    return name if place.isdecimal() and name.startswith("replay") else None
