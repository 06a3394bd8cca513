"""Named people of the back office, in the groups that every installation has."""

from __future__ import annotations

from itertools import count

from django.test import Client

from apps.core.models import User
from apps.operators.models import Operator, Queue, QueueMembership
from config.roles import seed_roles
from tests.factories import people

_numbers = count(1)


def staff(role: str, *, lines: tuple[Queue, ...] = ()) -> User:
    """A member of staff in the seeded group of a role; with lines also an operator there."""
    account = people.user(f"{role}{next(_numbers)}", is_staff=role != "operator")
    account.groups.add(seed_roles()[role])
    if lines:
        operator = Operator.objects.create(user=account, public_name=account.username)
        QueueMembership.objects.bulk_create(
            [QueueMembership(queue=line, operator=operator) for line in lines]
        )
    return account


def browser(user: User) -> Client:
    """A client signed in as somebody."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
