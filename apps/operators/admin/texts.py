"""Reply templates with their preview, import and export; folders and tags."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin

from apps.core import clock
from apps.core.backoffice.base import ReachFilter, Saved, TaskAdmin
from apps.core.backoffice.confirmed import unless_confirmed
from apps.operators import reach
from apps.operators.admin.importing import ConfirmedImport, MarkedCSV
from apps.operators.admin.preview import Preview, previews
from apps.operators.admin.template_file import TemplateResource
from apps.operators.models import ReplyTemplate, Tag, TemplateFolder
from apps.operators.placeholders import PLACEHOLDERS
from apps.operators.services import announcing


class TextsAdmin(TaskAdmin):
    """Pages whose every change means: screens fetch the catalogue anew."""

    task = "texts"
    catalogue: ClassVar[str]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        announcing.texts_changed(self.catalogue, actor=self.actor(request), now=clock.now())


class TemplateForm(forms.ModelForm):
    class Meta:
        model = ReplyTemplate
        fields = "__all__"  # noqa: DJ007 - the page's fieldsets name them
        widgets = {"text": forms.Textarea(attrs={"rows": 8, "data-preview-source": ""})}


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(ConfirmedImport, ImportExportMixin, TextsAdmin):
    task_order = 10
    task_hint = _("Prepared answers, offered by “/” in the workspace")
    catalogue = "templates"
    form = TemplateForm
    list_display = ("shortcut", "title", "folder", "language", "offered_to", "position", "is_active")
    list_editable = ("position", "is_active")
    list_display_links = ("shortcut", "title")
    list_select_related = ("folder", "queue", "owner")
    list_filter = ("is_active", "language", ("folder", ReachFilter), ("queue", ReachFilter))
    search_fields = ("shortcut", "title", "text")
    ordering = ("position", "shortcut")
    autocomplete_fields = ("owner",)
    actions = ("switch_on", "switch_off")
    change_form_template = "admin/otklik/template_form.html"
    change_list_template = "admin/otklik/ordered_list.html"
    drag: ClassVar[dict[str, str]] = {"field": "position", "direction": "ascending"}
    fieldsets = (
        (None, {"fields": (("shortcut", "language"), "title", "text", "is_active")}),
        (_("Where it is offered"), {"fields": ("folder", "queue", "owner", "position")}),
    )
    # One format, and no page between the button and the file.
    resource_classes = (TemplateResource,)
    export_formats = (MarkedCSV,)
    skip_export_form = True

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.templates(request.user, found)

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.templates(request.user, found)

    def may_restore(self, request: HttpRequest, row: Any) -> bool:
        return super().may_restore(request, row) and self._is_his(request, row)

    @admin.display(description=_("offered to"), ordering="queue__name")
    def offered_to(self, template: ReplyTemplate) -> str:
        return ", ".join(str(each) for each in (template.queue, template.owner) if each) or gettext(
            "everybody"
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_his(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_his(request, obj)

    def _is_his(self, request: HttpRequest, obj: ReplyTemplate | None) -> bool:
        return obj is None or reach.may_change_template(request.user, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Whoever runs single lines says which one, or whose: a common text is not his to make."""
        form = super().get_form(request, obj, change, **kwargs)
        return form if reach.has_all_lines(request.user) else _of_a_line(form)

    # --- preview ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(self.preview_view)
        return [path("preview/", preview, name="operators_replytemplate_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The text as each kind of channel shows it; asked while it is typed."""
        if request.method != "POST" or not self.has_view_permission(request):
            return HttpResponse(status=403)
        return JsonResponse({"previews": self._previews(request.POST.get("text", "")[:8000])})

    def _previews(self, text: str) -> list[Preview]:
        return previews(text, self.admin_site.bubbles())

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        number = int(object_id) if str(object_id or "").isdecimal() else None
        found = self.get_queryset(request).filter(pk=number).first()
        text = request.POST.get("text", found.text if found else "")
        context = {
            "previews": self._previews(text),
            "placeholders": [(f"{{{name}}}", label) for name, label in PLACEHOLDERS.items()],
        }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    # --- import and export ----------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"drag": self.drag, **(extra_context or {})})

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The file comes without a page of its own: who had to confirm is led back to the list and its button."""
        lists = f"{reverse('admin:operators_replytemplate_changelist')}?{request.GET.urlencode()}"
        door = unless_confirmed(request, back=lists)
        response: HttpResponse = door or super().export_action(request)
        return response

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        """The file, once the log says who takes away how much."""
        with transaction.atomic():
            data = super().get_export_data(file_format, request, queryset, **kwargs)
            announcing.texts_exported(
                self.catalogue, rows=queryset.count(), actor=self.actor(request), now=clock.now()
            )
        return data

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        name = slugify(request.user.get_username()) or request.user.pk
        return f"templates-{name}-{clock.now():%Y%m%d-%H%M}.{file_format.get_extension()}"

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        mark = f"{request.user.get_username()} {clock.now():%Y-%m-%d %H:%M} UTC"
        return {**super().get_export_resource_kwargs(request, **kwargs), "user": request.user, "mark": mark}

    @transaction.atomic
    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """The rows are in: announced once, however many they were."""
        announcing.texts_changed(self.catalogue, actor=self.actor(request), now=clock.now())
        response: HttpResponse = super().process_result(result, request)
        return response

    # --- actions ----------------------------------------------------------------------------------------

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, to: bool) -> None:
        rows = [row for row in queryset if self._is_his(request, row)]
        count = self.change_rows(request, rows, is_active=to)
        text = ngettext("%(count)s template was changed.", "%(count)s templates were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


def _of_a_line(form: type[forms.ModelForm]) -> type[forms.ModelForm]:
    class OfALine(form):  # type: ignore[misc,valid-type]  # made by the page a moment ago
        def clean(self) -> dict[str, Any]:
            cleaned: dict[str, Any] = super().clean()
            if not cleaned.get("queue") and not cleaned.get("owner"):
                self.add_error(
                    "queue", _("Choose the line: texts for everybody are made by an administrator.")
                )
            return cleaned

    return OfALine


@admin.register(TemplateFolder)
class TemplateFolderAdmin(TextsAdmin):
    task_order = 20
    catalogue = "templates"
    list_display = ("name", "position", "template_count")
    list_editable = ("position",)
    search_fields = ("name",)
    sortable_by = ()
    change_list_template = "admin/otklik/ordered_list.html"
    drag: ClassVar[dict[str, str]] = {"field": "position", "direction": "ascending"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of templates that the reader may know of."""
        seen = reach.templates(request.user, ReplyTemplate.objects.all()).order_by().values("pk")
        counted = Count("templates", filter=Q(templates__in=seen))
        found: QuerySet[Any] = super().get_queryset(request).annotate(counted=counted)
        return found

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"drag": self.drag, **(extra_context or {})})

    @admin.display(description=_("templates"))
    def template_count(self, folder: Any) -> int:
        return int(folder.counted)


@admin.register(Tag)
class TagAdmin(TextsAdmin):
    task_order = 30
    task_hint = _("Marks that staff put on conversations")
    catalogue = "tags"
    list_display = ("name", "colour", "is_active")
    list_editable = ("is_active",)
    search_fields = ("name",)
    list_filter = ("is_active",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "colour":
            kwargs["widget"] = forms.TextInput(attrs={"type": "color"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
