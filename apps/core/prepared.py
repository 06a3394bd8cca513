"""Statements that PostgreSQL plans once per connection, for the few that run with every message.

Planning a statement of three writes costs PostgreSQL more than running it. Django's cursors send statements whole, so
PREPARE and EXECUTE are said in SQL. A pooler that gives each transaction another connection forgets what was prepared:
there the whole statement is sent, as ever.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import psycopg.errors
from django.db import ProgrammingError, connection

logger = logging.getLogger(__name__)

_PARAMETER = re.compile(r"%\((\w+)\)s")
# What each open connection has prepared.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_is_pooled = False


class Prepared:
    """A statement with named parameters (``%(name)s``) and the SQL type of each."""

    def __init__(self, name: str, sql: str, types: Mapping[str, str]) -> None:
        self.name = name
        self.sql = sql
        places = {parameter: f"${place}" for place, parameter in enumerate(types, start=1)}
        body = _PARAMETER.sub(lambda found: places[found[1]], sql).replace("%%", "%")
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {body}"
        self._call = f"EXECUTE {name} ({', '.join(f'%({parameter})s' for parameter in types)})"

    def fetch_one(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it on Django's connection; the first row, or None."""
        with connection.cursor() as cursor:
            # Within a transaction a pooler's refusal would spoil what came before.
            if _is_pooled or connection.in_atomic_block:
                cursor.execute(self.sql, values)
            else:
                self._run(cursor, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def _run(self, cursor: Any, values: Mapping[str, Any]) -> None:
        global _is_pooled
        known = _known.setdefault(connection.connection, set())
        try:
            if self.name not in known:
                cursor.execute(self._prepare)
                known.add(self.name)
            cursor.execute(self._call, values)
        except ProgrammingError as error:
            if not isinstance(error.__cause__, _FORGOTTEN):
                raise
            logger.warning("a pooler stands before PostgreSQL: statements are sent whole")
            _is_pooled = True
            cursor.execute(self.sql, values)


_FORGOTTEN = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
