"""What pages of rules share: a save is published where that is so set, and unpublished changes are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin_site import our_site
from apps.core.backoffice.base import DELETED, Saved, TaskAdmin
from apps.core.backoffice.history import Kept
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing.admin import conditions
from apps.routing.models import Category, Condition, Rule, RuleSet, Segment
from apps.routing.ruling import words
from apps.routing.ruling.kinds import Asked
from apps.routing.services import publishing


class PublishedAdmin(TaskAdmin):
    """A page whose rows a version of the rules freezes."""

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        # Called before a deletion: what remains is published after it.
        if DELETED not in saved.fields:
            publish_if_at_once(self, request)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        publish_if_at_once(self, request)


def moment_widget() -> forms.SplitDateTimeWidget:
    """A day and an hour in the browser's own boxes."""
    return forms.SplitDateTimeWidget(
        date_attrs={"type": "date", "aria-label": _("day")},  # type: ignore[dict-item]  # translated when shown
        time_attrs={"type": "time", "aria-label": _("hour")},  # type: ignore[dict-item]  # translated when shown
        date_format="%Y-%m-%d",
        time_format="%H:%M",
    )


def publish_if_at_once(page: TaskAdmin, request: HttpRequest) -> None:
    publishing.publish_if_at_once(actor=page.actor(request), now=clock.now())


class ConditionsAdmin(PublishedAdmin):
    """A page of a rule, a segment or a category: its conditions in three groups."""

    asked: ClassVar[Mapping[str, Asked]]
    owner: ClassVar[str]  # the link of a condition to such a row
    inlines: ClassVar[Any] = conditions.GROUPS
    change_form_template = "admin/otklik/conditions_form.html"

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(Condition, self.owner)]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not form.instance.conditions.exists():
            messages.warning(request, _("It has no conditions yet, so it holds for nothing."))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context |= {
            "known_names": words.known_names(),
            "comparisons": {kind: " ".join(asked.comparisons) for kind, asked in self.asked.items()},
        }
        return super().render_change_form(request, context, *args, **kwargs)


def unpublished(request: HttpRequest) -> str:
    """The banner of lists: changes that do not work yet; empty when there are none."""
    if publishing.publishes_at_once() or not publishing.has_unpublished_changes(now=clock.now()):
        return ""
    text = _(
        "There are changes of rules or lines that are not published: conversations are placed without them."
    )
    if not (request.user.has_perm("routing.change_ruleset") and reach.has_all_lines(request.user)):
        return format_html("<span>{}</span>", text)
    address = reverse("admin:routing_ruleset_changelist")
    return format_html('<span>{}</span> <a href="{}">{}</a>', text, address, _("See and publish them"))


for _model in (Rule, Segment, Category, RuleSet, Queue):
    our_site().add_banner(_model, unpublished)
