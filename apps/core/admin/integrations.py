"""Tokens of integrations, webhooks and what became of each event sent to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.core import clock
from apps.core.admin.event_words import kind_words
from apps.core.backoffice.base import TaskAdmin, TaskTabular
from apps.core.backoffice.confirmed import ConfirmedForms, unless_confirmed
from apps.core.backoffice.conflicts import Watched
from apps.core.backoffice.history import Kept
from apps.core.backoffice.large import ACTION, LargeAdmin
from apps.core.events import kinds
from apps.core.forms import hint_of
from apps.core.models import ApiToken, User, UserGroup, WebhookAttempt, WebhookDelivery, WebhookSubscription
from apps.core.scopes import scope_choices
from apps.core.services import tokens, webhooks

LIFE = timedelta(days=365)
# The seeded group that sees conversations of every line (config/roles.py).
INTEGRATION = "integration"


def _page_of(row: ApiToken | WebhookSubscription) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


class TokenForm(forms.ModelForm):
    """Name, scopes, groups of its service account, and until when."""

    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("token", "May"), widget=forms.CheckboxSelectMultiple
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.all(),
        label=_("Sees as a member of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Grants of these groups say which conversations it may see. An integration is in no line: a group that "
            "sees only its own lines shows it nothing."
        ),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The table of scopes is read when a page is opened, long after forms are declared.
        if "scopes" in self.fields:
            scopes: Any = self.fields["scopes"]
            scopes.choices = scope_choices()
        if self.instance.pk and "groups" in self.fields:
            self.fields["groups"].initial = self.instance.user.groups.all()
        elif "expires_at" in self.fields:
            self.fields["groups"].initial = Group.objects.filter(name=INTEGRATION)
            self.fields["expires_at"].initial = clock.now() + LIFE


@admin.register(ApiToken)
class ApiTokenAdmin(ConfirmedForms, TaskAdmin):
    task = "integrations"
    task_order = 10
    task_hint = _("Keys with which the bank's systems call the REST interface")
    form = TokenForm
    list_display = ("name", "ending", "user", "expires_at", "last_used_at", "is_live")
    list_select_related = ("user",)
    search_fields = ("name",)
    ordering = ("name",)
    change_form_template = "admin/otklik/token_form.html"
    fields = ("name", "scopes", "groups", "expires_at")
    readonly_fields: ClassVar[tuple[str, ...]] = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        seen = ("user", "ending", "created_at", "last_used_at", "revoked_at")
        return self.fields if obj is None else (*self.fields, *seen)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("user", "ending", "created_at", "last_used_at", "revoked_at")

    def watched(self, request: HttpRequest, row: Any) -> list[Watched]:
        """The form gives groups to the token's account, whoever else does so elsewhere."""
        return [*super().watched(request, row), (Kept(UserGroup, "user"), row.user)]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoked, not deleted: its webhooks and what it did keep their name."""
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/revoke/", wrap(self.revoke_view), name="core_apitoken_revoke"),
            path("<path:object_id>/renew/", wrap(self.renew_view), name="core_apitoken_renew"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            if form is not None:
                obj.user.groups.set(form.cleaned_data["groups"])
            return
        values, now = form.cleaned_data, clock.now()
        account = User.objects.create_user(
            f"api-{User.objects.order_by('-pk').values_list('pk', flat=True).first() or 0}-{values['name']}"[
                :150
            ],
            display_name=values["name"],
            is_service=True,
        )
        account.groups.set(values["groups"])
        token, request.new_secret = tokens.issue(  # type: ignore[attr-defined]  # shown by response_add
            name=values["name"],
            user=account,
            scopes=values["scopes"],
            expires_at=values["expires_at"],
            now=now,
        )
        obj.__dict__.update({name: getattr(token, name) for name in token.__dict__ if name != "_state"})
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The only page that ever shows the secret: not kept in a message, an address or a cookie."""
        return self._show(request, obj, request.new_secret)  # type: ignore[attr-defined]

    def renew_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new secret for the same account; the old one stops working at once."""
        token = self._token(request, object_id)
        if door := unless_confirmed(request, back=_page_of(token), opened=True):
            return door
        now = clock.now()
        kept, secret = tokens.issue(
            name=token.name,
            user=token.user,
            scopes=token.scopes,
            expires_at=max(token.expires_at, now + LIFE),
            now=now,
        )
        self.log_change(request, kept, str(_("Made a new secret.")))
        return self._show(request, kept, secret)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        token = self._token(request, object_id)
        tokens.revoke(token, now=clock.now())
        self.log_change(request, token, str(_("Revoked.")))
        self.message_user(request, _("The token opens nothing any more."), messages.SUCCESS)
        return redirect(_page_of(token))

    def _token(self, request: HttpRequest, object_id: str) -> ApiToken:
        token: ApiToken | None = self.get_object(request, unquote(object_id))
        if token is None:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, token):
            raise PermissionDenied
        return token

    def _show(self, request: HttpRequest, token: ApiToken, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the token now"),
            "token": token,
            "secret": secret,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/otklik/token_made.html", context)

    @admin.display(description=_("Sees as a member of"))
    def groups(self, token: ApiToken) -> str:
        """For who may only look; who may change is shown boxes of this name."""
        return ", ".join(map(str, token.user.groups.all())) or "—"

    @admin.display(description=_("ends with"))
    def ending(self, token: ApiToken) -> str:
        return f"…{token.last_four}"

    @admin.display(description=_("works"), boolean=True)
    def is_live(self, token: ApiToken) -> bool:
        return tokens.is_live(token, now=clock.now())


class SubscriptionForm(forms.ModelForm):
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    kinds = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = WebhookSubscription
        fields = ("name", "url", "kinds", "token", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kinds" in self.fields:
            offered: Any = self.fields["kinds"]
            offered.choices = [(kind, f"{kind} — {kind_words(kind)}") for kind in sorted(kinds())]

    def clean_url(self) -> str:
        """Nothing else is ever sent to: apps.core.http refuses it at each try."""
        url: str = self.cleaned_data["url"]
        if not url.lower().startswith("https://"):
            raise forms.ValidationError(_("The address has to begin with https://."))
        return url


@admin.register(WebhookSubscription)
class SubscriptionAdmin(ConfirmedForms, TaskAdmin):
    task = "integrations"
    task_order = 20
    task_hint = _("Addresses of the bank that are told what happens")
    form = SubscriptionForm
    list_display = ("name", "url", "token", "is_active")
    list_select_related = ("token",)
    search_fields = ("name", "url")
    ordering = ("name",)
    autocomplete_fields = ("token",)
    change_form_template = "admin/otklik/subscription_form.html"
    made_anew = ("secret",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        named = ("name", "url", "kinds", "token", "is_active")
        return named if obj is None else (*named, "secret_hint", "old_secret_hint")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("secret_hint", "old_secret_hint")

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/new-key/", wrap(self.new_key_view), name="core_subscription_new_key"),
            path("<path:object_id>/drop-key/", wrap(self.drop_key_view), name="core_subscription_drop_key"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.secret = webhooks.new_secret()
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show(request, obj)

    def new_key_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new signing key; until it is dropped, requests carry the signature of the old one as well."""
        found = self._found(request, object_id)
        if door := unless_confirmed(request, back=_page_of(found), opened=True):
            return door
        found.old_secret, found.secret, found.secret_set_at = found.secret, webhooks.new_secret(), clock.now()
        found.save(update_fields=["secret", "old_secret", "secret_set_at"])
        self.log_change(request, found, str(_("Made a new signing key.")))
        return self._show(request, found)

    def drop_key_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = self._found(request, object_id)
        if door := unless_confirmed(request, back=_page_of(found), opened=True):
            return door
        found.old_secret = ""
        found.save(update_fields=["old_secret"])
        self.log_change(request, found, str(_("Dropped the previous signing key.")))
        self.message_user(request, _("Requests carry the new signature only."), messages.SUCCESS)
        return redirect(_page_of(found))

    def _found(self, request: HttpRequest, object_id: str) -> WebhookSubscription:
        found: WebhookSubscription | None = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def _show(self, request: HttpRequest, found: WebhookSubscription) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the signing key now"),
            "token": found,
            "secret": found.secret,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/otklik/token_made.html", context)

    @admin.display(description=_("signing key"))
    def secret_hint(self, found: WebhookSubscription) -> str:
        return hint_of(found.secret) if found.secret else "—"

    @admin.display(description=_("previous signing key"))
    def old_secret_hint(self, found: WebhookSubscription) -> str:
        return hint_of(found.old_secret) if found.old_secret else "—"


