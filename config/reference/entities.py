"""docs/entities/<app>.md: an entity diagram per app, in Mermaid, made from the models."""

from __future__ import annotations

import inspect

from django.apps import apps
from django.db import models

OURS = ("core", "support_channels", "operators", "conversations", "bots", "routing", "analytics")


def pages() -> dict[str, str]:
    """File name to text, for every app with tables."""
    return {f"{apps.get_app_config(label).name.rpartition('.')[2]}.md": _page(label) for label in OURS}


def _page(label: str) -> str:
    config = apps.get_app_config(label)
    found = [model for model in config.get_models() if not _is_made(model)]
    lines = [
        f"# {config.name}",
        "",
        "Made by `manage.py reference` from the models.",
        "",
        "```mermaid",
        "erDiagram",
    ]
    lines += [line for model in found for line in _entity(model)]
    lines += [line for model in found for line in _relations(model)]
    lines += ["```", "", *_dictionary(found)]
    return "\n".join(lines) + "\n"


def _is_made(model: type[models.Model]) -> bool:
    """Tables that no one wrote: join tables and the history's."""
    return model._meta.auto_created is not False or (
        model.__name__.endswith("Event") and model.__name__ != "Event"
    )


def _entity(model: type[models.Model]) -> list[str]:
    rows = [f"    {_kind(field)} {field.attname}" for field in model._meta.concrete_fields]
    return [f"  {model.__name__} {{", *rows, "  }"]


def _kind(field: models.Field) -> str:
    return field.get_internal_type().removesuffix("Field").replace("ForeignKey", "key").lower() or "value"


def _relations(model: type[models.Model]) -> list[str]:
    lines = []
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        target = field.related_model
        assert inspect.isclass(target)
        left = "|o" if field.null else "||"
        right = "o|" if field.one_to_one else "o{"
        lines.append(f'  {target.__name__} {left}--{right} {model.__name__} : "{field.name}"')
    return lines


def _dictionary(found: list[type[models.Model]]) -> list[str]:
    lines = []
    for model in found:
        lines += [f"## {model.__name__}", "", inspect.getdoc(model) or "", ""]
        names = [each.name for each in (*model._meta.constraints, *model._meta.indexes)]
        if names:
            lines += ["Held by the database: " + ", ".join(f"`{name}`" for name in names) + ".", ""]
    return lines
