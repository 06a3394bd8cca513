"""Permissions in words: Django keeps "Can change line" in the database, in English for every reader."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

ACTIONS = {
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
    "view": pgettext_lazy("permission", "view"),
}


def words_of(permission: Permission) -> str:
    """ "Line: change" in the reader's language; a permission of our own by its sentence."""
    kind = ContentType.objects.get_for_id(permission.content_type_id)
    model: Any = kind.model_class()
    subject = str(capfirst(model._meta.verbose_name)) if model else kind.model
    action, _sep, name = permission.codename.partition("_")
    said = ACTIONS[action] if name == kind.model and action in ACTIONS else gettext(permission.name)
    return f"{subject}: {said}"
