"""Customers found to be one, and parting them again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Customer, Merge, Right
from apps.conversations.oversight import sight_for
from apps.conversations.services.people import undo_merge
from apps.core import clock
from apps.core.backoffice.large import LargeAdmin
from apps.core.errors import Conflict
from apps.core.models import User


@admin.register(Merge)
class MergeAdmin(LargeAdmin):
    task = "conversations"
    task_order = 40
    task_hint = _("Customers joined into one; each merge can be undone")
    list_display = ("id", "at", "kept", "absorbed", "reason", "confidence", "author", "undone_at")
    list_select_related = ("kept", "absorbed", "author")
    list_filter = ("reason", "at")
    change_form_template = "admin/otklik/merge.html"
    fields = ("kept", "absorbed", "reason", "confidence", "author", "at", "undone_at", "undone_by")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        sight = sight_for(request)
        if sight.lines(Right.TEXT) is None:
            return found
        return found.filter(kept__in=Customer.objects.visible_to(sight).values("pk"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.undo_merge_view)
        return [path("<int:number>/part/", view, name="conversations_merge_part"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        merge = kwargs.get("obj")
        context["may_part"] = merge is not None and merge.undone_at is None and self._may_part(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_part(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("conversations.change_merge"))

    def undo_merge_view(self, request: HttpRequest, number: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.get_queryset(request).filter(pk=number).exists():
            raise Http404
        if not self._may_part(request):
            raise PermissionDenied
        try:
            undo_merge(number, author_id=cast(User, request.user).pk, now=clock.now())
        except Conflict as refusal:
            self.message_user(request, str(refusal.text), messages.ERROR)
        else:
            self.message_user(request, _("They are two customers again."), messages.SUCCESS)
        return redirect(reverse("admin:conversations_merge_change", args=[number]))
