"""Bots in the back office: to whom conversations may be handed besides lines and colleagues."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.bots.models import Bot, BotLine
from apps.conversations.access import sight_of
from apps.conversations.models import Right
from apps.core import clock
from apps.core.backoffice.base import Saved, TaskTabular
from apps.core.backoffice.history import Kept
from apps.core.services.tokens import is_live
from apps.operators.oversight import ForEverybody
from apps.operators.services import announcing


class AccountField(forms.ModelChoiceField):
    """Accounts of integrations, by the names of their tokens."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.api_token)


class BotForm(forms.ModelForm):
    class Meta:
        model = Bot
        fields = ("name_ru", "name_en", "is_active", "account", "answer_seconds", "closes_after_hours")
        field_classes: ClassVar[dict[str, Any]] = {"account": AccountField}

    def clean_account(self) -> Any:
        """It answers, and reads nothing but what it is handed."""
        account = self.cleaned_data["account"]
        sight = sight_of(account)
        if not sight.has(Right.ANSWER):
            raise forms.ValidationError(_("The groups of this integration let it answer nowhere."))
        if sight.has(Right.METADATA):
            raise forms.ValidationError(
                _(
                    "The groups of this integration let it read whole lines. Give it a group with the right to "
                    "answer and no other."
                )
            )
        return account


class LineInline(TaskTabular):
    model = BotLine
    verbose_name = gettext_lazy("line")
    verbose_name_plural = gettext_lazy("given conversations from these lines (none: from all)")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("queue")


@admin.register(Bot)
class BotAdmin(ForEverybody):
    task = "staff"
    task_order = 18
    task_hint = gettext_lazy("Automatic colleagues: programs to which operators may hand a conversation")
    form = BotForm
    inlines = (LineInline,)
    list_display = ("name_ru", "answers_as", "answer_seconds", "works", "is_active")
    list_editable = ("is_active",)
    list_select_related = ("account__api_token",)
    list_filter = ("is_active",)
    search_fields = ("name_ru", "name_en")
    fieldsets = (
        (None, {"fields": (("name_ru", "name_en"), "is_active")}),
        (gettext_lazy("Its integration"), {"fields": ("account",)}),
        (gettext_lazy("How it works"), {"fields": (("answer_seconds", "closes_after_hours"),)}),
    )

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(BotLine, "bot")]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """Conversations of a bot that is off go back to people with the next sweep."""
        announcing.texts_changed("bots", actor=self.actor(request), now=clock.now())

    @admin.display(description=gettext_lazy("answers as"))
    def answers_as(self, bot: Bot) -> str:
        token = getattr(bot.account, "api_token", None)
        return str(token or bot.account)

    @admin.display(description=gettext_lazy("its token works"), boolean=True)
    def works(self, bot: Bot) -> bool:
        token = getattr(bot.account, "api_token", None)
        if token is None:
            return False
        token.user = bot.account
        return is_live(token, now=clock.now())
