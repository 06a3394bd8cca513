"""The history page of a row: who changed what, when, and a button that takes a change back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.core.history import DELETE, INSERT, event_model
from apps.core.models import User
from apps.core.numbers import numbered

SHOWN = 300  # changes on a page


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose history belongs to a page: rows whose ``link`` column is the page's row."""

    model: type[models.Model]
    link: str
    # Conditions on its history, such as lines that this member of staff may know of.
    only: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Difference:
    """One field of a change."""

    name: str
    before: str
    after: str


@dataclass(slots=True)
class Change:
    """One row of the history as the page shows it."""

    at: datetime
    label: str
    what: str
    who: str
    table: str
    number: int
    differences: list[Difference]
    undoable: bool


class HistoryAdmin(admin.ModelAdmin):
    """Shows the history of a tracked model and takes single changes back through the page's own save path."""

    object_history_template = "admin/otklik/history.html"

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        """Tables beside the row's own whose history is told here: its inlines."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A page whose rows keep no history offers none."""
        context["keeps_history"] = event_model(self.model) is not None
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_undo"
        address = "<path:object_id>/history/<str:table>/<int:number>/undo/"
        return [path(address, self.admin_site.admin_view(self.undo_view), name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if event_model(self.model) is None:
            return super().history_view(request, object_id, extra_context)
        row = self._row(request, object_id)
        may_change = self.has_change_permission(request, row)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % row,
            "subtitle": None,
            "changes": list(read(row, self.history_tables(request))) if row else [],
            "may_change": may_change,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "object": row,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.object_history_template, context)

    def undo_view(self, request: HttpRequest, object_id: str, table: str, number: int) -> HttpResponse:
        """Take one change back: the fields it touched get the values they had before it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._row(request, object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        try:
            with transaction.atomic():
                self._undo(request, row, table, number)
        except (ValidationError, IntegrityError) as error:
            reason = (
                "; ".join(error.messages)
                if isinstance(error, ValidationError)
                else _("it clashes with later changes")
            )
            messages.error(request, _("The change could not be taken back: %s") % reason)
        else:
            messages.success(request, _("The change was taken back."))
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[row.pk]))

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_or_change_permission(request, row):
            raise Http404
        return row

    def _undo(self, request: HttpRequest, row: Any, table: str, number: int) -> None:
        from apps.core.backoffice.base import Saved

        kept = next(
            (each for each in _tables(row, self.history_tables(request)) if _name(each) == table), None
        )
        event = kept and events_of(kept, row).filter(pgh_id=number).first()
        if not kept or not event:
            raise Http404
        own = kept.model._meta.concrete_model is row._meta.concrete_model
        if own and event.pgh_label == INSERT:
            raise PermissionDenied
        touched, names = _restored(kept.model, event)
        if own:
            self._refuse_what_is_shut(request, row, names)
            self.save_model(request, touched, None, True)
            self._refuse_what_he_could_not_save(request, touched)
            self.consequences(request, touched, Saved(frozenset(names)))  # type: ignore[attr-defined]  # TaskAdmin
            return
        if event.pgh_label == INSERT:
            touched.delete()
        else:
            touched.save()
        related = kept.model._meta.verbose_name_plural
        self.log_change(request, row, _("Took back a change of %s.") % related)
        prefix = prefix_of(row, kept)
        self.consequences(request, row, Saved(frozenset({prefix}), (touched,)))  # type: ignore[attr-defined]

    def _refuse_what_is_shut(self, request: HttpRequest, row: Any, names: Iterable[str]) -> None:
        """Fields that the page shows this person and does not let him change are not changed by the past either."""
        if set(self.get_readonly_fields(request, row)) & set(names):
            raise PermissionDenied

    def _refuse_what_he_could_not_save(self, request: HttpRequest, row: Any) -> None:
        """Values of the past may lie beyond what this person may set now; the transaction is undone then."""
        present = self.get_queryset(request).filter(pk=row.pk).first()
        if present is None or not self.has_change_permission(request, present):
            raise PermissionDenied


def read(row: Any, beside: Iterable[Kept]) -> list[Change]:
    """The latest changes of a row and of the tables told with it, newest first."""
    found: list[tuple[Kept, Any, Any]] = []
    for kept in _tables(row, beside):
        last: dict[int, Any] = {}
        for event in reversed(events_of(kept, row).select_related("pgh_context").order_by("-pgh_id")[:SHOWN]):
            found.append((kept, event, last.get(event.pgh_obj_id)))
            last[event.pgh_obj_id] = event
    found.sort(key=lambda each: (each[1].pgh_created_at, each[1].pgh_id), reverse=True)
    found = found[:SHOWN]
    words = Words(found)
    return [told(row, kept, event, before, words) for kept, event, before in found]


def _tables(row: Any, beside: Iterable[Kept]) -> list[Kept]:
    return [Kept(type(row), "pgh_obj"), *beside]


def events_of(kept: Kept, row: Any) -> Any:
    events = event_model(kept.model)
    if events is None:
        raise LookupError(f"{kept.model} keeps no history")
    return events._default_manager.filter(**{f"{kept.link}_id": row.pk}, **kept.only)


def _name(kept: Kept) -> str:
    return str(kept.model._meta.model_name)


def prefix_of(row: Any, kept: Kept) -> str:
    """The name under which an inline of this table reports changes."""
    names = [
        str(each.get_accessor_name())
        for each in row._meta.related_objects
        if each.related_model._meta.concrete_model is kept.model._meta.concrete_model
    ]
    return names[0] if names else _name(kept)


def fields_of(event: Any) -> list[Any]:
    """The columns that an event keeps of its row."""
    return [each for each in event._meta.fields if each.name != "id" and not each.name.startswith("pgh_")]


def _who(event: Any) -> int | None:
    return (event.pgh_context.metadata or {}).get("user") if event.pgh_context else None


class Words:
    """People and related rows that a page of changes names, read at once."""

    def __init__(self, found: list[tuple[Kept, Any, Any]]) -> None:
        events = [event for _kept, event, _before in found]
        self._people = _labels(User, {_who(event) for event in events})
        wanted: dict[Any, set[Any]] = {}
        for event in events:
            for each in fields_of(event):
                if each.remote_field:
                    wanted.setdefault(each.remote_field.model, set()).add(getattr(event, each.attname))
        self._rows = {model: _labels(model, keys) for model, keys in wanted.items()}

    def who(self, event: Any) -> str:
        return self._people.get(_who(event), "") or _("the system")

    def value(self, event: Any, each: Any) -> str:
        """A kept value as people read it."""
        value = getattr(event, each.attname)
        if value is None or value == "" or value == []:
            return "—"
        if each.remote_field:
            return self._rows[each.remote_field.model].get(value, numbered(value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if each.flatchoices:
            return str(dict(each.flatchoices).get(value, value))
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _labels(model: type[models.Model], keys: set[Any]) -> dict[Any, str]:
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=keys - {None})}


def told(row: Any, kept: Kept, event: Any, before: Any, words: Words) -> Change:
    own = kept.model._meta.concrete_model is row._meta.concrete_model
    hidden = {kept.link} if not own else set()
    differences = []
    for each in fields_of(event):
        if each.name in hidden or (each.remote_field and kept.link == each.name):
            continue
        old = words.value(before, each) if before is not None and event.pgh_label != DELETE else "—"
        new = words.value(event, each)
        if event.pgh_label == DELETE:
            old, new = new, "—"
        if old != new:
            differences.append(Difference(_field_title(kept, each), old, new))
    return Change(
        at=event.pgh_created_at,
        label=event.pgh_label,
        what=title_of(kept),
        who=words.who(event),
        table=_name(kept),
        number=event.pgh_id,
        differences=differences,
        undoable=not (own and event.pgh_label == INSERT)
        and (before is not None or event.pgh_label in (INSERT, DELETE)),
    )


def is_link(kept: Kept) -> bool:
    """A table that Django made for a many-to-many field: nobody named it, or its columns."""
    concrete: Any = kept.model._meta.concrete_model
    return bool(concrete._meta.auto_created)


def title_of(kept: Kept) -> str:
    """What was changed: of a link, what was linked."""
    model: Any = kept.model
    if is_link(kept):
        model = next(
            each.remote_field.model
            for each in model._meta.fields
            if each.remote_field and each.name != kept.link
        )
    return str(capfirst(model._meta.verbose_name))


def _field_title(kept: Kept, each: Any) -> str:
    named = each.remote_field.model._meta if is_link(kept) and each.remote_field else each
    return str(capfirst(named.verbose_name))


def _restored(model: type[models.Model], event: Any) -> tuple[Any, list[str]]:
    """The row as it was before the event, not saved yet, and the names of the fields that this changes."""
    if event.pgh_label == INSERT:
        return _present(model, event), []
    if event.pgh_label == DELETE:
        values = {each.attname: getattr(event, each.attname) for each in fields_of(event)}
        row = model(**values)
        row.pk = event.pgh_obj_id
        row.full_clean()
        return row, list(values)
    earlier = type(event)._default_manager.filter(pgh_obj_id=event.pgh_obj_id, pgh_id__lt=event.pgh_id)
    before = earlier.order_by("-pgh_id").first()
    if before is None:
        raise ValidationError(_("nothing is known of the time before it"))
    row, names = _present(model, event), []
    for each in fields_of(event):
        if getattr(before, each.attname) != getattr(event, each.attname):
            setattr(row, each.attname, getattr(before, each.attname))
            names.append(each.name)
    row.full_clean()
    return row, names


def _present(model: type[models.Model], event: Any) -> Any:
    row = model._default_manager.filter(pk=event.pgh_obj_id).first()
    if row is None:
        raise ValidationError(_("the row was deleted meanwhile"))
    return row
