"""The stable codes of refusals, read from the sources: a code that is used cannot be left out of the page."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import translation
from rest_framework import exceptions

from apps.core.api import problems

# Refusals of the framework that REST answers with.
_FRAMEWORK = (
    exceptions.NotAuthenticated,
    exceptions.AuthenticationFailed,
    exceptions.ParseError,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
    exceptions.Throttled,
)


@dataclass(frozen=True)
class Kind:
    """A class of refusals as its source declares it; what it leaves out is its base's."""

    code: str
    status: int
    meaning: str
    declares: bool


@dataclass(frozen=True)
class Refusal:
    """A code with the status REST gives it and what it means, at one place that uses it."""

    code: str
    status: int
    meaning: str


def table() -> str:
    """Every code once, in alphabetical order, as a table of the page."""
    found: dict[str, list[Refusal]] = {}
    for each in refusals():
        found.setdefault(each.code, []).append(each)
    rows = [
        f"| `{code}` | {_joined(str(each.status) for each in places)} | {_joined(each.meaning for each in places)} |"
        for code, places in sorted(found.items())
    ]
    return "\n".join(["| code | REST status | meaning |", "| --- | --- | --- |", *rows])


def _joined(parts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(parts)) if (parts := list(parts)) else ""


def refusals() -> Iterator[Refusal]:
    """Every code that our sources or the framework's refusals use, with each of its meanings."""
    trees = [ast.parse(path.read_text()) for path in sorted((Path(settings.BASE_DIR) / "apps").rglob("*.py"))]
    kinds = _kinds([node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)])
    known = dict(kinds)
    yield from (Refusal(kind.code, kind.status, kind.meaning) for _name, kind in kinds if kind.declares)
    declared = {kind.code for _name, kind in kinds if kind.declares}
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    # Where a class says what its code means, the words of single places add nothing.
    yield from (each for each in _raised(calls, known) if each.code not in declared)
    yield from (each for each in _of_the_framework() if each.code not in declared)


def _kinds(classes: list[ast.ClassDef]) -> list[tuple[str, Kind]]:
    """Subclasses of DomainError, and permissions of REST, with their names; two may share one."""
    kinds = [("BasePermission", Kind("forbidden", 403, "", declares=False))]
    waiting = classes
    while found := [each for each in waiting if _base(each, dict(kinds))]:
        kinds += [(each.name, _kind(each, dict(kinds))) for each in found]
        waiting = [each for each in waiting if each not in found]
    return kinds


def _base(found: ast.ClassDef, known: dict[str, Kind]) -> Kind | None:
    if found.name == "DomainError":
        return Kind("", 0, "", declares=False)
    names = [base.id for base in found.bases if isinstance(base, ast.Name)]
    return next((known[name] for name in names if name in known), None)


def _kind(found: ast.ClassDef, known: dict[str, Kind]) -> Kind:
    base = _base(found, known)
    assert base is not None  # asked before
    own = {
        target.id: node.value.value
        for node in found.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    said = [
        node.value for node in found.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    ]
    doc = " ".join((ast.get_docstring(found) or "").partition("\n\n")[0].split())
    # A permission's docstring says who is let in; its message, why somebody is not.
    meaning = f"“{_words(said[0])}”" if said else doc
    code, status = str(own.get("code", base.code)), own.get("status", base.status)
    return Kind(code, int(str(status)), meaning, declares="code" in own)


def _raised(calls: Iterable[ast.Call], known: dict[str, Kind]) -> Iterator[Refusal]:
    """Refusals that are given a code of their own where they are raised; the words they say are their meaning."""
    for call in calls:
        kind = known.get(call.func.id) if isinstance(call.func, ast.Name) else None
        code = next((each.value for each in call.keywords if each.arg == "code"), None)
        if kind is not None and code is not None:
            assert isinstance(code, ast.Constant), "a code that is chosen while it is raised cannot be listed"
            yield Refusal(str(code.value), kind.status, f"“{_words(call.args[0])}”")


def _words(text: ast.expr) -> str:
    """The first words of an expression: the English text that it translates."""
    return next(
        node.value
        for node in ast.walk(text)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _of_the_framework() -> Iterator[Refusal]:
    with translation.override("en"):
        for each in _FRAMEWORK:
            code = problems.CODES.get(each.default_code, each.default_code)
            yield Refusal(code, each.status_code, f"{problems.TITLES[each.status_code]}.")
