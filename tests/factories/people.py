"""Staff with their groups and grants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group

from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Grant, Right, Scope
from apps.core.models import Connection, ProcessLease, User
from apps.operators.models import Operator, Presence, Queue, QueueMembership

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_numbers = count(1)

OPERATOR_RIGHTS = (Right.TEXT, Right.PERSONAL, Right.ANSWER, Right.PICK)


def group(name: str, *rights: str, scope: str = Scope.OWN) -> Group:
    """A group with these rights in its members' own lines (or elsewhere by ``scope``)."""
    found, _created = Group.objects.get_or_create(name=name)
    for right in rights:
        Grant.objects.get_or_create(group=found, right=right, scope=scope)
    return found


def user(username: str | None = None, **values: Any) -> User:
    return User.objects.create_user(
        username or f"user{next(_numbers)}", password="correct horse battery", **values
    )


def operator(
    name: str = "Анна",
    *,
    lines: tuple[Queue, ...] = (),
    capacity: int = 5,
    state: str = "online",
    rights: tuple[str, ...] = OPERATOR_RIGHTS,
) -> Operator:
    """An operator at work, member of ``lines``, with an operator's usual rights there."""
    account = user()
    account.groups.add(group("operators-" + "-".join(rights), *rights))
    found = Operator.objects.create(user=account, public_name=name, capacity=capacity)
    Presence.objects.create(operator=found, state=state, since=NOW)
    for line in lines:
        QueueMembership.objects.create(queue=line, operator=found)
    return found


def connected(*staff: Operator) -> None:
    """A process that lives serves their screens, so that no sweep takes them for gone."""
    began = datetime.now(UTC)
    lease = ProcessLease.objects.create(
        node="here", started_at=began, renewed_at=began, expires_at=began + timedelta(days=1)
    )
    Connection.objects.bulk_create(
        [Connection(lease=lease, surface="operator", person_id=each.pk, since=began) for each in staff]
    )


def sight(someone: Operator | User) -> Sight:
    """What somebody may see now."""
    return sight_of(someone.user if isinstance(someone, Operator) else someone)
