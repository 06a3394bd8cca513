"""Versions of the rules: what changed, what works, what will; publishing, calling off and taking back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.backoffice.base import ReadOnlyAdmin, Saved
from apps.core.backoffice.one_row import OneRowAdmin
from apps.core.errors import DomainError
from apps.core.moments import sensible
from apps.operators import reach
from apps.operators.models import Skill
from apps.operators.oversight import ForEverybody
from apps.routing.admin.publishing import moment_widget
from apps.routing.models import RuleSet, RulesSetting
from apps.routing.ruling import comparing, frozen, words
from apps.routing.ruling.frozen import Content
from apps.routing.services import publishing


class PublishForm(forms.Form):
    """Now, or from a moment in the reader's zone."""

    note = forms.CharField(
        label=_("why"), max_length=200, required=False, widget=forms.TextInput(attrs={"size": 50})
    )
    effective_at = forms.SplitDateTimeField(
        label=_("works from"),
        required=False,
        widget=moment_widget(),
        validators=[sensible],
        help_text=_("Empty: at once. Otherwise such as Monday 9:00, in your zone."),
    )


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnlyAdmin):
    task = "lines"
    task_order = 18
    task_hint = _("What works, since when, who published it; scheduled changes, the way back")
    list_display = ("__str__", "effective_at", "published_at", "published_by", "note")
    list_select_related = ("published_by",)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("published_at", "published_by", "note", "effective_at", "called_off_at")
    change_list_template = "admin/otklik/versions.html"
    change_form_template = "admin/otklik/version.html"

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """A version holds the rules of every line."""
        return found if reach.has_all_lines(request.user) else found.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")

    def may_publish(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.change_ruleset") and reach.has_all_lines(request.user))

    # --- what is shown ----------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> Any:
        return ("__str__", _state_now(clock.now()), *self.list_display[1:])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        now = clock.now()
        context = {
            "form": PublishForm(),
            "may_publish": self.may_publish(request),
            "at_once": publishing.publishes_at_once(),
            "waiting_changes": _unpublished(now) if reach.has_all_lines(request.user) else [],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row, now = context["original"], clock.now()
        context |= {
            "differences": _against_the_one_before(row),
            "state": _state(row, publishing.in_force(now=now), now),
            "may_take_back": self.may_publish(request)
            and row.called_off_at is None
            and not publishing.is_as_things_stand(row, now=now),
            "may_publish": self.may_publish(request),
            "may_call_off": row.called_off_at is None and row.effective_at > now,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- what is done -----------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("publish/", wrap(self.publish_view), name="routing_ruleset_publish"),
            path("<int:number>/call-off/", wrap(self.call_off_view), name="routing_ruleset_call_off"),
            path("<int:number>/take-back/", wrap(self.take_back_view), name="routing_ruleset_take_back"),
            *super().get_urls(),
        ]

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        if (refused := self._unless_posted(request)) is not None:
            return refused
        form = PublishForm(request.POST)
        if not form.is_valid():
            found: HttpResponse = self.changelist_view(request, {"form": form})
            return found
        now, moment = clock.now(), form.cleaned_data["effective_at"]
        try:
            made = publishing.publish(
                actor=self.actor(request), now=now, effective_at=moment, note=form.cleaned_data["note"]
            )
        except DomainError as refusal:
            form.add_error("effective_at", str(refusal))
            shown: HttpResponse = self.changelist_view(request, {"form": form})
            return shown
        said = _published(made, now) if made else _("Nothing has changed since the newest version.")
        self.message_user(request, said, messages.SUCCESS if made else messages.WARNING)
        return redirect("admin:routing_ruleset_changelist")

    def call_off_view(self, request: HttpRequest, number: int) -> HttpResponse:
        if (refused := self._unless_posted(request)) is not None:
            return refused
        self._version(request, number)
        try:
            publishing.call_off(number, now=clock.now())
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _("It will not come into force."), messages.SUCCESS)
        return self._back(number)

    def take_back_view(self, request: HttpRequest, number: int) -> HttpResponse:
        if (refused := self._unless_posted(request)) is not None:
            return refused
        self._version(request, number)
        try:
            made = publishing.take_back_to(number, actor=self.actor(request), now=clock.now())
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self._back(number)
        if made is None:
            self.message_user(request, _("Rules and lines are like that already."), messages.WARNING)
            return self._back(number)
        self.message_user(
            request, _("Rules and lines are again as in version %s.") % number, messages.SUCCESS
        )
        return self._back(made.pk)

    def _unless_posted(self, request: HttpRequest) -> HttpResponse | None:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_publish(request):
            raise PermissionDenied
        return None

    def _version(self, request: HttpRequest, number: int) -> RuleSet:
        found: RuleSet | None = self.get_queryset(request).filter(pk=number).first()
        if found is None:
            raise Http404
        return found

    def _back(self, number: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:routing_ruleset_change", args=[number]))


def _state_now(now: datetime) -> Any:
    """A column with what each version is at this moment; the one in force is looked up once."""
    current = publishing.in_force(now=now)

    @admin.display(description=_("state"))
    def state(rule_set: RuleSet) -> str:
        return _state(rule_set, current, now)

    return state


def _state(rule_set: RuleSet, current: RuleSet | None, now: datetime) -> str:
    if rule_set.called_off_at is not None:
        return gettext("called off")
    if rule_set.effective_at > now:
        return gettext("scheduled")
    return gettext("works now") if current is not None and current.pk == rule_set.pk else gettext("replaced")


def _against_the_one_before(rule_set: RuleSet) -> list[str]:
    """What this version changed, of the newest standing one that was published before it."""
    before = RuleSet.objects.filter(pk__lt=rule_set.pk, called_off_at__isnull=True).order_by("-pk").first()
    was = publishing.content_of(before) if before else Content()
    return _differences(was, publishing.content_of(rule_set))


def _published(made: RuleSet, now: datetime) -> str:
    if made.effective_at <= now:
        return gettext("Published: %s.") % made
    begins = date_format(timezone.localtime(made.effective_at), "SHORT_DATETIME_FORMAT")
    return gettext("Planned: %(version)s works from %(moment)s.") % {"version": made, "moment": begins}


def _unpublished(now: datetime) -> list[str]:
    """What publishing now would change."""
    newest = publishing.newest()
    return _differences(publishing.content_of(newest) if newest else Content(), frozen.draft())


def _differences(before: Content, after: Content) -> list[str]:
    skills = dict(Skill.objects.values_list("pk", "name"))
    return comparing.differences(before, after, words.names(), skills)


@admin.register(RulesSetting)
class RulesSettingAdmin(OneRowAdmin, ForEverybody):
    task = "lines"
    task_order = 19
    task_hint = _("Whether each change of rules works at once")
    fields = ("publishes_at_once",)

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """Switched on, what was waiting works at once."""
        publishing.publish_if_at_once(actor=self.actor(request), now=clock.now())
