"""Browser modules as the static storage serves them: import maps and preload lists.

The files under static/ import each other by relative names. Once collected they carry a hash in their
names, and an import map redirects the plain address to the hashed one (docs/frontend.md).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TypedDict

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

from apps.core import vendoring

# `import … from "x"`, `export … from "x"` and `import "x"`; dynamic imports are fetched when wanted.
STATIC_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b(?:[^'"();]*?\bfrom\b)?\s*["']([^"']+)["']""", re.MULTILINE
)
SHARED = "shared"


class ImportMap(TypedDict, total=False):
    """The content of a `<script type="importmap">`."""

    imports: dict[str, str]
    integrity: dict[str, str]


def has_manifest() -> bool:
    """Whether addresses carry hashes: the storage keeps a manifest and we are not debugging."""
    return isinstance(staticfiles_storage, ManifestFilesMixin) and not settings.DEBUG


def import_map(surface: str) -> ImportMap:
    """The map for one surface (a folder of static/): vendored names, shared and its own modules."""
    return _hashed_map(surface) if has_manifest() else {"imports": _bare_names()}


@lru_cache
def _hashed_map(surface: str) -> ImportMap:
    imports = _bare_names()
    assert isinstance(staticfiles_storage, ManifestFilesMixin)  # has_manifest() was asked
    for name in staticfiles_storage.hashed_files:
        if name.endswith(".js") and name.startswith((f"{surface}/", f"{SHARED}/")):
            imports[_plain_url(name)] = staticfiles_storage.url(name)
    return {"imports": imports, "integrity": {url: _integrity(url) for url in imports.values()}}


def _bare_names() -> dict[str, str]:
    return {entry.module: staticfiles_storage.url(f"vendor/{entry.path}") for entry in _vendored()}


@lru_cache
def _vendored() -> list[vendoring.VendoredFile]:
    return vendoring.read_register(Path(settings.BASE_DIR) / "static" / "vendor")


def _plain_url(name: str) -> str:
    return f"{settings.STATIC_URL}{name}"


def _integrity(url: str) -> str:
    with staticfiles_storage.open(url.removeprefix(settings.STATIC_URL)) as content:
        return vendoring.integrity(content.read())


def preloads(entry: str) -> list[tuple[str, str]]:
    """Addresses of everything `entry` (such as 'widget/app.js') imports statically, itself first, each with its
    integrity ('' without a manifest). A preload that does not repeat the map's integrity is fetched twice.
    """
    if has_manifest():
        return list(_hashed_preloads(entry))
    return [(staticfiles_storage.url(name), "") for name in _graph(entry)]


@lru_cache
def _hashed_preloads(entry: str) -> tuple[tuple[str, str], ...]:
    urls = [staticfiles_storage.url(name) for name in _graph(entry)]
    return tuple((url, _integrity(url)) for url in urls)


def _graph(entry: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += [_resolve(name, specifier) for specifier in STATIC_IMPORT.findall(source(name))]
    return tuple(found)


def _resolve(importer: str, specifier: str) -> str:
    if specifier.startswith("."):
        return normpath(str(PurePosixPath(importer).parent / specifier))
    for entry in _vendored():
        if entry.module == specifier:
            return f"vendor/{entry.path}"
    raise LookupError(f"{importer} imports {specifier!r}, which is neither relative nor vendored")


def source(name: str) -> str:
    """The text of a static file as written. Raises LookupError if there is none."""
    path = finders.find(name)
    if path is None and settings.STATIC_ROOT:
        # A built image may carry only the collected files.
        path = str(Path(settings.STATIC_ROOT) / name)
    if path is None or not Path(path).is_file():
        raise LookupError(f"static file {name} does not exist")
    return Path(path).read_text(encoding="utf-8")


def forget() -> None:
    """Drops what this process has computed (after collectstatic in the same process, and in tests)."""
    _hashed_map.cache_clear()
    _hashed_preloads.cache_clear()
    _vendored.cache_clear()
