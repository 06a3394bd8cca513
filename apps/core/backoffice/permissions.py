"""Groups and permissions in words: the database keeps them once, in English, for readers of every language."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

ACTIONS = {
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
    "view": pgettext_lazy("permission", "view"),
}

# The groups that every installation begins with (config/roles.py), as people call them. A renamed one, and every other,
# is called as it is named.
SEEDED = {
    "administrator": pgettext_lazy("group", "Administrator"),
    "supervisor": pgettext_lazy("group", "Supervisor"),
    "head supervisor": pgettext_lazy("group", "Head supervisor"),
    "operator": pgettext_lazy("group", "Operator"),
    "auditor": pgettext_lazy("group", "Auditor"),
    "integration": pgettext_lazy("group", "Integration"),
}


def group_words(group: Group) -> str:
    """A group's name in the reader's language; what is stored, and asked for, stays ``group.name``."""
    return str(SEEDED.get(group.name, group.name))


def speak() -> None:
    """Let Django's own models call themselves so, on every page that shows them. Called once, at start."""
    Group.add_to_class("__str__", group_words)
    Permission.add_to_class("__str__", words_of)


def words_of(permission: Permission) -> str:
    """ "Line: change" in the reader's language; a permission of our own by its sentence."""
    kind = ContentType.objects.get_for_id(permission.content_type_id)
    model: Any = kind.model_class()
    subject = str(capfirst(model._meta.verbose_name)) if model else kind.model
    action, _sep, name = permission.codename.partition("_")
    said = ACTIONS[action] if name == kind.model and action in ACTIONS else gettext(permission.name)
    return f"{subject}: {said}"
