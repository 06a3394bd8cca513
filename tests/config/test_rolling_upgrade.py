"""While an upgrade rolls, processes of the release before still write: what is new in the tables leaves them alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

# (app, what the operation says of itself): the release since which nothing uses what is taken away.
TAKEN_AWAY: dict[tuple[str, str], str] = {}
TAKES_AWAY = (
    operations.RemoveField,
    operations.RenameField,
    operations.DeleteModel,
    operations.RenameModel,
    operations.AlterModelTable,
)


def changes() -> Iterator[tuple[str, Operation, bool]]:
    """Our operations in order, with the app's label, and whether the migration made the table itself."""
    ours = {each.label for each in apps.get_app_configs() if each.name.startswith("apps.")}
    for (label, _name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        made = {each.name_lower for each in migration.operations if isinstance(each, operations.CreateModel)}
        if label in ours:
            yield from ((label, each, _model(each) in made) for each in migration.operations)


def _model(operation: Operation) -> str:
    return str(getattr(operation, "model_name_lower", getattr(operation, "name_lower", "")))


def tightened() -> Iterator[tuple[str, Operation]]:
    """Columns that could be left empty once, and cannot any more."""
    was_optional: dict[tuple[str, str, str], bool] = {}
    for label, each, _is_new in changes():
        if isinstance(each, operations.CreateModel):
            was_optional |= {(label, each.name_lower, name): field.null for name, field in each.fields}
        elif isinstance(each, operations.AddField | operations.AlterField):
            key = (label, each.model_name_lower, each.name)
            if was_optional.get(key) and not each.field.null:
                yield label, each
            was_optional[key] = each.field.null


@pytest.mark.django_db
def test_a_column_that_came_later_can_be_left_out_by_who_does_not_know_it() -> None:
    later = {
        (label, each.model_name_lower, each.name)
        for label, each, is_new in changes()
        if isinstance(each, operations.AddField) and not is_new
    }
    columns = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if (model._meta.app_label, model._meta.model_name, field.name) in later
    }
    assert ("conversations_participant", "called") in columns
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        )
        assert columns & set(cursor.fetchall()) == set()


def test_nothing_is_taken_away_that_the_release_before_may_use() -> None:
    taken = {(label, each) for label, each, is_new in changes() if isinstance(each, TAKES_AWAY)}
    assert {(label, each.describe()) for label, each in [*taken, *tightened()]} == TAKEN_AWAY.keys()
