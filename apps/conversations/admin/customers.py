"""Customers, and who is the personal manager of each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation, Customer, Right
from apps.conversations.oversight import LATEST, asked_number, sight_for
from apps.conversations.services import people
from apps.core import clock
from apps.core.backoffice.large import LargeAdmin
from apps.core.models import User
from apps.core.numbers import numbered


class ManagerField(ModelChoiceField):
    """Operators by the name that customers and colleagues know."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.operator)


@admin.register(Customer)
class CustomerAdmin(LargeAdmin):
    """Everything about a customer comes from himself or from the bank's systems, but for his manager."""

    task = "conversations"
    task_order = 30
    task_hint = _("Whose personal manager is who; a line may ask the manager first")
    list_display = ("number", "__str__", "manager_name", "created_at")
    list_display_links = ("number", "__str__")
    list_select_related = ("manager__operator",)
    search_help_text = _("Number of the customer here, or the bank's")
    fields = ("number", "name", "bank_number", "created_at", "manager")
    readonly_fields = ("number", "name", "bank_number", "created_at")

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """Who was joined into another one is looked for there."""
        sight = sight_for(request)
        found = found.filter(merged_into=None).with_personal(sight)  # type: ignore[attr-defined]  # the manager's own queryset
        if sight.lines(Right.TEXT) is None:
            return found
        seen = Conversation.objects.visible_to(sight)
        if self._is_whole_list(request):
            latest = Conversation.objects.filter(sight.where(Right.TEXT)).order_by("-pk")
            seen = seen.filter(pk__in=latest.values("pk")[:LATEST])
        return found.filter(pk__in=seen.values("customer"))

    def _is_whole_list(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        is_list = match is not None and str(match.url_name).endswith("_changelist")
        return is_list and not request.GET.get("q", "").strip()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        asked = Q(bank_id=search_term.strip(), shows_personal=True)
        if (number := asked_number(request)) is not None:
            asked |= Q(pk=number)
        return queryset.filter(asked), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("conversations.change_customer"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Operators within his reach, and whoever is it now."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        own = field.queryset.order_by().values("pk")
        chosen = Customer.objects.filter(pk__in=_asked_row(request)).values("manager")
        offered = Q(pk__in=own, is_active=True, operator__is_active=True) | Q(
            pk__in=chosen, operator__isnull=False
        )
        found = User.objects.filter(offered).select_related("operator").order_by("operator__public_name")
        return ManagerField(
            found,
            label=field.label,
            required=False,
            empty_label=_("nobody"),
            help_text=_("Asked before the others in lines that wait for the personal manager."),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        people.describe(obj.pk, actor=self.actor(request), now=clock.now(), manager=obj.manager_id)

    @admin.display(description=_("number"))
    def number(self, customer: Customer) -> str:
        return numbered(customer.pk)

    @admin.display(description=_("bank's number"))
    def bank_number(self, customer: Any) -> str:
        """Personal: a padlock for who may not see it."""
        return customer.bank_id or "—" if customer.shows_personal else "🔒"

    @admin.display(description=_("personal manager"))
    def manager_name(self, customer: Customer) -> str:
        manager = customer.manager
        return str(getattr(manager, "operator", manager) or "—")


def _asked_row(request: HttpRequest) -> list[int]:
    """The number of the row whose page this is, if it is one's."""
    match = request.resolver_match
    asked = match.kwargs.get("object_id", "") if match else ""
    return [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 19 else []
