"""The list of conversations: a padlock row where the reader may only know that it exists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.conversations.admin.words import system_words
from apps.conversations.models import Conversation, Message, Rating, Right
from apps.conversations.oversight import LineFilter, OfConversation, sight_for
from apps.core.backoffice.large import LargeAdmin, changelist_of
from apps.core.numbers import numbered

SHOWN = 200  # messages on the page of a conversation


@admin.register(Conversation)
class ConversationAdmin(LargeAdmin):
    task = "conversations"
    task_order = 10
    task_hint = _("Every request of a customer, newest first")
    list_display = ("number", "opened_at", "line", "state", "channel", "holder", "who", "words")
    list_select_related = ("line", "channel", "holder", "customer")
    list_filter = ("state", LineFilter, "channel", "opened_at")
    indexed_filters = frozenset({"state", "line", "channel"})
    search_help_text = _("Number of the conversation")
    change_form_template = "admin/otklik/conversation.html"
    fieldsets = (
        (None, {"fields": ("number", "state", "line", "channel", "holder", "who")}),
        (
            _("Moments"),
            {
                "fields": (
                    "opened_at",
                    "first_answer_at",
                    "last_at",
                    "closed_at",
                    "closed_by",
                    "snoozed_until",
                )
            },
        ),
    )
    readonly_fields = ("number", "who")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        sight = sight_for(request)

        def marked(rows: list[Any]) -> list[Any]:
            """Whether its words may be read is asked row by row, without the database."""
            for row in rows:
                where = {"line_id": row.line_id, "channel_id": row.channel_id}
                row.is_readable = sight.covers(Right.TEXT, **where)
            return rows

        return changelist_of(marked)

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        sight = sight_for(request)
        return found if sight.lines(Right.METADATA) is None else found.filter(sight.where(Right.METADATA))

    @admin.display(description=_("number"))
    def number(self, conversation: Conversation) -> str:
        return numbered(conversation.pk)

    @admin.display(description=_("customer"))
    def who(self, conversation: Any) -> str:
        return str(conversation.customer) if conversation.is_readable else "🔒"

    @admin.display(description=_("last message"))
    def words(self, conversation: Any) -> str:
        return conversation.last_text[:100] if conversation.is_readable else ""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            seen = Conversation.objects.visible_to(sight_for(request))
            found.is_readable = seen.filter(pk=found.pk).exists()
        return found

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        conversation = kwargs.get("obj")
        if conversation is not None:
            context["readable"] = conversation.is_readable
            if conversation.is_readable:
                context["thread"] = thread_of(conversation)
                context["longer"] = conversation.seq > SHOWN
        return super().render_change_form(request, context, *args, **kwargs)


def thread_of(conversation: Conversation) -> list[Message]:
    """The last messages in their order; of a deleted one only that it was."""
    latest = conversation.messages.select_related("author").order_by("-seq")[:SHOWN]
    for message in latest:
        message.said = message.text or system_words(message)  # type: ignore[attr-defined]  # read by the template
    return list(reversed(latest))


@admin.register(Rating)
class RatingAdmin(OfConversation):
    task = "quality"
    task_order = 10
    task_hint = _("What customers thought of closed conversations")
    list_display = ("conversation", "score", "comment", "operator", "at")
    list_select_related = ("conversation", "operator")
    list_filter = ("score", "at")
    fields = ("conversation", "score", "comment", "operator", "at")