class AttemptInline(TaskTabular):
    model = WebhookAttempt
    fields = readonly_fields = ("at", "duration_ms", "status", "error")
    can_delete = False
    ordering = ("pk",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_add_permission


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LargeAdmin):
    task = "integrations"
    task_order = 30
    task_hint = _("What was sent, what came back, and sending again")
    list_display = ("created_at", "subscription", "event", "state", "attempts_made", "next_try")
    list_select_related = ("subscription", "event")
    list_filter = ("state", "subscription")
    # By the index of the event: the newest deliveries are those of the newest events.
    ordering = ("-event_id", "-pk")
    number_field = "event"
    inlines = (AttemptInline,)
    change_form_template = "admin/otklik/delivery_form.html"
    actions = ("resend",)
    fields = ("subscription", "event", "state", "attempts_made", "next_try", "created_at")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.resend_view)
        return [path("<uuid:number>/resend/", view, name="core_webhookdelivery_resend"), *super().get_urls()]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("core.change_webhookdelivery"))

    def resend_view(self, request: HttpRequest, number: UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_resend_permission(request):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=number).exists():
            raise Http404
        webhooks.resend(number, now=clock.now())
        self.message_user(request, _("It will be sent again within seconds."), messages.SUCCESS)
        return redirect(reverse("admin:core_webhookdelivery_change", args=[number]))

    @admin.display(description=_("next try"))
    def next_try(self, delivery: WebhookDelivery) -> datetime | str:
        return delivery.due_at if delivery.state == WebhookDelivery.State.WAITING else "—"

    @admin.action(description=_("Send again"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        numbers = list(queryset.values_list("pk", flat=True)[:ACTION])
        for number in numbers:
            webhooks.resend(number, now=clock.now())
        text = ngettext(
            "%(count)s delivery will be sent again.", "%(count)s deliveries will be sent again.", len(numbers)
        )
        self.message_user(request, text % {"count": len(numbers)}, messages.SUCCESS)
