"""What was deleted from a page of the back office: who, when, the last values, and a button that brings it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.core.backoffice import history
from apps.core.backoffice.history import Change, HistoryAdmin, Kept
from apps.core.history import DELETE, event_model
from apps.core.numbers import numbered

SHOWN = 50  # deletions on a page


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deleted row as the page shows it; ``obstacle`` says why it can never be restored."""

    name: str
    change: Change
    obstacle: str
    restorable: bool


class DeletedAdmin(HistoryAdmin):
    """Shows what was deleted from a tracked model, and restores it through the page's own save path."""

    deleted_template = "admin/otklik/deleted.html"
    # Columns that the history never keeps and ``save_model`` makes anew, such as a signing key.
    made_anew: ClassVar[tuple[str, ...]] = ()

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """The deletions this member of staff may know of: rows of the history, with the columns the row had."""
        return found

    def may_restore(self, request: HttpRequest, row: Any) -> bool:
        """Whether a row (not saved yet) is his to bring back: what he may add."""
        return self.has_add_permission(request)

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("deleted/", wrap(self.deleted_view), name=f"{name}_deleted"),
            path("deleted/<int:number>/restore/", wrap(self.restore_view), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"keeps_history": event_model(self.model) is not None}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        found = self._deletions(request).select_related("pgh_context").order_by("-pgh_id")
        page = Paginator(found, SHOWN).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Deleted: %s") % self.opts.verbose_name_plural,
            "subtitle": None,
            "page": page,
            "deletions": self._told(request, list(page.object_list)),
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.deleted_template, context)

    def restore_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Bring a row back with the number and the values it had; what stood on its page comes with it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        event = self._deletions(request).filter(pgh_id=number).first()
        if event is None:
            raise Http404
        try:
            with transaction.atomic():
                row, left = self._restore(request, event)
        except (ValidationError, IntegrityError) as error:
            messages.error(request, _("It could not be restored: %s") % _reason(error))
            return redirect(self._address("deleted"))
        messages.success(request, _("“%s” was restored.") % row)
        if left:
            messages.warning(request, _("This did not come back with it: %s.") % "; ".join(left))
        return redirect(self._address("change", row.pk))

    def _address(self, what: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{what}", args=args)

    def _deletions(self, request: HttpRequest) -> QuerySet[Any]:
        """Last rows of the history of what is gone; a restored row has later ones."""
        events = event_model(self.model)
        if events is None:
            raise Http404
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        later = events._default_manager.filter(
            pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__gt=OuterRef("pgh_id")
        )
        gone = events._default_manager.filter(~Exists(later), pgh_label=DELETE)
        return self.reach_deleted(request, gone)

    def _told(self, request: HttpRequest, events: list[Any]) -> list[Deletion]:
        kept = Kept(self.model, "pgh_obj")
        words = history.Words([(kept, event, None) for event in events])
        found = []
        for event in events:
            row = _rebuilt(self.model, event)
            obstacle = _obstacle(self.model, event, self.made_anew)
            change = history.told(row, kept, event, None, words)
            free = not obstacle and self.may_restore(request, row)
            found.append(Deletion(_name(row), change, obstacle, free))
        return found

    def _restore(self, request: HttpRequest, event: Any) -> tuple[Any, list[str]]:
        """The row, saved, and in words what did not come back with it."""
        from apps.core.backoffice.base import CREATED, Saved

        row = _rebuilt(self.model, event)
        if not self.may_restore(request, row):
            raise PermissionDenied
        if obstacle := _obstacle(self.model, event, self.made_anew):
            raise ValidationError(obstacle)
        left = _without_what_is_gone(row, event)
        row.full_clean(exclude=self.made_anew)
        self.save_model(request, row, None, False)
        if not self.get_queryset(request).filter(pk=row.pk).exists():
            raise PermissionDenied
        tables = self.history_tables(request)
        came, lost = _restore_beside(row, event, tables)
        self.log_addition(request, row, _("Restored."))
        touched = {CREATED, *(history.prefix_of(row, each) for each in tables)}
        self.consequences(request, row, Saved(frozenset(touched), tuple(came)))  # type: ignore[attr-defined]  # TaskAdmin
        return row, [*left, *lost, *_gone_elsewhere(row, event, tables)]


def _rebuilt(model: type[models.Model], event: Any) -> Any:
    """The row as it was when it went, not saved."""
    row = model(**{each.attname: getattr(event, each.attname) for each in history.fields_of(event)})
    row.pk = event.pgh_obj_id
    return row


def _name(row: Any) -> str:
    """What it was called; some are called after rows that are gone as well."""
    try:
        return str(row)
    except ObjectDoesNotExist:
        return numbered(row.pk)


def _obstacle(model: type[models.Model], event: Any, made_anew: Collection[str]) -> str:
    """Columns that a row needs and the history does not keep: secrets. Empty when there are none."""
    kept = {each.attname for each in history.fields_of(event)}
    needed = [
        str(each.verbose_name)
        for each in model._meta.concrete_fields
        if each.attname not in kept
        and each.name not in made_anew
        and not (each.primary_key or each.has_default() or each.null or each.blank)
    ]
    return _("the history keeps no secrets (%s), add it anew") % ", ".join(needed) if needed else ""


def _without_what_is_gone(row: Any, event: Any) -> list[str]:
    """Let go of relations that the database would have emptied meanwhile; refuse where the row cannot be without."""
    left = []
    for each in history.fields_of(event):
        key = getattr(row, each.attname, None)
        if not each.remote_field or key is None:
            continue
        field: Any = row._meta.get_field(each.name)
        if field.remote_field.model._base_manager.filter(pk=key).exists():
            continue
        name = f"{capfirst(str(field.verbose_name))} ({numbered(key)})"
        if field.remote_field.on_delete is not models.SET_NULL:
            raise ValidationError(_("%s was deleted as well: restore that first") % name)
        setattr(row, each.attname, None)
        left.append(name)
    return left


def _restore_beside(row: Any, event: Any, tables: Iterable[Kept]) -> tuple[list[Any], list[str]]:
    """Rows of the page's other tables that went in the same transaction; and what of them cannot come back."""
    came, left = [], []
    for kept in tables:
        for each in _went_with(event, kept.model, kept.link, row).order_by("pgh_id"):
            try:
                with transaction.atomic():
                    came.append(_brought_back(kept.model, each))
            except (ValidationError, IntegrityError) as error:
                left.append(f"{history.title_of(kept)} ({_reason(error)})")
    return came, left


def _brought_back(model: type[models.Model], event: Any) -> Any:
    if obstacle := _obstacle(model, event, ()):
        raise ValidationError(obstacle)
    row = _rebuilt(model, event)
    _without_what_is_gone(row, event)
    row.full_clean()
    row.save(force_insert=True)
    return row


def _gone_elsewhere(row: Any, event: Any, tables: Iterable[Kept]) -> list[str]:
    """Rows of other pages that went with it, counted: they are restored, or taken back, there."""
    told = {each.model._meta.concrete_model for each in tables}
    found = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        model, link = relation.related_model, relation.field.name
        if model._meta.concrete_model in told or event_model(model) is None:
            continue
        if count := _went_with(event, model, link, row).count():
            found.append(
                _("%(what)s: %(count)s, see their own pages")
                % {
                    "what": history.title_of(Kept(model, link)),
                    "count": count,
                }
            )
    return found


def _went_with(event: Any, model: type[models.Model], link: str, row: Any) -> QuerySet[Any]:
    """Deletions of one transaction carry one moment, that at which it began; those of one request one context."""
    same: QuerySet[Any] = history.events_of(Kept(model, link), row).filter(
        pgh_label=DELETE, pgh_created_at=event.pgh_created_at
    )
    context = event.pgh_context_id
    return same.filter(pgh_context=context) if context else same.filter(pgh_context=None)


def _reason(error: ValidationError | IntegrityError) -> str:
    """Why not, in words."""
    if isinstance(error, IntegrityError):
        return _("it clashes with what is there now")
    return "; ".join(text.rstrip(".") for text in error.messages)
