"""Grants, on the page of the group that has them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Grant, Scope
from apps.core.admin_site import our_site
from apps.core.backoffice.base import TaskTabular


class GrantForm(forms.ModelForm):
    class Meta:
        model = Grant
        fields = ("right", "scope", "queue", "channel")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        one_line, queue = cleaned.get("scope") == Scope.LINE, cleaned.get("queue")
        if one_line and not queue:
            self.add_error("queue", _("Which line?"))
        elif queue and not one_line:
            self.add_error("scope", _("A line is named: choose “one line”."))
        return cleaned


class GrantInline(TaskTabular):
    """What members of the group see and do with conversations."""

    model = Grant
    form = GrantForm
    verbose_name_plural = _("rights over conversations")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("queue", "channel", "group")


our_site().add_inline(Group, GrantInline, link="group")
