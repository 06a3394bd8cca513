"""The history of configuration: every change of a tracked model is a row, written by the database itself.

Triggers see what forms, bulk updates, imports and SQL by hand do alike. Rows say what the values were after the
change (before it, for a deletion), and the request's context says who asked. Columns that hold secrets or move
by themselves are left out: a replaced secret shows by the moment it was set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pghistory.core
from django.db import models

Model = TypeVar("Model", bound=models.Model)
INSERT, UPDATE, DELETE = "insert", "update", "delete"


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[type[Model]], type[Model]]:
    """A class decorator: keep the history of a configuration model, without the columns named."""
    track: Callable[[type[Model]], type[Model]] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude) or None,
        append_only=True,
        meta={"default_permissions": ()},
    )
    return track


def event_model(model: type[models.Model]) -> type[Any] | None:
    """Where the history of a model (or of a proxy of it) is kept; None for a model that has none."""
    found = pghistory.core.event_models(tracks_model=model._meta.concrete_model)
    return found[0] if found else None
