"""System checks: settings that would lose or leak something stop the start, each with an id and a hint."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from apps.core import addresses, http, stored_secrets
from apps.core.fields import split_entry

MAKE_KEY = (
    'Make one with: python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())" and set ENCRYPTION_KEYS=2026a:<key> (a name, a colon, the key).'
)


@register(Tags.security)
def check_encryption_keys(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """core.E001 no key, core.E002 an odd key, core.E003 two keys of one name."""
    entries = settings.ENCRYPTION_KEYS
    if not entries:
        return [
            Error(
                "ENCRYPTION_KEYS is empty: secrets cannot be stored or read.", hint=MAKE_KEY, id="core.E001"
            )
        ]
    return [*_odd_keys(entries), *_repeated_names(entries)]


def _odd_keys(entries: Sequence[str]) -> Iterator[CheckMessage]:
    for number, entry in enumerate(entries, start=1):
        # The message names the place, not the entry: it may end in a log.
        if not _is_named_key(entry):
            yield Error(f"Entry {number} of ENCRYPTION_KEYS is not id:key.", hint=MAKE_KEY, id="core.E002")


def _is_named_key(entry: str) -> bool:
    try:
        _, key = split_entry(entry)
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
    except (ValueError, binascii.Error):
        return False


def _repeated_names(entries: Sequence[str]) -> Iterator[CheckMessage]:
    names = [entry.partition(":")[0].strip() for entry in entries]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Error(
            f"ENCRYPTION_KEYS has two keys named {name!r}.",
            hint="Give each key a name of its own: the name is stored with every value.",
            id="core.E003",
        )


@register(Tags.database)
def check_secrets_are_readable(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """core.E004: a stored secret whose key is gone. Looks at the newest rows of each encrypted column."""
    if not databases or any(_odd_keys(settings.ENCRYPTION_KEYS)) or not settings.ENCRYPTION_KEYS:
        return []
    return [
        Error(
            f"{row} was written with the key {row.key_id!r}, which opens it no more.",
            hint="Put that key back at the end of ENCRYPTION_KEYS and run rotate_secrets before removing it.",
            id="core.E004",
        )
        for row in stored_secrets.unreadable_among_newest()
    ]


@register(Tags.security)
def check_network_settings(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """core.E005 to core.E009: lists of addresses, the scanner, authorities; read only when they are needed."""
    return [
        Error(f"{name} is odd: {problem}", hint=hint, id=number)
        for number, name, find_problem, hint in _NETWORK_SETTINGS
        if (problem := find_problem(getattr(settings, name)))
    ]


def _odd_networks(entries: Sequence[str]) -> str:
    try:
        addresses.networks(tuple(entries))
    except ValueError as error:
        return str(error)
    return ""


def _odd_hosts(entries: Sequence[str]) -> str:
    try:
        for entry in entries:
            http.split_host_port(entry)
    except ValueError as error:
        return str(error)
    return ""


def _odd_scanner(address: str) -> str:
    return "" if not address or address.startswith("/") else _odd_hosts([address])


def _odd_policy(policy: str) -> str:
    return "" if policy in ("allow", "refuse") else repr(policy)


def _odd_bundle(path: str) -> str:
    try:
        http.trust()
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


_NETWORK_SETTINGS = (
    (
        "core.E005",
        "TRUSTED_PROXIES",
        _odd_networks,
        "List networks such as 10.0.0.0/8 or 127.0.0.1, and unix for a proxy on a Unix socket.",
    ),
    ("core.E006", "HTTP_ALLOWED_INTERNAL", _odd_hosts, "List host:port pairs such as crm.bank.example:8443."),
    (
        "core.E007",
        "CLAMD",
        _odd_scanner,
        "Give host:port or the absolute path of clamd's socket, or nothing.",
    ),
    ("core.E008", "UNSCANNED_FILES", _odd_policy, "Say allow or refuse."),
    (
        "core.E009",
        "HTTP_CA_BUNDLE",
        _odd_bundle,
        "Give the path of a PEM file with certificates, or nothing.",
    ),
)


@register(Tags.database)
def check_database_knows_cyrillic(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """core.E010: in a database of the C locale Russian words are never found, without any error."""
    return [
        Error(
            f"The database {alias!r} does not know that я is the small letter of Я.",
            hint="Make it with a UTF-8 locale that knows Cyrillic (docs/install.md, Cluster).",
            id="core.E010",
        )
        for alias in databases or ()
        if not _lowers_cyrillic(alias)
    ]


def _lowers_cyrillic(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT lower('Я') = 'я'")
        return bool(cursor.fetchone()[0])
