"""Which process serves whom, and how long the dead are remembered."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError
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


@pytest.mark.django_db
def test_who_left_while_the_database_was_away_is_gone_after_the_next_renewal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    mine = leases.Lease()
    really = mine._drop_sql

    def away(surface: str, person_id: int) -> None:
        monkeypatch.setattr(mine, "_drop_sql", really)
        raise OperationalError("the database is away")

    async def scenario() -> None:
        await mine.serves("operator", 7)
        assert await sync_to_async(leases.connected)("operator") == {7}
        monkeypatch.setattr(mine, "_drop_sql", away)
        await mine.left("operator", 7)
        for _try in range(200):
            await asyncio.sleep(0.01)
            if not await sync_to_async(leases.connected)("operator"):
                break
        assert await sync_to_async(leases.connected)("operator") == set()
        await mine.stop()

    async_to_sync(scenario)()


@pytest.mark.django_db
def test_who_could_not_be_noted_takes_nobody_elses_place_when_he_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = leases.Lease()

    def away(surface: str, person_id: int) -> None:
        raise OperationalError("the database is away")

    async def scenario() -> None:
        really = mine._add_sql
        monkeypatch.setattr(mine, "_add_sql", away)
        with pytest.raises(OperationalError):
            await mine.serves("operator", 7)
        monkeypatch.setattr(mine, "_add_sql", really)
        await mine.serves("operator", 7)
        assert await sync_to_async(leases.connected)("operator") == {7}
        await mine.left("operator", 7)
        assert await sync_to_async(leases.connected)("operator") == set()
        await mine.stop()

    async_to_sync(scenario)()
