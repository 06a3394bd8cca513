"""Levels of a skill as people choose them: a word and as many stars, never a bare number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice.base import TaskTabular

STARS = 5
LEVELS = (
    (1, _("★☆☆☆☆ knows a little")),
    (2, _("★★☆☆☆ copes")),
    (3, _("★★★☆☆ sure")),
    (4, _("★★★★☆ experienced")),
    (5, _("★★★★★ best")),
)


def stars(level: int) -> str:
    return "★" * level + "☆" * (STARS - level)


class SkillTabular(TaskTabular):
    """Skills with their levels on the page of an operator or a line."""

    autocomplete_fields = ("skill",)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "level":
            return forms.TypedChoiceField(
                label=_("level"), choices=LEVELS, coerce=int, initial=db_field.default
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)
