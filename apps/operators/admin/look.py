"""How the bank looks: name, colour and logo. One row; its consequences are texts' (screens fetch it anew)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.backoffice.base import Saved
from apps.core.backoffice.one_row import OneRowAdmin
from apps.core.backoffice.pictures import PictureField
from apps.core.models import Brand
from apps.operators.services import announcing


class BrandForm(forms.ModelForm):
    upload = PictureField(label=_("New logo"), uploaded_by="brand")
    without_logo = forms.BooleanField(label=_("Show no logo"), required=False)

    class Meta:
        model = Brand
        fields = ("name", "name_en", "accent")
        widgets = {"accent": forms.TextInput(attrs={"type": "color"})}


@admin.register(Brand)
class BrandAdmin(OneRowAdmin):
    task = "channels"
    task_order = 30
    task_hint = _("Name, colour and logo in the widget, the workspace, letters and here")
    form = BrandForm
    fields = (("name", "name_en"), "accent", "logo_now", "upload", "without_logo")
    readonly_fields = ("logo_now",)

    @admin.display(description=_("logo"))
    def logo_now(self, brand: Brand) -> str:
        if brand.logo is None:
            return "—"
        picture = reverse("public_picture", args=[brand.logo_id])
        return format_html('<img class="brand-logo large" src="{}" alt="">{}', picture, brand.logo.name)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form is not None and form.cleaned_data.get("upload"):
            obj.logo = form.cleaned_data["upload"]
        elif form is not None and form.cleaned_data.get("without_logo"):
            obj.logo = None
        super().save_model(request, obj, form, change)

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        announcing.texts_changed("brand", actor=self.actor(request), now=clock.now())
