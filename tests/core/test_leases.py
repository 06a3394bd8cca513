"""Which process serves whom, and how long the dead are remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.core import leases
from apps.core.models import Connection, ProcessLease
from apps.core.tasks import forget_old
from tests.factories.people import NOW


def lease(node: str, *, dead_for: timedelta) -> ProcessLease:
    """A lease that ended so long ago, serving one operator."""
    found = ProcessLease.objects.create(
        node=node, started_at=NOW, renewed_at=NOW, expires_at=Now() - dead_for
    )
    Connection.objects.create(lease=found, surface="operator", person_id=found.started_at.day, since=NOW)
    return found


@pytest.mark.django_db
def test_a_lease_that_is_long_dead_goes_with_what_it_claimed_and_one_asleep_stays() -> None:
    lease("killed", dead_for=timedelta(days=2))
    asleep = lease("asleep", dead_for=timedelta(hours=1))
    assert leases.connected("operator") == set()
    forget_old()
    assert list(ProcessLease.objects.values_list("pk", flat=True)) == [asleep.pk]
    assert list(Connection.objects.values_list("lease", flat=True)) == [asleep.pk]
