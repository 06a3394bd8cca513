from __future__ import annotations

import pytest
from django.db import connection, connections

from apps.core.checks import check_database_knows_cyrillic


@pytest.mark.django_db
def test_database_of_the_tests_knows_cyrillic() -> None:
    assert check_database_knows_cyrillic(app_configs=None, databases=["default"]) == []


def test_database_that_is_not_asked_about_is_not_asked() -> None:
    assert check_database_knows_cyrillic(app_configs=None, databases=None) == []


@pytest.mark.django_db(transaction=True)
def test_database_of_the_c_locale_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{connection.settings_dict['NAME']}_c"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc")
    plain = connection.copy()
    plain.settings_dict["NAME"] = name
    monkeypatch.setattr(type(connections), "__getitem__", lambda self, alias: plain)
    try:
        found = check_database_knows_cyrillic(app_configs=None, databases=["default"])
        assert [message.id for message in found] == ["core.E010"]
    finally:
        plain.close()
        monkeypatch.undo()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
