"""Whose lines, members and texts a member of staff may configure in the back office.

With ``configure_all_lines`` everything; otherwise the lines he is a member of, their members and their templates.
This is about settings: what may be seen of conversations is said by grants (conversations.access).
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from apps.core.models import User
from apps.operators.models import Operator, Queue, QueueMembership, ReplyTemplate

ALL_LINES = "operators.configure_all_lines"
GIVEN_BY_SUPERVISORS = "given_by_supervisors"


def has_all_lines(user: Any) -> bool:
    """Whether every line is his to configure."""
    return bool(user.has_perm(ALL_LINES))


def own_lines(user: Any) -> QuerySet[QueueMembership, int]:
    """Numbers of the lines he is a member of, as a subquery."""
    found = QueueMembership.objects.filter(operator_id=user.pk, operator__is_active=True)
    return found.values_list("queue_id", flat=True)


def deletions(user: Any, found: QuerySet[Any]) -> QuerySet[Any]:
    """Of lines, hours and people that are gone nothing says any more whose they were."""
    return found if has_all_lines(user) else found.none()


def lines(user: Any, found: QuerySet[Queue]) -> QuerySet[Queue]:
    return found if has_all_lines(user) else found.filter(pk__in=own_lines(user))


def operators(user: Any, found: QuerySet[Operator]) -> QuerySet[Operator]:
    """His own lines' members, and himself."""
    if has_all_lines(user):
        return found
    members = QueueMembership.objects.filter(queue__in=own_lines(user)).values("operator")
    return found.filter(Q(pk__in=members) | Q(pk=user.pk))


def users(user: Any, found: QuerySet[User]) -> QuerySet[User]:
    if has_all_lines(user):
        return found
    return found.filter(pk__in=operators(user, Operator.objects.all()).values("pk"))


def templates(user: Any, found: QuerySet[Any]) -> QuerySet[Any]:
    """Common texts, those of his lines, and personal ones of their members; of templates or of their history."""
    if has_all_lines(user):
        return found
    members = operators(user, Operator.objects.all()).values("pk")
    of_line = Q(queue=None) | Q(queue__in=own_lines(user))
    return found.filter(of_line, Q(owner=None) | Q(owner__in=members))


def may_change_template(user: Any, template: ReplyTemplate) -> bool:
    """Common texts belong to everybody, so only who has all lines changes them."""
    return has_all_lines(user) or template.queue_id is not None or template.owner_id is not None


def groups_to_give() -> QuerySet[Group]:
    """Groups into which a supervisor may put the operators he makes: marked so by an administrator."""
    return Group.objects.filter(permissions__codename=GIVEN_BY_SUPERVISORS).distinct()


def manages(user: Any, operator: Operator) -> bool:
    """Whether the account behind an operator is wholly his to run: name, capacity, password, activity.

    Not for a member of somebody else's line as well, nor for anybody with more rights than an ordinary operator:
    a new password would open what the supervisor himself may not see.
    """
    account = operator.user
    if account.is_superuser and not user.is_superuser:
        return False
    if has_all_lines(user) and user.has_perm("core.change_user"):
        return True
    if account.is_staff or account.is_superuser or account.is_service:
        return False
    foreign = not has_all_lines(user) and operator.memberships.exclude(queue__in=own_lines(user)).exists()
    stronger = account.groups.exclude(pk__in=groups_to_give().values("pk")).exists()
    return not foreign and not stronger and operator.memberships.exists()


def of_line(user: Any, found: QuerySet[Any]) -> QuerySet[Any]:
    """Settings that name a line, or (empty) are for all: common ones, and those of his lines."""
    return found if has_all_lines(user) else found.filter(Q(queue=None) | Q(queue__in=own_lines(user)))
