"""Keys of the single-process shape, made at the first start and kept in var/keys.

A cluster gets its keys from the environment instead (SECRET_KEY, ENCRYPTION_KEYS).
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class LocalKeys:
    """`encryption_key` is an "id:key" pair as ENCRYPTION_KEYS holds them; the key is a Fernet key."""

    secret_key: str
    encryption_key: str


def load_or_create(var_dir: Path) -> LocalKeys:
    """Read the keys, making those that are missing. Two processes starting at once read the same ones."""
    folder = var_dir / "keys"
    try:
        _make_folders(var_dir, folder)
        return LocalKeys(
            secret_key=_read_or_write(folder / "secret_key", secrets.token_urlsafe(64)),
            encryption_key=_read_or_write(folder / "encryption_key", f"local:{_fernet_key()}"),
        )
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"{error.filename} belongs to another user. Run Otklik as that user, "
            "or set OTKLIK_VAR to a folder of yours."
        ) from error


def _make_folders(var_dir: Path, folder: Path) -> None:
    if not var_dir.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        # Whatever the umask: PostgreSQL's own account walks through it when the project runs as root.
        var_dir.chmod(0o755)
    folder.mkdir(mode=0o700, exist_ok=True)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _read_or_write(path: Path, fresh: str) -> str:
    """Written under another name and linked, so that nobody ever reads half of a key."""
    if not path.exists():
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(fresh)
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
        unfinished.unlink()
    return path.read_text().strip()
