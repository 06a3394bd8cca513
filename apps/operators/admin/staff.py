"""Operators with their accounts, all accounts, groups, skills, break reasons, and who is at work."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core import clock, letters, staff_sessions
from apps.core.backoffice.base import ReachFilter, Saved, TaskAdmin, TaskTabular
from apps.core.backoffice.confirmed import ConfirmedForms, unless_confirmed
from apps.core.backoffice.history import Kept
from apps.core.models import GroupPermission, User, UserGroup
from apps.operators import reach
from apps.operators.admin.account_forms import AccountForm, NewAccountForm, PasswordForm
from apps.operators.admin.levels import SkillTabular
from apps.operators.admin.operator_form import MembershipFormSet, OperatorForm
from apps.operators.admin.texts import TextsAdmin
from apps.operators.models import (
    BreakReason,
    DeclineReason,
    Operator,
    Presence,
    Queue,
    QueueMembership,
    Skill,
    SkillLevel,
)
from apps.operators.oversight import ForEverybody
from apps.operators.services import announcing, staffing


class MembershipInline(TaskTabular):
    model = QueueMembership
    formset = MembershipFormSet
    verbose_name = _("line")
    verbose_name_plural = _("lines")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request).select_related("queue", "operator")
        return (
            found
            if reach.has_all_lines(request.user)
            else found.filter(queue__in=reach.own_lines(request.user))
        )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.needs_line = not reach.has_all_lines(request.user)
        return formset

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SkillLevelInline(SkillTabular):
    model = SkillLevel

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("skill", "operator")


@admin.register(Operator)
class OperatorAdmin(ConfirmedForms, TaskAdmin):
    task = "staff"
    task_order = 10
    task_hint = _("Who answers customers, in which lines, how many at once")
    form = OperatorForm
    inlines = (MembershipInline, SkillLevelInline)
    list_display = ("public_name", "account", "capacity", "in_lines", "state", "is_active")
    list_select_related = ("user", "presence")
    list_filter = ("is_active", ("queues", ReachFilter), ("skills", ReachFilter))
    search_fields = ("public_name", "user__username", "user__display_name")
    actions = ("switch_on", "switch_off")
    fieldsets = (
        (_("For customers"), {"fields": ("public_name", "title", "upload", "without_picture")}),
        (_("Work"), {"fields": ("capacity", "is_active")}),
        (_("Account"), {"fields": ("account", "username", "language", "password", "groups")}),
    )

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.operators(request.user, found)

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = QueueMembership.objects.filter(queue__in=reach.lines(request.user, Queue.objects.all()))
        shown = Prefetch("memberships", seen.select_related("queue"), to_attr="seen_memberships")
        return super().get_queryset(request).prefetch_related(shown)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.giver = request.user
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of an existing account only the password is set here; the rest is on the account's own page."""
        left_out = {"account"} if obj is None else {"username", "language", "groups"}
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("account",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or reach.manages(request.user, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators are switched off: what they wrote keeps its author."""
        return False

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        limited = not reach.has_all_lines(request.user)
        only = {"queue_id__in": list(reach.own_lines(request.user))} if limited else {}
        return [Kept(QueueMembership, "operator", only), Kept(SkillLevel, "operator")]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form is not None and not change:
            obj.user = form.account()
        elif form is not None and form.cleaned_data.get("password"):
            staffing.set_password(obj.user, form.cleaned_data["password"])
        super().save_model(request, obj, form, change)

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """His sockets come back with his new rights; lines he joined or left show it."""
        actor, now = self.actor(request), clock.now()
        announcing.rights_changed([row.pk], actor=actor, now=now)
        lines = {member.queue_id for member in saved.rows_of(QueueMembership)}
        if saved.touches("is_active", "public_name"):
            lines |= set(row.memberships.values_list("queue_id", flat=True))
        for queue_id in sorted(lines):
            announcing.line_changed(queue_id, fields=["members"], actor=actor, now=now)

    @admin.display(description=_("account"), ordering="user__username")
    def account(self, operator: Operator) -> str:
        return operator.user.username if operator.user_id else "—"

    @admin.display(description=_("lines"))
    def in_lines(self, operator: Any) -> str:
        """Of the lines that the reader may know of."""
        return ", ".join(member.queue.name for member in operator.seen_memberships) or "—"

    @admin.display(description=_("at work"))
    def state(self, operator: Operator) -> str:
        presence = getattr(operator, "presence", None)
        return str(presence.get_state_display()) if presence else str(Presence.State.OFFLINE.label)

    @admin.action(description=_("Works here again"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=True)

    @admin.action(description=_("Works here no more"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, to: bool) -> None:
        rows = [row for row in queryset if reach.manages(request.user, row)]
        count = self.change_rows(request, rows, is_active=to)
        text = ngettext("%(count)s operator was changed.", "%(count)s operators were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(User)
class AccountAdmin(ConfirmedForms, TaskAdmin, UserAdmin):
    task = "staff"
    task_order = 20
    task_hint = _("Sign-in names, passwords, groups; switched off here, somebody is out within seconds")
    list_display = (
        "username",
        "display_name",
        "in_groups",
        "is_staff",
        "is_service",
        "is_active",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_service", ("groups", ReachFilter))
    search_fields = ("username", "display_name", "first_name", "last_name", "email")
    actions = ("switch_on", "switch_off", "end_sessions", "send_password_letter")
    confirmed_actions = ("send_password_letter",)
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (
            _("Person"),
            {"fields": ("display_name", ("first_name", "last_name"), "email", ("language", "time_zone"))},
        ),
        (_("Rights"), {"fields": ("is_staff", "is_superuser", "groups")}),
        (_("Seen"), {"fields": ("last_login", "date_joined")}),
    )
    form = AccountForm
    add_form = NewAccountForm
    change_password_form = PasswordForm
    add_form_template = None
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password1", "password2")}),
        (_("Rights"), {"fields": ("is_staff", "groups")}),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("last_login", "date_joined")
    filter_horizontal = ("groups",)

    def reach(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.users(request.user, found)

    def reach_deleted(self, request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        return reach.deletions(request.user, found)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may not set a password is not told of it either."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        (title, first), *others = found
        return [(title, {"fields": [name for name in first["fields"] if name != "password"]}), *others]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = () if request.user.is_superuser else ("is_superuser",)
        return (*self.readonly_fields, *fixed)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's account is changed by a superuser."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts are switched off: what their owners did keeps its author."""
        return False

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(UserGroup, "user")]

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if door := unless_confirmed(request, opened=True):
            return door
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            announcing.rights_changed([int(id)], actor=self.actor(request), now=clock.now())
        return response

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        announcing.rights_changed([row.pk], actor=self.actor(request), now=clock.now())

    @admin.display(description=_("groups"))
    def in_groups(self, user: User) -> str:
        return ", ".join(map(str, user.groups.all())) or "—"

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, to=True)

    @admin.action(description=_("Switch off (out within seconds)"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset.exclude(pk=request.user.pk), to=False)

    @admin.action(description=_("End all sessions (sign out everywhere)"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One's own session at this page goes on: the others of one's account end."""
        own, count = request.session.session_key, 0
        for row in queryset:
            if self.has_change_permission(request, row):
                others = [each for each in staff_sessions.living(row) if each.session_key != own]
                count += staff_sessions.end(row, others, actor=self.actor(request), now=clock.now())
        text = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> Any:
        found: Any = super().get_actions(request)
        if not settings.LETTERS:
            found.pop("send_password_letter", None)
        return found

    @admin.action(description=_("Send a link for a new password"), permissions=["change"])
    def send_password_letter(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = [row for row in queryset if self.has_change_permission(request, row)]
        site, actor = request.build_absolute_uri("/").rstrip("/"), self.actor(request)
        left_out = [
            row
            for row in rows
            if not letters.ask_password_letter(row, site=site, actor=actor, now=clock.now())
        ]
        if sent := len(rows) - len(left_out):
            text = ngettext("%(count)s letter is on its way.", "%(count)s letters are on their way.", sent)
            self.message_user(request, text % {"count": sent}, messages.SUCCESS)
        if left_out:
            told = _(
                "No letter for: %(names)s. An account needs an e-mail address, and to be a person's and on."
            )
            names = ", ".join(row.username for row in left_out)
            self.message_user(request, told % {"names": names}, messages.WARNING)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, to: bool) -> None:
        rows = [row for row in queryset if self.has_change_permission(request, row)]
        count = self.change_rows(request, rows, is_active=to)
        text = ngettext("%(count)s account was changed.", "%(count)s accounts were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(Group)
class StaffGroupAdmin(ConfirmedForms, TaskAdmin):
    task = "staff"
    task_order = 30
    task_hint = _("What their members may configure, and see of conversations")
    list_display = ("called", "member_count")
    search_fields = ("name",)
    filter_horizontal = ("permissions",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("user_set")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            kwargs["queryset"] = offered_permissions(self.admin_site)
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        return field

    def history_tables(self, request: HttpRequest) -> list[Kept]:
        return [Kept(GroupPermission, "group"), *self.admin_site.kept_for(Group)]

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        if saved.touches("grants", "permissions"):
            members = list(row.user_set.values_list("pk", flat=True))
            announcing.rights_changed(members, actor=self.actor(request), now=clock.now())

    @admin.display(description=_("name"), ordering="name")
    def called(self, group: Group) -> str:
        return str(group)

    @admin.display(description=_("members"))
    def member_count(self, group: Group) -> int:
        return len(group.user_set.all())


def offered_permissions(site: Any) -> QuerySet[Permission]:
    """Permissions of pages that exist here; those of tables nobody edits would only be noise."""
    types = ContentType.objects.get_for_models(*site._registry).values()
    found = Permission.objects.filter(content_type__in=types)
    return found.select_related("content_type").order_by(
        "content_type__app_label", "content_type__model", "pk"
    )


@admin.register(Skill)
class SkillAdmin(TextsAdmin, ForEverybody):
    task = "staff"
    task_order = 40
    task_hint = _("Products and languages that lines and rules may ask for")
    catalogue = "skills"
    list_display = ("name", "spoken", "known_by")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        own = reach.operators(request.user, Operator.objects.filter(is_active=True)).values("pk")
        found: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = found.annotate(
            operators_counted=Count("levels", filter=Q(levels__operator__in=own))
        )
        # Counting forgets the table's own order, and a page of suggestions needs one.
        return counted.order_by("name")

    @admin.display(description=_("is the language"), ordering="language")
    def spoken(self, skill: Skill) -> str:
        return str(skill.get_language_display()) if skill.language else "—"

    @admin.display(description=_("operators"))
    def known_by(self, skill: Any) -> int:
        return int(skill.operators_counted)


class ReasonAdmin(TextsAdmin, ForEverybody):
    """Reasons from which an operator chooses, in the order in which he is shown them."""

    task = "staff"
    catalogue = "reasons"
    list_display: tuple[str, ...] = ("name_ru", "name_en", "position", "is_active")
    list_editable = ("position", "is_active")
    sortable_by = ()
    change_list_template = "admin/otklik/ordered_list.html"
    drag: ClassVar[dict[str, str]] = {"field": "position", "direction": "ascending"}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"drag": self.drag, **(extra_context or {})})


@admin.register(BreakReason)
class BreakReasonAdmin(ReasonAdmin):
    task_order = 50
    task_hint = _("From which an operator chooses when he goes away, and how long each takes")
    list_display = ("name_ru", "name_en", "minutes", "position", "is_active")


@admin.register(DeclineReason)
class DeclineReasonAdmin(ReasonAdmin):
    task_order = 55
    task_hint = _("From which an operator chooses when he does not take what is offered")
    list_display = ("name_ru", "name_en", "again_minutes", "until_written", "position", "is_active")
