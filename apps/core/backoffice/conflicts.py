"""A warning instead of a lost update: whoever saves second is shown both versions and decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import connection, models
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.core.backoffice import history
from apps.core.backoffice.history import HistoryAdmin, Kept
from apps.core.forms import WriteOnly
from apps.core.history import event_model

SEEN = "history_seen"
# A table whose history a form writes into, and the row that its link names.
Watched = tuple[Kept, models.Model]


class SeenForm(forms.ModelForm):
    """A form of an existing row: it remembers which history of the row was on the screen.

    ``page`` and ``request`` are set by the page. The row is locked while a form is saved, so what is compared is what
    will be written over.
    """

    page: ClassVar[SeenAdmin]
    request: ClassVar[HttpRequest]

    history_seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tables = self.page.watched(self.request, self.instance)
        self._now = getattr(self.instance, "history_now", None) or newest(self._tables)
        self.fields[SEEN].initial = self._now
        self._stored = self._in_words() if self.is_bound else {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen = self.cleaned_data.get(SEEN)
        if seen and seen != self._now:
            self._show_both_versions(seen)
        return cleaned

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != SEEN]

    def _in_words(self) -> dict[str, str]:
        """What is stored now, by field, before anything typed is put into the row; never a secret."""
        return {
            name: shown(self[name].initial, field)
            for name, field in self.fields.items()
            if name != SEEN and not isinstance(field.widget, WriteOnly | forms.PasswordInput)
        }

    def _show_both_versions(self, seen: str) -> None:
        warning = _(
            "Somebody else saved this meanwhile. Under each field that differs stands what is stored now; "
            "correct yours and save again, or leave the page to keep theirs."
        )
        self.add_error(None, [warning, *_told_since(self._tables, seen)])
        for name in self.changed_data:
            if name in self._stored and name not in self.errors:
                self.add_error(name, _("Stored now: %(value)s") % {"value": self._stored[name] or "—"})
        # Saving once more is an answer to what was shown.
        self.data = with_values(self.data, {self.add_prefix(SEEN): self._now})


class SeenAdmin(HistoryAdmin):
    """Pages whose forms write over nobody. What the history keeps of the row and of its tables is the measure."""

    def watched(self, request: HttpRequest, row: Any) -> list[Watched]:
        """The row itself and the tables told with it; none for a model without history."""
        if event_model(self.model) is None:
            return []
        return [(each, row) for each in (Kept(self.model, "pgh_obj"), *self.history_tables(request))]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            return form
        return type(form)(form.__name__, (SeenForm, form), {"page": self, "request": request})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The template places the hidden field, whatever fieldsets a page has."""
        return [name for name in super().get_fields(request, obj) if name != SEEN]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, locked while a form is saved. Its history is looked at first: a form is never newer than that."""
        found = super().get_object(request, object_id, from_field)
        if found is None or not self.has_change_permission(request):
            return found
        if request.method == "POST" and connection.in_atomic_block:
            # Other tables may go on naming the row, so its key stays free.
            self.model._base_manager.select_for_update(no_key=True).filter(pk=found.pk).first()
        now = newest(self.watched(request, found))
        if (found := super().get_object(request, object_id, from_field)) is not None:
            found.history_now = now
        return found


def newest(tables: Iterable[Watched]) -> str:
    """What the history holds now: for each table its newest change and how many there are.

    The number tells of a change that took its number before the newest one and was committed after it.
    """
    found = (_events(each).aggregate(last=Max("pgh_id"), number=Count("pgh_id")) for each in tables)
    return "-".join(f"{each['last'] or 0}.{each['number']}" for each in found)


def _events(watched: Watched) -> QuerySet[Any]:
    kept, owner = watched
    events: QuerySet[Any] = history.events_of(kept, owner)
    return events


def _told_since(tables: list[Watched], seen: str) -> list[str]:
    """Changes of the page's other tables since, in words; fields of the form itself are shown beside their boxes."""
    lasts = [part.partition(".")[0] for part in seen.split("-")]
    if len(lasts) != len(tables) or not all(last.isdecimal() for last in lasts):
        return []
    after = {each[0].model._meta.model_name: int(last) for each, last in zip(tables, lasts, strict=True)}
    row = tables[0][1]
    beside = [kept for kept, owner in tables[1:] if owner is row and not history.is_link(kept)]
    found = [
        each
        for each in history.read(row, beside)
        if each.table != row._meta.model_name and each.number > after[each.table]
    ]
    return [_in_one_line(each) for each in reversed(found)]


def _in_one_line(change: history.Change) -> str:
    words = "; ".join(f"{each.name}: {each.before} → {each.after}" for each in change.differences)
    return f"{change.what} ({change.who}): {words}"


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
    if isinstance(value, datetime):
        return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
    values = list(value) if isinstance(value, list | tuple | QuerySet) else [value]
    if hasattr(field, "queryset"):
        keys = [getattr(each, "pk", each) for each in values]
        return ", ".join(str(row) for row in field.queryset.filter(pk__in=keys))
    if hasattr(field, "choices"):
        labels = {str(key): label for key, label in field.choices}
        return ", ".join(str(capfirst(labels.get(str(each), str(each)))) for each in values)
    return ", ".join(map(str, values))
