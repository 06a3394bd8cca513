"""Segments and categories of customers, with the number of those for whom they hold now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.operators.oversight import ForEverybody
from apps.routing.admin.publishing import ConditionsAdmin
from apps.routing.models import Category, Condition, Segment
from apps.routing.models.rules import Kind
from apps.routing.ruling import counting, frozen, kinds
from apps.routing.ruling.frozen import FrozenCondition


class CountedAdmin(ConditionsAdmin):
    """Shows how many customers the conditions hold for: the stored ones, and while one edits those on the screen."""

    change_form_template = "admin/otklik/segment_form.html"

    def get_urls(self) -> list[Any]:
        name = f"routing_{self.opts.model_name}_count"
        return [path("count/", self.admin_site.admin_view(self.count_view), name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        asked = frozen.conditions_of(row) if row is not None else ()
        context |= {
            "counted": in_words(asked),
            "count_address": reverse(f"admin:routing_{self.opts.model_name}_count"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def count_view(self, request: HttpRequest) -> HttpResponse:
        """The number for conditions as they stand in the form; nothing is stored."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        asked = self._typed(request)
        text = in_words(asked) if asked is not None else gettext("The conditions are not complete yet.")
        return JsonResponse({"text": text})

    def _typed(self, request: HttpRequest) -> tuple[FrozenCondition, ...] | None:
        """Conditions of the form; None while some of them make no sense."""
        formsets = self._formsets(request)
        if not all(formset.is_valid() for formset in formsets):
            return None
        found = []
        for formset in formsets:
            for form in formset.forms:
                if (form.has_changed() or form.instance.pk) and not form.cleaned_data.get("DELETE"):
                    found.append(_frozen(form, formset.group))
        return tuple(found)

    def _formsets(self, request: HttpRequest) -> list[Any]:
        owner = self.get_object(request, request.POST.get("row", "")) if request.POST.get("row") else None
        found = []
        for number, inline in enumerate(self.get_inline_instances(request, owner), start=1):
            prefix = "conditions" if number == 1 else f"conditions-{number}"
            formset = inline.get_formset(request, owner)
            found.append(formset(request.POST, instance=owner or self.model(), prefix=prefix))
        return found


def _frozen(form: Any, group: str) -> FrozenCondition:
    row: Condition = form.instance
    return FrozenCondition(
        id=row.pk or 0,
        group=group,
        kind=row.kind,
        comparison=row.comparison,
        name=row.name,
        values=tuple(row.values),
    )


def in_words(asked: tuple[FrozenCondition, ...]) -> str:
    """How many customers these conditions hold for now."""
    if not asked:
        return gettext("No customer: there are no conditions.")
    segments = {row.pk: frozen.conditions_of(row) for row in Segment.objects.prefetch_related("conditions")}
    try:
        found = counting.count(asked, segments=segments, now=clock.now())
    except counting.Uncountable:
        return gettext("These conditions cannot be counted.")
    if found.number is None:
        return gettext("Counting took too long and was stopped; the conditions work all the same.")
    numbers = {
        "number": number_format(found.number, force_grouping=True),
        "of": number_format(found.of, force_grouping=True),
    }
    if found.is_exact:
        return gettext("%(number)s of %(of)s customers now.") % numbers
    return gettext("About %(number)s of %(of)s customers now, estimated from a part of them.") % numbers


@admin.register(Segment)
class SegmentAdmin(CountedAdmin, ForEverybody):
    task = "lines"
    task_order = 14
    task_hint = _("Sorts of customers, built once for many rules")
    asked = kinds.of_segment()
    owner = "segment"
    list_display = ("name", "condition_count")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        found = found.annotate(conditions_counted=Count("conditions"))
        return found

    def get_list_display(self, request: HttpRequest) -> Any:
        return ("name", "condition_count", _used_by(users_of_segments()))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A segment that rules or categories ask for stays: without it they would silently mean something else."""
        rows, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        users = users_of_segments()
        held = [f"{row}: {', '.join(users[row.pk])}" for row in objs if row.pk in users]
        return rows, counts, forbidden, [*protected, *held]

    @admin.display(description=_("conditions"))
    def condition_count(self, segment: Any) -> int:
        return int(segment.conditions_counted)


def _used_by(users: dict[int, list[str]]) -> Any:
    """A column with the rules and categories that ask for a segment."""

    @admin.display(description=_("asked for by"))
    def used_by(segment: Segment) -> str:
        return ", ".join(users.get(segment.pk, [])) or "—"

    return used_by


def users_of_segments() -> dict[int, list[str]]:
    """Rules and categories by the number of the segment that they ask for."""
    found: dict[int, list[str]] = {}
    rows = Condition.objects.filter(Q(rule__isnull=False) | Q(category__isnull=False), kind=Kind.SEGMENT)
    for row in rows.select_related("rule", "category").order_by("pk"):
        for value in row.values:
            found.setdefault(int(value), []).append(str(row.rule or row.category))
    return {pk: list(dict.fromkeys(names)) for pk, names in found.items()}


class CategoryForm(forms.ModelForm):
    class Meta:
        model = Category
        fields = ("name", "code", "rank", "colour", "is_active")
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        help_texts = {"code": _("The bank's system may name it in the customer's attribute “category”.")}


@admin.register(Category)
class CategoryAdmin(CountedAdmin, ForEverybody):
    task = "lines"
    task_order = 16
    task_hint = _("Whom the bank serves first inside a line")
    form = CategoryForm
    asked = kinds.of_category()
    owner = "category"
    list_display = ("name", "code", "rank", "is_active")
    list_editable = ("rank", "is_active")
    search_fields = ("name", "code")
    ordering = ("-rank", "id")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", ("code", "rank"), "colour", "is_active"),
                "description": _(
                    "Whoever reads a conversation reads its customer's category. Name it by the service that he gets, "
                    "not by what is known of him."
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The version that works may go on naming it: it is switched off instead."""
        return False
