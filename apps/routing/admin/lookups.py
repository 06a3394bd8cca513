"""Asking the bank's system before placing: where, how long, and how well it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock, http
from apps.core.backoffice.confirmed import ConfirmedForms
from apps.core.backoffice.one_row import OneRowAdmin
from apps.operators.oversight import ForEverybody
from apps.routing.models import LookupOutcome, LookupSetting
from apps.routing.services import lookups

SEEN = timedelta(hours=1)
# Headers that the request needs for itself.
TAKEN = frozenset(
    {"host", "content-length", "content-type", "connection", "transfer-encoding", "accept-encoding"}
)


class LookupForm(forms.ModelForm):
    url = forms.URLField(
        label=_("Address"),
        help_text=_(
            "It is sent the bank's number of the customer, and answers with category and attributes."
        ),
        max_length=500,
        required=False,
        assume_scheme="https",
    )

    class Meta:
        model = LookupSetting
        fields = (
            *("is_on", "url", "header", "secret", "timeout_ms", "keep_minutes", "channels"),
            "default_category",
        )
        widgets = {"channels": forms.CheckboxSelectMultiple}

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url:
            try:
                http.judged_url(url)
            except http.Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return url

    def clean_header(self) -> str:
        name = str(self.cleaned_data["header"]).strip()
        if name.lower() in TAKEN or not all(
            each.isascii() and (each.isalnum() or each == "-") for each in name
        ):
            raise ValidationError(_("Letters, digits and hyphens; not one that every request has."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_on") and not cleaned.get("url") and "url" not in self.errors:
            self.add_error("url", _("Type the address before switching it on."))
        return cleaned


@admin.register(LookupSetting)
class LookupSettingAdmin(ConfirmedForms, OneRowAdmin, ForEverybody):
    task = "integrations"
    task_order = 30
    task_hint = _("The bank's system says who a customer is before he is placed")
    form = LookupForm
    fieldsets = (
        (None, {"fields": ("is_on", "url", ("header", "secret"))}),
        (_("Time"), {"fields": ("timeout_ms", "keep_minutes")}),
        (_("Whom"), {"fields": ("channels", "default_category")}),
        (_("How it answers"), {"fields": ("answered",)}),
    )
    readonly_fields = ("answered",)

    @admin.display(description=_("in the last hour"))
    def answered(self, _setting: LookupSetting) -> str:
        """What came of the questions of the last hour, the most frequent first."""
        found = lookups.outcomes(since=clock.now() - SEEN)
        if not found:
            return gettext("Nobody was asked about.")
        ordered = sorted(found.items(), key=lambda each: -each[1])
        return "; ".join(f"{LookupOutcome(outcome).label}: {number}" for outcome, number in ordered)
