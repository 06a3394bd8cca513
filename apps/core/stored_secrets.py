"""All encrypted columns of the house: which rows need the newest key, and which no key opens.

Works on the raw column: going through the models would decrypt, and fire history triggers for what is no
change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, LiteralString

import pgtrigger
from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from apps.core.fields import (
    EncryptedBinaryField,
    EncryptedField,
    EncryptedTextField,
    UnreadableSecret,
    keyring,
)

NEWEST = 1000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that keeps a secret none of the keys opens."""

    model: type[models.Model]
    field: str
    pk: Any
    key_id: str

    def __str__(self) -> str:
        return f"{self.model._meta.label} pk={self.pk} {self.field}"


@dataclass(slots=True)
class Rotation:
    """What one run did: values written anew, values already on the newest key, rows it cannot read."""

    rewritten: int
    current: int
    unreadable: list[Unreadable]


@dataclass(frozen=True, slots=True)
class Column:
    """One encrypted field of one table, addressed below the ORM."""

    model: type[models.Model]
    field: EncryptedField

    @property
    def _names(self) -> dict[str, sql.Identifier]:
        meta, quote = self.model._meta, sql.Identifier
        return {
            "table": quote(meta.db_table),
            "pk": quote(str(meta.pk.column)),
            "column": quote(str(self.field.column)),
        }

    def after(self, last: Any, limit: int) -> list[tuple[Any, str]]:
        """The next rows in the order of the key: (pk, stored value)."""
        beyond = (
            sql.SQL("") if last is None else sql.SQL("AND {pk} > {last}").format(**self._names, last=last)
        )
        return self._fetch("{beyond} ORDER BY {pk} LIMIT {limit}", beyond=beyond, limit=limit)

    def newest(self, limit: int) -> list[tuple[Any, str]]:
        return self._fetch("ORDER BY {pk} DESC LIMIT {limit}", limit=limit)

    def replace(self, pk: Any, old: str, new: str) -> bool:
        """Write `new` unless the row has changed since it was read; whether it was written."""
        statement = sql.SQL("UPDATE {table} SET {column} = %s WHERE {pk} = %s AND {column} = %s")
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**self._names), [self._raw(new), pk, self._raw(old)])
            return bool(cursor.rowcount == 1)

    def unreadable(self, pk: Any, error: UnreadableSecret) -> Unreadable:
        return Unreadable(self.model, self.field.name, pk, error.key_id)

    def _fetch(self, rest: LiteralString, **values: Any) -> list[tuple[Any, str]]:
        select = sql.SQL("SELECT {pk}, {column} FROM {table} WHERE {column} IS NOT NULL ")
        with connection.cursor() as cursor:
            cursor.execute(select.format(**self._names) + sql.SQL(rest).format(**self._names, **values))
            return [(pk, text) for pk, value in cursor.fetchall() if (text := _text(value))]

    def _raw(self, stored: str) -> str | bytes:
        return stored.encode("ascii") if isinstance(self.field, EncryptedBinaryField) else stored


def _text(value: str | bytes | memoryview) -> str:
    # errors="replace": bytes that are no ciphertext at all are unreadable, not a crash.
    return value if isinstance(value, str) else bytes(value).decode("ascii", errors="replace")


def columns() -> Iterator[Column]:
    """Every encrypted column of every managed table, history tables included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            for field in model._meta.local_concrete_fields:
                if isinstance(field, EncryptedTextField | EncryptedBinaryField):
                    yield Column(model, field)


def rotate(*, batch: int = 500) -> Rotation:
    """Write every value that an older key wrote with the newest one; may run while the server works."""
    result = Rotation(0, 0, [])
    for column in columns():
        last = None
        while rows := column.after(last, batch):
            _rotate_rows(column, rows, result)
            last = rows[-1][0]
    return result


def _without_triggers() -> AbstractContextManager[None]:
    """History neither records nor forbids a change of keys (`ignore` fails where nothing is registered)."""
    return pgtrigger.ignore() if pgtrigger.registered() else nullcontext()


def _rotate_rows(column: Column, rows: list[tuple[Any, str]], result: Rotation) -> None:
    ring = keyring()
    with transaction.atomic(), _without_triggers():
        for pk, stored in rows:
            try:
                plain = ring.decrypt(stored)
            except UnreadableSecret as error:
                result.unreadable.append(column.unreadable(pk, error))
                continue
            if ring.is_current(stored):
                result.current += 1
            else:
                result.rewritten += column.replace(pk, stored, ring.encrypt(plain))


def unreadable_among_newest(limit: int = NEWEST) -> list[Unreadable]:
    """The newest unreadable row of each column and key; a whole table of raw updates would take too long."""
    found: dict[tuple[str, str, str], Unreadable] = {}
    tables = set(connection.introspection.table_names())
    for column in columns():
        if column.model._meta.db_table in tables:
            for row in _unreadable(column, column.newest(limit)):
                found.setdefault((column.model._meta.label, row.field, row.key_id), row)
    return list(found.values())


def _unreadable(column: Column, rows: list[tuple[Any, str]]) -> Iterator[Unreadable]:
    ring = keyring()
    for pk, stored in rows:
        try:
            ring.decrypt(stored)
        except UnreadableSecret as error:
            yield column.unreadable(pk, error)
