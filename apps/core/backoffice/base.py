"""The base of our ModelAdmins: where a page stands in the index, whose rows it shows, what follows a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.core.actors import Actor, ActorKind
from apps.core.backoffice.conflicts import ListForm, SeenAdmin
from apps.core.backoffice.deleted import DeletedAdmin
from apps.core.fields import EncryptedField
from apps.core.moments import sensible

if TYPE_CHECKING:
    from apps.core.admin_site import OtklikAdminSite

CREATED, DELETED = "created", "deleted"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save touched: names of fields and of inlines, and the rows of inlines that came, changed or went."""

    fields: frozenset[str]
    rows: tuple[models.Model, ...] = ()

    def touches(self, *names: str) -> bool:
        """Whether any of these fields changed; a row made or removed touches all of them."""
        return bool(self.fields & {*names, CREATED, DELETED})

    def rows_of(self, model: type[models.Model]) -> list[Any]:
        """The touched inline rows of one kind."""
        return [row for row in self.rows if isinstance(row, model)]


class TaskAdmin(SeenAdmin, DeletedAdmin):
    """A page of the back office.

    ``task`` is its group in the index and ``task_order`` its place there. Rows are those of ``reach``, in lists,
    details, choices of other forms, autocomplete and filters alike. After every change, from whichever door,
    ``consequences`` is called once in the same transaction.
    """

    admin_site: OtklikAdminSite
    task: ClassVar[str]
    task_order: ClassVar[int] = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    save_on_top = False

    # A line under the name in the index.
    task_hint: ClassVar[str | Promise] = ""
    # What its button says, where "Add" and the name of a row read like nonsense.
    add_words: ClassVar[str | Promise] = ""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [*super().get_inlines(request, obj), *self.admin_site.inlines_for(self.model)]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address names is filled in as far as its field takes it: boxes break on anything else."""
        fields = {each.name: each for each in self.opts.fields}
        found = super().get_changeform_initial_data(request)
        return {name: value for name, value in found.items() if _takes(fields.get(name), value)}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is shown what the row holds, no secret, and none of the boxes that only change it."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        secret = _secrets(self.model)
        return [
            (title, {**each, "fields": _held(each["fields"], (obj, self), secret)}) for title, each in found
        ]

    # --- whose rows -----------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.reach(request, super().get_queryset(request))

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """The rows this member of staff may know of."""
        return found

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """A page that shows not everybody all its rows says itself whose deletions it shows."""
        return found if type(self).reach is TaskAdmin.reach else found.none()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the filters of the list ask: any other column in an address would be guessed row by row."""
        assert request is not None  # Django always names it
        asked = lookup.partition("__")[0]
        columns = {each.name for each in self.opts.get_fields()} | {
            each.attname for each in self.opts.concrete_fields
        }
        if asked in columns - {_asked_by(each) for each in self.get_list_filter(request)}:
            return False
        return super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Beside a choice stand "add" and "change"; nothing is deleted from somebody else's page."""
        field: Any = _within_centuries(super().formfield_for_dbfield(db_field, request, **kwargs))
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _narrow(self, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _narrow(self, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    # --- what follows a change ------------------------------------------------------------------------

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """Announce what a change of ``row`` means for open screens and sockets. Called before a deletion."""

    def actor(self, request: HttpRequest) -> Actor:
        """The member of staff to whom the change is attributed."""
        return Actor(ActorKind.STAFF, request.user.pk)

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        formsets = list(formsets)
        super().save_related(request, form, formsets, change)
        fields = {*form.changed_data, *([] if change else [CREATED])}
        rows: list[models.Model] = []
        for formset in formsets:
            touched = _touched(formset)
            if touched:
                fields.add(formset.prefix)
                rows += touched
        if fields:
            self.consequences(request, form.instance, Saved(frozenset(fields), tuple(rows)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.consequences(request, obj, Saved(frozenset({DELETED})))
        super().delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would go as well, without the links that Django keeps between rows and nobody has named."""
        rows, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        links = [model._meta for model in _links()]
        unnamed = tuple(f"{capfirst(each.verbose_name)}: " for each in links)
        for each in links:
            counts.pop(str(each.verbose_name_plural), None)
        return _without(rows, unnamed), counts, forbidden, protected

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    @transaction.atomic
    def change_rows(self, request: HttpRequest, rows: Iterable[Any], **values: Any) -> int:
        """Set the same values on several rows, as saving each form would; returns how many changed."""
        count = 0
        for row in rows:
            changed = [name for name, value in values.items() if getattr(row, name) != value]
            if not changed:
                continue
            for name in changed:
                setattr(row, name, values[name])
            row.full_clean()
            self.save_model(request, row, None, True)
            self.consequences(request, row, Saved(frozenset(changed)))
            count += 1
        return count

    # --- lists ------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        banners = self.admin_site.banners_for(self.model, request)
        return super().changelist_view(request, {"banners": banners, **(extra_context or {})})

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        return super().get_action_choices(request, [("", _("Choose an action"))])

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm[Any]]:
        return super().get_changelist_form(request, **{"form": ListForm, **kwargs})

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return _shut_where_forbidden(super().get_changelist_formset(request, **kwargs), self, request)


class ReachInline:
    """A mixin for inlines: choices and moments are limited as on the pages of what they choose."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin
        return _within_centuries(field)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is shown no secret: Django would write it as plain text."""
        found = super().get_fields(request, obj)  # type: ignore[misc]  # a mixin
        if self.has_change_permission(request, obj):  # type: ignore[attr-defined]  # of the inline
            return found
        secret = _secrets(self.model)  # type: ignore[attr-defined]  # of the inline
        return [name for name in found if not isinstance(name, str) or name not in secret]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _narrow(self, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin


class LabelledFormSet(forms.BaseInlineFormSet):
    """Boxes that remove a row say so to a screen reader, which does not read the column's heading."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            row = form.instance
            name = str(row) if row.pk else str(row._meta.verbose_name)
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Remove: %(name)s") % {"name": name}


class TaskTabular(ReachInline, admin.TabularInline):
    """Rows of another table on the page of the row they belong to."""

    formset = LabelledFormSet
    extra = 0


class ReadOnlyAdmin(TaskAdmin):
    """What only services write: to look at, never to add, change or delete here."""

    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReachFilter(admin.RelatedFieldListFilter):
    """A filter that offers only what the related page would show."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = escape(_("not set"))

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = _rows_of(model_admin, field.remote_field.model, request)
        return [(row.pk, str(row)) for row in rows]


def _asked_by(shown: Any) -> str:
    """The name that a filter of a list has in the address."""
    if isinstance(shown, tuple):
        return str(shown[0])
    return str(getattr(shown, "parameter_name", shown))


FILLED_BY_ADDRESS = (
    models.CharField,
    models.IntegerField,
    models.BooleanField,
    models.DateField,
    models.ForeignKey,
)


def _takes(field: Any, value: Any) -> bool:
    """Whether the form's box of a column can show this text: words, numbers, days, yes or no, rows by their number."""
    if field is None:
        return True
    if not isinstance(field, FILLED_BY_ADDRESS) or isinstance(field, models.DateTimeField):
        return False
    try:
        getattr(field, "target_field", field).to_python(value)
    except ValidationError:
        return False
    return True


def _secrets(model: type[models.Model]) -> set[str]:
    """Columns that are never shown: a box that writes them shows nothing, plain text would."""
    return {each.name for each in model._meta.concrete_fields if isinstance(each, EncryptedField)}


def _held(fields: Iterable[Any], holders: Sequence[Any], secret: Set[str]) -> list[Any]:
    """The names that one of these has, on the lines on which they stood."""
    lines = ([each] if isinstance(each, str) else each for each in fields)
    kept = (
        [name for name in line if name not in secret and any(hasattr(each, name) for each in holders)]
        for line in lines
    )
    return [line[0] if len(line) == 1 else tuple(line) for line in kept if line]


@cache
def _links() -> list[type[models.Model]]:
    return [each for each in apps.get_models(include_auto_created=True) if each._meta.auto_created]


def _without(rows: Iterable[Any], beginnings: tuple[str, ...]) -> list[Any]:
    """A nested list of what a deletion takes along, without the lines that begin so."""
    return [
        _without(each, beginnings) if isinstance(each, list) else each
        for each in rows
        if isinstance(each, list) or not str(each).startswith(beginnings)
    ]


def _shut_where_forbidden(formset: Any, page: TaskAdmin, request: HttpRequest) -> Any:
    class Rows(formset):
        """Rows that this person sees and may not change stand in the list with their cells shut."""

        def add_fields(self, form: Any, index: Any) -> None:
            super().add_fields(form, index)
            if form.instance.pk and not page.has_change_permission(request, form.instance):
                for name, field in form.fields.items():
                    field.disabled = name != form.instance._meta.pk.name

    return Rows


def _narrow(page: Any, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Take the choices of a relation from the page of what is chosen."""
    if "queryset" not in kwargs and db_field.remote_field.model in page.admin_site._registry:
        kwargs["queryset"] = _rows_of(page, db_field.remote_field.model, request)


def _rows_of(page: Any, model: type[models.Model], request: HttpRequest) -> QuerySet[Any]:
    related = page.admin_site._registry.get(model)
    return related.get_queryset(request) if related else model._default_manager.all()


def _within_centuries(field: Any) -> Any:
    """A box for a day or a moment takes none of another age."""
    if isinstance(field, forms.DateField | forms.DateTimeField | forms.SplitDateTimeField):
        field.validators.append(sensible)
    return field


def _touched(formset: Any) -> list[models.Model]:
    changed = [row for row, _names in getattr(formset, "changed_objects", [])]
    return [*getattr(formset, "new_objects", []), *changed, *getattr(formset, "deleted_objects", [])]
