"""Third-party browser modules kept in the repository: what they are and whether they are unchanged.

`static/vendor/VENDOR.toml` is the register; docs/frontend.md tells why nothing is built.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCE_MAP = re.compile(rb"\s*//# sourceMappingURL=\S*\s*$")
REGISTER = "VENDOR.toml"


class VendorError(Exception):
    """A vendored file could not be fetched or is not what the register says."""


@dataclass(frozen=True)
class VendoredFile:
    """One line of the register: a published file and the place where we serve it from."""

    name: str
    version: str
    licence: str
    upstream: str
    path: str
    module: str
    sha384: str

    @property
    def folder(self) -> str:
        return self.path.split("/", 1)[0]


def read_register(root: Path) -> list[VendoredFile]:
    """The register under `root` (the vendor folder)."""
    with (root / REGISTER).open("rb") as register:
        return [VendoredFile(**entry) for entry in tomllib.load(register)["file"]]


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute (SHA-384, base64) for these bytes."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def problems(root: Path) -> list[str]:
    """What differs between the register and the folder; empty means all is as registered."""
    entries = read_register(root)
    found = [line for entry in entries for line in _entry_problems(root, entry)]
    expected = (
        {entry.path for entry in entries} | {f"{entry.folder}/LICENSE" for entry in entries} | {REGISTER}
    )
    actual = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return found + [f"{path}: not in {REGISTER}" for path in sorted(actual - expected)]


def _entry_problems(root: Path, entry: VendoredFile) -> list[str]:
    target = root / entry.path
    if not target.is_file():
        return [f"{entry.path}: missing"]
    found = []
    content = target.read_bytes()
    if integrity(content) != entry.sha384:
        found.append(f"{entry.path}: differs from {entry.name} {entry.version}")
    if b"sourceMappingURL" in content:
        found.append(f"{entry.path}: names a source map, which stops collectstatic")
    if not (root / entry.folder / "LICENSE").is_file():
        found.append(f"{entry.folder}/LICENSE: missing")
    return found


def fetch(root: Path) -> list[VendoredFile]:
    """Downloads every registered package with npm, copies its files and writes their hashes.

    Raises VendorError when npm is absent or fails, or a package lacks a registered file.
    """
    entries = read_register(root)
    with tempfile.TemporaryDirectory() as scratch:
        for name, version in sorted({(entry.name, entry.version) for entry in entries}):
            archive = _pack(f"{name}@{version}", Path(scratch))
            for entry in entries:
                if entry.name == name:
                    copy_from(archive, entry, root)
    _write_hashes(root, entries)
    return read_register(root)


def _pack(package: str, scratch: Path) -> Path:
    try:
        done = subprocess.run(  # noqa: S603 - names and versions are those of our own register
            ["npm", "pack", "--silent", package],  # noqa: S607 - wherever the developer has npm
            cwd=scratch,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise VendorError(f"npm pack {package} failed: {error}") from error
    return scratch / done.stdout.strip().splitlines()[-1]


def copy_from(archive: Path, entry: VendoredFile, root: Path) -> None:
    """Copies one file and its licence out of a package archive."""
    with tarfile.open(archive) as package:
        content = _member(package, entry.upstream)
        licence = _member(package, "LICENSE")
    target = root / entry.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(SOURCE_MAP.sub(b"\n", content))
    (root / entry.folder / "LICENSE").write_bytes(licence)


def _member(package: tarfile.TarFile, path: str) -> bytes:
    try:
        member = package.extractfile(f"package/{path}")
    except KeyError as error:
        raise VendorError(f"{path} is not in the package") from error
    if member is None:
        raise VendorError(f"{path} is not a file")
    return member.read()


def _write_hashes(root: Path, entries: list[VendoredFile]) -> None:
    text = (root / REGISTER).read_text()
    for entry in entries:
        value = integrity((root / entry.path).read_bytes())
        pattern = rf'(path = "{re.escape(entry.path)}"\nmodule = "[^"]*"\nsha384 = )"[^"]*"'
        text = re.sub(pattern, rf'\g<1>"{value}"', text)
    (root / REGISTER).write_text(text)
