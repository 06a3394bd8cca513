"""Channels: where customers write, how it looks there, who signs them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import adapter_class, deep_link_kinds, kind_choices
from apps.channels.admin.checks import check_channel
from apps.channels.admin.forms import ChannelForm, KeyForm, KeyFormSet, has_own_socket
from apps.channels.events import ChannelChanged
from apps.channels.models import Channel, ChannelKey
from apps.core import clock
from apps.core.admin_site import Bubble, our_site
from apps.core.backoffice.base import Saved, TaskAdmin, TaskTabular
from apps.core.backoffice.confirmed import ConfirmedForms
from apps.core.backoffice.history import Kept
from apps.core.events import announce


class KeyInline(TaskTabular):
    model = ChannelKey
    form = KeyForm
    formset = KeyFormSet
    readonly_fields = ("secret_set_at",)


@admin.register(Channel)
class ChannelAdmin(ConfirmedForms, TaskAdmin):
    task = "channels"
    task_order = 10
    task_hint = _("Sites and apps: texts, form, colours, keys, the code to embed")
    form = ChannelForm
    inlines = (KeyInline,)
    list_display = ("name", "kind", "sites", "is_active")
    list_editable = ("is_active",)
    list_filter = ("is_active", "kind")
    search_fields = ("name", "public_key")
    change_form_template = "admin/otklik/channel_form.html"
    fieldsets = (
        (None, {"fields": ("name", "kind", "is_active", "allowed_sites")}),
        (
            _("Look and texts"),
            {
                "fields": (
                    "accent",
                    ("title_ru", "title_en"),
                    ("greeting_ru", "greeting_en"),
                    ("promise_ru", "promise_en"),
                    ("closed_text_ru", "closed_text_en"),
                )
            },
        ),
        (_("Before the chat"), {"fields": ("form_fields", "form_required")}),
        (
            _("In the chat"),
            {"fields": ("text_limit", "edit_minutes", "accepts_files", "asks_rating", "visitor_days")},
        ),
        (
            _("When the customer has left"),
            {
                "fields": (
                    "sends_letters",
                    ("letter_gone_seconds", "letter_unread_seconds", "letter_pause_minutes"),
                )
            },
        ),
        (_("Incoming webhooks"), {"fields": ("webhook_secret",)}),
    )
    continuing = (_("Chats from the site and the app"), {"fields": ("continues_chats",)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A kind that is reached through our own sockets takes no webhooks, and only there somebody can be away; only
        one with links continues chats.
        """
        if obj is None or has_own_socket(obj.kind):
            return self.fieldsets[:-1]
        found = (*self.fieldsets[:-2], self.fieldsets[-1])
        return (*found, self.continuing) if obj.kind in deep_link_kinds() else found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A channel keeps its kind: its customers' addresses would mean nothing in another."""
        return () if obj is None else ("kind",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("webhook_secret")

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(ChannelKey, "channel"), *self.admin_site.kept_for(Channel)]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for each in formset.forms:
            if formset.model is ChannelKey and "secret" in each.changed_data:
                each.instance.secret_set_at = clock.now()
        super().save_formset(request, form, formset, change)

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        event = ChannelChanged(channel=row.pk, fields=tuple(sorted(saved.fields)))
        announce(event, actor=self.actor(request), now=clock.now())

    # --- embed code and check -------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.check_view)
        return [path("<path:object_id>/check/", view, name="channel_check"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        channel = kwargs.get("obj")
        if channel is not None and channel.kind == "web":
            context["embed"] = embed_code(request.build_absolute_uri("/widget.js"), channel)
        return super().render_change_form(request, context, *args, **kwargs)

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Verify that the channel as it is stored can work; asked by the button on its page."""
        channel = self.get_object(request, unquote(object_id))
        if channel is None or not self.has_view_permission(request, channel):
            raise Http404
        found = self.admin_site.findings(channel, clock.now())
        return JsonResponse({"findings": [{"ok": each.ok, "text": each.text} for each in found]})

    @admin.display(description=_("sites"))
    def sites(self, channel: Channel) -> str:
        return ", ".join(channel.allowed_sites) or str(_("any"))


def embed_code(loader: str, channel: Channel) -> str:
    """What the bank puts on its page: plain text here, escaped by the template that shows it."""
    return f'<script async src="{loader}" data-key="{channel.public_key}"></script>'


def bubbles() -> list[Bubble]:
    """Kinds that are installed, with the longest text of each."""
    return [Bubble(label, adapter_class(kind).abilities.text_limit) for kind, label in kind_choices()]


our_site().add_check(Channel, check_channel)
our_site().add_bubbles(bubbles)
