"""A warning instead of a lost update: whoever saves second is shown both versions and decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import connection
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _


class RevisionForm(forms.ModelForm):
    """A form of a model with ``revision``: it remembers which one was on the screen.

    The row is locked while a form is saved, so the number compared is the one that will be written over.
    """

    revision_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["revision_seen"].initial = self.instance.revision
        self._stored = {name: shown(self[name].initial, self.fields[name]) for name in self._names()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen = self.cleaned_data.get("revision_seen")
        if self.instance.pk and seen is not None and seen != self.instance.revision:
            self._show_both_versions()
        return cleaned

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != "revision_seen"]

    def _names(self) -> list[str]:
        return [name for name in self.fields if name != "revision_seen"]

    def _show_both_versions(self) -> None:
        self.add_error(
            None,
            _(
                "Somebody else saved this meanwhile. Under each field that differs stands what is stored now; "
                "correct yours and save again, or leave the page to keep theirs."
            ),
        )
        for name in self.changed_data:
            if name in self._stored and name not in self.errors:
                self.add_error(name, _("Stored now: %(value)s") % {"value": self._stored[name] or "—"})
        # Saving once more is an answer to what was shown.
        answered = {self.add_prefix("revision_seen"): str(self.instance.revision)}
        self.data = with_values(self.data, answered)


class RevisionAdmin:
    """A mixin for the pages of models with ``revision``."""

    form = RevisionForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)  # type: ignore[misc]  # a mixin
        if found is not None and request.method == "POST" and connection.in_atomic_block:
            return type(found)._base_manager.select_for_update().get(pk=found.pk)
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The hidden number belongs to the first group of fields."""
        fieldsets = [list(each) for each in super().get_fieldsets(request, obj)]  # type: ignore[misc]  # a mixin
        named = [name for _title, options in fieldsets for name in options["fields"]]
        if "revision_seen" not in named and fieldsets:
            title, options = fieldsets[0]
            fieldsets[0] = [title, {**options, "fields": [*options["fields"], "revision_seen"]}]
        return fieldsets

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.revision += 1
        super().save_model(request, obj, form, change)  # type: ignore[misc]  # a mixin


class ListForm(forms.ModelForm):
    """A row of an editable list. It carries what was on the screen: untouched cells are never written back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True
            # The column's heading is no label to a screen reader.
            field.widget.attrs["aria-label"] = f"{capfirst(str(field.label))}: {self.instance}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        touched = set(self.changed_data)
        for name in touched:
            self._compare(name)
        # What is left out here keeps the value it has now, whatever was on the screen.
        key = self.instance._meta.pk.name
        return {name: value for name, value in cleaned.items() if name in touched or name == key}

    def _compare(self, name: str) -> None:
        field, hidden = self.fields[name], self.add_initial_prefix(name)
        seen = field.hidden_widget().value_from_datadict(self.data, self.files, hidden)
        stored = self.initial.get(name, field.initial)
        if hidden in self.data and field.has_changed(stored, seen) and name not in self.errors:
            text = _("Somebody else changed this meanwhile. Stored now: %(value)s. Save again to replace it.")
            self.add_error(name, text % {"value": shown(stored, field)})
            self.data = with_values(self.data, {hidden: "" if stored is None else str(stored)})


def with_values(data: Any, values: dict[str, str]) -> Any:
    """A form's data with some of it replaced."""
    copied = data.copy()
    for name, value in values.items():
        copied[name] = value
    return copied


def shown(value: Any, field: Any) -> str:
    """A form's value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if hasattr(field, "queryset"):
        keys = [getattr(each, "pk", each) for each in (value if isinstance(value, list) else [value])]
        return ", ".join(str(row) for row in field.queryset.filter(pk__in=keys))
    if hasattr(field, "choices"):
        labels = {str(key): label for key, label in field.choices}
        return str(capfirst(labels.get(str(value), str(value))))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
