"""Letters to customers who left, and what a line says in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.conversations.models import Letter, LetterText
from apps.conversations.oversight import OfConversation, sight_for
from apps.conversations.services import letters
from apps.core import clock
from apps.core.admin_site import our_site
from apps.core.backoffice.base import TaskTabular
from apps.core.errors import DomainError
from apps.core.masking import short_email
from apps.operators.models import Queue


@admin.register(Letter)
class LetterAdmin(OfConversation):
    task = "conversations"
    task_order = 32
    task_hint = _("Answers sent by e-mail to customers who left the chat")
    list_display = ("created_at", "conversation", "address", "purpose", "state", "trouble", "changed_at")
    list_select_related = ("conversation",)
    list_filter = ("state", "purpose", "created_at")
    indexed_filters = frozenset({"state"})
    actions = ("send_again",)
    fields = (
        "conversation",
        "address",
        "vouched",
        "purpose",
        "words",
        "state",
        "trouble",
        "smtp_code",
        "attempts_made",
        "due_at",
        "begun_at",
        "created_at",
        "changed_at",
    )
    readonly_fields = ("address",)

    @admin.display(description=pgettext_lazy("delivery", "to"))
    def address(self, letter: Letter) -> str:
        """Enough to recognise it: the whole of it is personal."""
        return short_email(letter.email)

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Each by the rule of the workspace's button; what may not be sent says why."""
        sent, refused = 0, set()
        for number in rows.values_list("pk", flat=True):
            try:
                letters.retry(sight_for(request), number, now=clock.now())
                sent += 1
            except DomainError as refusal:
                refused.add(str(refusal))
        if sent:
            text = ngettext("%(count)s letter is sent again.", "%(count)s letters are sent again.", sent)
            self.message_user(request, text % {"count": sent}, messages.SUCCESS)
        for reason in sorted(refused):
            self.message_user(request, reason, messages.WARNING)


class LetterTextInline(TaskTabular):
    model = LetterText

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("opening", "closing"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "cols": 30})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


our_site().add_inline(Queue, LetterTextInline, link="queue")
