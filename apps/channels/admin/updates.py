"""What providers sent, as it was received: parked items can be tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.channels.models import InboundUpdate
from apps.channels.services.updates import replay
from apps.core import clock
from apps.core.backoffice.large import ACTION, LargeAdmin
from apps.core.errors import Conflict
from apps.core.numbers import numbered


@admin.register(InboundUpdate)
class InboundUpdateAdmin(LargeAdmin):
    """Bodies and headers hold customers' words before masking: they are never shown here."""

    task = "integrations"
    task_order = 40
    task_hint = _("Raw items of providers; what could not be understood is parked here")
    list_display = ("id", "received_at", "channel", "external_id", "state", "attempts", "problem")
    list_select_related = ("channel",)
    list_filter = ("state", "channel")
    fields = ("channel", "external_id", "state", "attempts", "received_at", "done_at", "error")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("body", "headers")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("support_channels.change_inboundupdate"))

    @admin.display(description=_("error"))
    def problem(self, update: InboundUpdate) -> str:
        """The last line of the traceback."""
        return update.error.strip().rpartition("\n")[2][:120] or "—"

    @admin.action(description=_("Try parked items again"), permissions=["replay"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        parked = queryset.filter(state=InboundUpdate.State.PARKED).values_list("pk", flat=True)[:ACTION]
        count = 0
        for number in list(parked):
            try:
                replay(number, actor=self.actor(request), now=clock.now())
            except Conflict as refusal:
                self.message_user(request, f"{numbered(number)}: {refusal.text}", messages.WARNING)
            else:
                count += 1
        text = ngettext("%(count)s item is tried again.", "%(count)s items are tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
