"""Threads of a worker outlive the database's troubles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from apps.conversations.tasks import ingest_left_behind

pytestmark = pytest.mark.django_db(transaction=True)


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def _run() -> str:
    return str(ingest_left_behind.apply().state)


def test_a_thread_whose_connection_broke_fails_at_most_once() -> None:
    with ThreadPoolExecutor(1) as thread:
        backend = thread.submit(_backend).result()
        assert thread.submit(_run).result() == "SUCCESS"
        # Nothing failed: the connection is still the same.
        assert thread.submit(_backend).result() == backend
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        states = [thread.submit(_run).result() for _task in range(3)]
        assert states[1:] == ["SUCCESS", "SUCCESS"]
        thread.submit(connections.close_all).result()
