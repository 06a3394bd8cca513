"""The production calendar: its days, and a file of them looked at before it is taken over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.core.backoffice import spreadsheets
from apps.core.backoffice.base import Saved
from apps.core.errors import Invalid
from apps.operators.models import ProductionDay, Weekday
from apps.operators.oversight import ForEverybody
from apps.operators.services import production

LARGEST = 256 * 1024  # bytes


class ProductionFileForm(forms.Form):
    """A file, or the one that came with the product."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy(
            "CSV: date,kind,hours_of,note; the kind is off, working or short. Without a file: the one that came with "
            "the product."
        ),
    )

    def days(self) -> list[production.Day]:
        """Raises Invalid in words for the person who sent it."""
        sent = self.cleaned_data["file"]
        if sent is None:
            return production.read(production.shipped())
        if sent.size > LARGEST:
            raise Invalid(_("The file is too big."))
        try:
            return production.read(sent.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Invalid(_("The file is not text in UTF-8.")) from error


class TakeOverForm(forms.Form):
    """What was looked at comes back as it was shown."""

    days = forms.CharField(widget=forms.HiddenInput, max_length=LARGEST)


@admin.register(ProductionDay)
class ProductionDayAdmin(ForEverybody):
    task = "lines"
    task_order = 25
    task_hint = gettext_lazy("Holidays of the country, moved days off and shorter days")
    list_display = ("date", "kind", "hours_of", "note")
    list_filter = ("kind",)
    date_hierarchy = "date"
    search_fields = ("note",)
    change_list_template = "admin/otklik/production_list.html"

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        production.tell(actor=self.actor(request), now=clock.now())

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.import_view), name="operators_productionday_import"),
            path("export/", wrap(self.export_view), name="operators_productionday_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """What is kept, as the file that can be taken over again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = production.written(ProductionDay.objects.order_by("date"))
        return spreadsheets.table(text, name=f"production-calendar-{clock.now():%Y%m%d}.csv")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        can_import = self._may_import(request)
        return super().changelist_view(request, {"can_import": can_import, **(extra_context or {})})

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_delete_permission(request)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, show what it would change, take it over: three steps on one address."""
        if not self._may_import(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, ProductionFileForm())
        if "days" in request.POST:
            return self._take_over(request)
        return self._look(request)

    def _look(self, request: HttpRequest) -> HttpResponse:
        form = ProductionFileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                days = form.days()
            except Invalid as refusal:
                form.add_error("file", str(refusal))
            else:
                kept = TakeOverForm(initial={"days": production.written(days)})
                difference = production.compare(days)
                return self._page(request, form, difference=difference, rows=_rows(difference), kept=kept)
        return self._page(request, form)

    def _take_over(self, request: HttpRequest) -> HttpResponse:
        form = TakeOverForm(request.POST)
        try:
            days = production.read(form.cleaned_data["days"]) if form.is_valid() else []
        except Invalid as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        done = production.take_over(days, actor=self.actor(request), now=clock.now())
        text = _("New: %(new)s, changed: %(changed)s, removed: %(gone)s.")
        counts = {"new": len(done.new), "changed": len(done.changed), "gone": len(done.gone)}
        self.message_user(request, text % counts, messages.SUCCESS)
        return redirect(reverse("admin:operators_productionday_changelist"))

    def _page(self, request: HttpRequest, form: forms.Form, **found: Any) -> HttpResponse:
        title = _("Production calendar from a file")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            **found,
        }
        return TemplateResponse(request, "admin/otklik/production_import.html", context)


def _rows(difference: production.Difference) -> list[dict[str, Any]]:
    """By date: what a day was and what it becomes, in words."""
    rows = [{"date": day.date, "before": "", "after": _words(day)} for day in difference.new]
    rows += [
        {"date": was.date, "before": _words(was), "after": _words(day)} for was, day in difference.changed
    ]
    rows += [{"date": day.date, "before": _words(day), "after": ""} for day in difference.gone]
    return sorted(rows, key=lambda row: str(row["date"]))


def _words(day: production.Day) -> str:
    said = [str(ProductionDay.Kind(day.kind).label), day.note]
    if day.hours_of is not None:
        said.insert(1, str(Weekday(day.hours_of).label))
    return " · ".join(each for each in said if each)
