"""The groups that every installation begins with, and what their members may do.

Two kinds of rights: permissions say which pages of the back office are theirs, grants which conversations. An
administrator configures and reads no conversation until he gives himself that right, which the history shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Manager, Model, Q

from apps.conversations.models import Grant, Right, Scope
from apps.core.history import INSERT, event_model
from apps.core.locks import one_after_another
from apps.core.models import GroupPermission, StaffGroup

EVERYTHING = ("add", "change", "delete", "view")
CONFIGURATION = {
    "support_channels": ("channel", "channelkey"),
    "operators": (
        *(
            "queue",
            "queuemembership",
            "calendar",
            "calendarinterval",
            "calendarexception",
            "productionday",
            "operator",
            "skill",
        ),
        *("lineskill", "overflow", "skilllevel", "declinereason"),
        *("breakreason", "tag", "templatefolder", "replytemplate"),
        *("weeklyshift", "shift", "worksetting"),
    ),
    "routing": (
        *("department", "channelline", "silencepolicy", "silencestep", "silencechannel"),
        *("kindweight", "operatorlimit"),
        *("rule", "ruleskill", "condition", "segment", "category", "rulessetting", "lookupsetting"),
        *("servicepolicy", "policyaction", "escalation"),
        *("promise", "promisechannel", "promiseexclusion", "forcemajeure"),
    ),
    "conversations": ("grant", "lettertext"),
    "bots": ("bot", "botline"),
    "analytics": ("staffingtarget", "whatifrun"),
    "core": ("user", "brand", "apitoken", "webhooksubscription"),
    "auth": ("group",),
}
OBSERVED = {
    "support_channels": ("inboundupdate",),
    "operators": ("presence",),
    "conversations": (
        *("conversation", "message", "delivery", "deliveryattempt", "letter", "rating", "merge"),
        "customer",
    ),
    "routing": (
        *("queueentry", "assignment", "botstay", "decision", "lead", "ruleset", "violation"),
        *("clock", "obligation", "escalationrun"),
    ),
    "core": ("event", "webhookdelivery", "webhookattempt"),
}
OVERSEEN_BY_SUPERVISORS = {
    "operators": ("presence",),
    "conversations": (
        *("conversation", "message", "delivery", "deliveryattempt", "letter", "rating", "merge"),
        "customer",
    ),
    "routing": (
        *("queueentry", "assignment", "botstay", "decision"),
        *("clock", "obligation", "escalationrun", "violation"),
    ),
}


@dataclass(frozen=True)
class Role:
    """A seeded group: its name, its permissions as "app.codename", its grants as (right, scope)."""

    name: str
    permissions: frozenset[str]
    grants: tuple[tuple[str, str], ...]


def _named(models: dict[str, tuple[str, ...]], *actions: str) -> set[str]:
    return {
        f"{app}.{action}_{model}" for app, names in models.items() for model in names for action in actions
    }


SUPERVISES = frozenset(
    _named(OVERSEEN_BY_SUPERVISORS, "view")
    | _named({"operators": ("queuemembership", "replytemplate")}, *EVERYTHING)
    | _named({"operators": ("lineskill", "overflow", "skilllevel")}, *EVERYTHING)
    | _named({"conversations": ("lettertext",)}, *EVERYTHING)
    | _named({"routing": ("operatorlimit",)}, *EVERYTHING)
    | _named({"operators": ("queue", "calendar", "operator")}, "view", "change")
    | _named({"operators": ("calendarinterval", "calendarexception")}, *EVERYTHING)
    | _named({"routing": ("rule", "ruleskill", "condition")}, *EVERYTHING)
    | _named({"routing": ("segment", "category")}, "view")
    | _named({"operators": ("tag", "templatefolder", "skill", "breakreason", "productionday")}, "view")
    | _named({"operators": ("weeklyshift", "shift")}, *EVERYTHING)
    | _named({"analytics": ("staffingtarget",)}, "view", "change")
    | _named({"analytics": ("whatifrun",)}, "view", "add")
    | {"operators.change_presence", "operators.view_worksetting"}
    | _named({"operators": ("declinereason",), "routing": ("kindweight",)}, "view")
    | _named({"bots": ("bot", "botline")}, "view")
    | _named({"routing": ("silencepolicy", "silencestep", "silencechannel")}, *EVERYTHING)
    | {"routing.view_lead", "routing.change_lead", "routing.export_lead"}
    | _named({"routing": ("servicepolicy", "policyaction", "escalation")}, *EVERYTHING)
    | _named({"routing": ("promise", "promisechannel", "promiseexclusion", "forcemajeure")}, "view")
    | {"routing.change_obligation", "routing.export_obligation"}
    | {"operators.add_operator", "operators.add_tag", "operators.add_templatefolder"}
    | {"conversations.change_customer"}
)
# Beyond single lines: the rules, categories and promises of the whole house, and publishing them.
HEADS = frozenset(
    _named({"routing": ("segment", "category", "promise", "promisechannel")}, *EVERYTHING)
    | _named({"routing": ("promiseexclusion", "forcemajeure")}, *EVERYTHING)
    | _named({"operators": ("skill", "breakreason", "declinereason", "tag")}, *EVERYTHING)
    | _named({"operators": ("queue", "calendar", "productionday")}, *EVERYTHING)
    | _named({"routing": ("rulessetting", "kindweight")}, "view", "change")
    | _named({"bots": ("bot", "botline")}, *EVERYTHING)
    | {"routing.view_ruleset", "routing.change_ruleset", "routing.repair_violation"}
    | {"operators.configure_all_lines", "operators.change_worksetting"}
)
SUPERVISORS_GRANTS = tuple(
    (right, Scope.OWN) for right in (Right.TEXT, Right.PERSONAL, Right.ANSWER, Right.PICK, Right.TAKE_OVER)
)

ROLES = {
    "administrator": Role(
        "administrator",
        frozenset(
            _named(CONFIGURATION, *EVERYTHING)
            | _named(OBSERVED, "view")
            | {
                "operators.configure_all_lines",
                "operators.change_presence",
                "conversations.change_merge",
                "routing.repair_violation",
                "routing.export_obligation",
                "core.change_webhookdelivery",
                "support_channels.change_inboundupdate",
                # Publishing rules, calling versions off and taking them back.
                "routing.change_ruleset",
            }
        ),
        ((Right.METADATA, Scope.ALL),),
    ),
    "supervisor": Role("supervisor", SUPERVISES, SUPERVISORS_GRANTS),
    "head supervisor": Role("head supervisor", SUPERVISES | HEADS, SUPERVISORS_GRANTS),
    "operator": Role(
        "operator",
        # Not a page of the back office: the mark that supervisors may put new operators into this group.
        frozenset({"operators.given_by_supervisors"}),
        ((Right.TEXT, Scope.OWN), (Right.PERSONAL, Scope.OWN), (Right.ANSWER, Scope.OWN)),
    ),
    "auditor": Role(
        "auditor",
        frozenset(
            _named(CONFIGURATION, "view")
            | _named(OBSERVED, "view")
            | {"operators.configure_all_lines", "routing.audit_obligation"}
        ),
        ((Right.METADATA, Scope.ALL),),
    ),
    "bot": Role(
        "bot",
        # Answers where it is handed a conversation, and reads nothing else.
        frozenset(),
        ((Right.ANSWER, Scope.ALL),),
    ),
    "integration": Role(
        "integration",
        # Service accounts open no page; what they may do is said by their token's scopes, what they see by this.
        frozenset(),
        tuple((right, Scope.ALL) for right in (Right.TEXT, Right.PERSONAL, Right.ANSWER)),
    ),
}


@dataclass(frozen=True)
class Given:
    """What one role was given: its group (None: the bank has deleted it), and the rights that are new to it."""

    group: Group | None
    rights: tuple[str, ...] = ()


def seed_roles() -> dict[str, Group]:
    """Make the groups that are not there, and give the others what they never had; returns them by role."""
    return {code: given.group for code, given in seed().items() if given.group is not None}


@transaction.atomic
def seed(*, only_new: bool = False) -> dict[str, Given]:
    """The same, with what was given. ``only_new``: a group that was there once and is not any more stays away.

    The history of groups says what is new: a right that a group had and lost was taken by the bank, and stays taken.
    """
    one_after_another("roles", "seed")
    return {code: _seeded(role, only_new=only_new) for code, role in ROLES.items()}


def _seeded(role: Role, *, only_new: bool) -> Given:
    group = Group.objects.filter(name=role.name).first()
    if group is None and only_new and (known := _made_once(role)):
        group = Group.objects.filter(pk__in=known).first()
        if group is None:
            return Given(None)
    if group is None:
        group = Group.objects.create(name=role.name)
        return _give(group, _permissions(role.permissions), role.grants)
    if _is_the_banks(group):
        return Given(group)
    permissions, grants = _permissions(role.permissions), set(role.grants)
    had, had_grants = _had(group), _had_grants(group)
    ours = sum(each.pk in had for each in permissions) + len(grants & had_grants)
    if 2 * ours < len(permissions) + len(grants):
        return Given(group)  # a group of the bank's own that happens to be called so
    new = [each for each in permissions if each.pk not in had]
    return _give(group, new, [each for each in role.grants if each not in had_grants])


def _give(group: Group, permissions: Sequence[Permission], grants: Sequence[tuple[str, str]]) -> Given:
    group.permissions.add(*permissions)
    Grant.objects.bulk_create([Grant(group=group, right=right, scope=scope) for right, scope in grants])
    named = [f"{each.content_type.app_label}.{each.codename}" for each in permissions]
    return Given(group, (*sorted(named), *(right for right, _scope in grants)))


def _is_the_banks(group: Group) -> bool:
    """Whether somebody made it in the back office: what he did not give it, he did not want it to have."""
    made = _history(StaffGroup).filter(pgh_obj_id=group.pk, pgh_label=INSERT)
    return made.filter(pgh_context__isnull=False).exists()


def _made_once(role: Role) -> set[int]:
    """Numbers of the groups that were ever called so."""
    found = _history(StaffGroup).filter(name=role.name)
    return set(found.values_list("pgh_obj_id", flat=True))


def _had(group: Group) -> set[int]:
    """Numbers of the permissions that it has or ever had."""
    found = _history(GroupPermission).filter(group=group.pk)
    return set(found.values_list("permission_id", flat=True))


def _had_grants(group: Group) -> set[tuple[str, str]]:
    """Its grants of now and before, wherever they hold."""
    found = _history(Grant).filter(group=group.pk)
    return set(found.values_list("right", "scope"))


def _history(model: type[Model]) -> Manager[Any]:
    kept = event_model(model)
    assert kept is not None
    found: Manager[Any] = kept.objects
    return found


def _permissions(names: frozenset[str]) -> list[Permission]:
    """The rows of these permissions; LookupError for a name that no model has."""
    codenames: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        app, _dot, codename = name.partition(".")
        codenames[app].append(codename)
    wanted = Q(pk__in=[])
    for app, named in codenames.items():
        wanted |= Q(content_type__app_label=app, codename__in=named)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    missing = names - {f"{each.content_type.app_label}.{each.codename}" for each in found}
    if missing:
        raise LookupError(f"no such permissions: {', '.join(sorted(missing))}")
    return found
