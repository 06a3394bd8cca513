"""What conversations weigh, and how many of a kind an operator holds: a page, and a part of the operator's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin_site import our_site
from apps.core.backoffice.base import Saved, TaskTabular
from apps.operators.models import Operator
from apps.operators.oversight import ForEverybody
from apps.operators.services import announcing
from apps.routing.models import KindWeight, OperatorLimit


@admin.register(KindWeight)
class KindWeightAdmin(ForEverybody):
    task = "staff"
    task_order = 15
    task_hint = _("How much of an operator's capacity a chat, a letter or a call takes")
    list_display = ("kind", "units")
    list_editable = ("units",)
    ordering = ("kind",)

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """Lighter ones may fit now."""
        announcing.texts_changed("weights", actor=self.actor(request), now=clock.now())


class OperatorLimitInline(TaskTabular):
    model = OperatorLimit

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("operator")


our_site().add_inline(Operator, OperatorLimitInline, link="operator")
