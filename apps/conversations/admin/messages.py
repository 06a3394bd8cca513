"""Messages and what became of those that left through a provider."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.admin.words import system_words
from apps.conversations.models import Delivery, DeliveryAttempt, Message
from apps.conversations.oversight import OfConversation
from apps.core.backoffice.base import TaskTabular


@admin.register(Message)
class MessageAdmin(OfConversation):
    task = "conversations"
    task_order = 20
    task_hint = _("Single messages of conversations you may read")
    list_display = ("at", "conversation", "place", "author_kind", "kind", "words")
    list_select_related = ("conversation",)
    list_filter = ("author_kind", "kind", "at")
    fields = (
        "conversation",
        "place",
        "author_kind",
        "author",
        "kind",
        "words",
        "at",
        "edited_at",
        "deleted_at",
    )
    readonly_fields = ("place", "words")

    @admin.display(description=_("No."))
    def place(self, message: Message) -> int:
        """Its place in its conversation."""
        return message.seq

    @admin.display(description=_("text"))
    def words(self, message: Message) -> str:
        """What was said; a deleted message says nothing any more."""
        if message.deleted_at is not None:
            return str(_("(deleted)"))
        return message.text or system_words(message)


class AttemptInline(TaskTabular):
    model = DeliveryAttempt
    fields = readonly_fields = ("started_at", "ended_at", "outcome", "error")
    can_delete = False
    ordering = ("pk",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Who may see the delivery may see its tries."""
        return True

    has_change_permission = has_add_permission


@admin.register(Delivery)
class DeliveryAdmin(OfConversation):
    task = "conversations"
    task_order = 30
    task_hint = _("Messages on their way to other channels")
    list_display = ("created_at", "conversation", "identity", "state", "attempts_made", "error", "changed_at")
    list_select_related = ("conversation", "identity__channel")
    list_filter = ("state", "created_at")
    indexed_filters = frozenset({"state"})
    inlines = (AttemptInline,)
    fields = (
        "conversation",
        "identity",
        "state",
        "provider_id",
        "error",
        "attempts_made",
        "due_at",
        "created_at",
        "changed_at",
    )
