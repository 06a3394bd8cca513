"""Secrets at rest: model fields whose column holds ciphertext only.

A stored value reads ``<key id>:<Fernet token>``. Keys come from ``settings.ENCRYPTION_KEYS`` as "id:key",
newest first: the newest encrypts, all of them decrypt, and the id tells which key a row still needs. A change
of keys is: put the new key in front, restart, run ``rotate_secrets``, remove the old key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

SEPARATOR = ":"


class UnreadableSecret(ValueError):
    """A stored value that none of the configured keys opens; ``key_id`` is the key it was written with."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no key in ENCRYPTION_KEYS opens a value written with key {key_id!r}")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Keyring:
    """The configured keys: ``ids`` newest first, ``fernet`` tries them in that order."""

    ids: tuple[str, ...]
    fernet: MultiFernet

    @classmethod
    def parse(cls, entries: tuple[str, ...]) -> Self:
        """Build from "id:key" entries; ValueError for an entry that is not a named Fernet key."""
        pairs = [split_entry(entry) for entry in entries]
        if not pairs:
            raise ValueError("there is no encryption key")
        return cls(tuple(key_id for key_id, _ in pairs), MultiFernet([Fernet(key) for _, key in pairs]))

    def encrypt(self, plain: bytes) -> str:
        return f"{self.ids[0]}{SEPARATOR}{self.fernet.encrypt(plain).decode('ascii')}"

    def decrypt(self, stored: str) -> bytes:
        key_id, _, token = stored.partition(SEPARATOR)
        try:
            return self.fernet.decrypt(token.encode())
        except InvalidToken:
            raise UnreadableSecret(key_id) from None

    def is_current(self, stored: str) -> bool:
        """Whether the newest key wrote this value."""
        return stored.startswith(f"{self.ids[0]}{SEPARATOR}")


def split_entry(entry: str) -> tuple[str, str]:
    """Split "id:key"; ValueError when there is no id. Fernet keys are base64url and hold no colon."""
    key_id, _, key = entry.partition(SEPARATOR)
    if not key_id.strip() or not key:
        raise ValueError("an encryption key is written as id:key")
    return key_id.strip(), key.strip()


def keyring() -> Keyring:
    """The keys of the present settings; ImproperlyConfigured when they cannot be used."""
    try:
        return _keyring(tuple(settings.ENCRYPTION_KEYS))
    except ValueError as error:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS: {error}") from error


_keyring = lru_cache(maxsize=8)(Keyring.parse)


class _SecretLookups:
    """Ciphertext differs on every write, so nothing but IS NULL can be asked of the column."""

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)  # type: ignore[misc]  # provided by the field beside the mixin
        raise FieldError(f"an encrypted field cannot be searched by {lookup_name!r}")

    def get_transform(self, name: str) -> Any:
        raise FieldError(f"an encrypted field cannot be transformed by {name!r}")


class EncryptedTextField(_SecretLookups, models.TextField):
    """Text kept encrypted. '' and NULL stay as they are, so that "there is no secret" can be seen."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return keyring().encrypt(value.encode()) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return keyring().decrypt(value).decode() if value else value

    def formfield(self, **kwargs: Any) -> Any:
        # Forms need the app registry, models come before it.
        from apps.core.forms import SecretField, SecretWidget, WriteOnly

        widget = kwargs.pop("widget", None)
        # The admin proposes a textarea for every text, which would show the secret.
        is_safe = isinstance(widget, WriteOnly) or (
            isinstance(widget, type) and issubclass(widget, WriteOnly)
        )
        return super().formfield(
            **{"form_class": SecretField, **kwargs, "widget": widget if is_safe else SecretWidget}
        )


class EncryptedBinaryField(_SecretLookups, models.BinaryField):
    """Bytes kept encrypted, such as a request body as it came. b'' and NULL stay as they are."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return keyring().encrypt(bytes(value)).encode("ascii") if value else value

    def from_db_value(
        self, value: bytes | memoryview | None, expression: Any, connection: Any
    ) -> bytes | None:
        if value is None:
            return None
        stored = bytes(value)
        return keyring().decrypt(stored.decode("ascii")) if stored else stored


EncryptedField = EncryptedTextField | EncryptedBinaryField
