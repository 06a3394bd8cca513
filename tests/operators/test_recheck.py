"""Once a minute an open socket is asked anew who sits behind it, whether or not anybody told it of a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from apps.conversations.models import Grant, Right, Scope
from apps.core import clock
from apps.core.models import User
from apps.core.sockets import Close
from apps.operators import consumers, subscribers
from apps.operators.models import Operator, QueueMembership
from apps.operators.services import tickets
from tests.factories import organisation, people
from tests.sockets import Staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_said_and_a_minute_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "close_sockets", lambda user, code: None)
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.05)


@pytest.fixture
def anna() -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),))


class SignedIn(Staff):
    """A workspace with a real browser session behind it."""

    async def enter(self, user: User) -> None:
        def ticket() -> str:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            return tickets.issue(user.pk, client.session.session_key, now=clock.now())

        answer = await self.ask("hello", ticket=await sync_to_async(ticket)())
        assert answer["type"] == "welcome"


def ended_by(user: User, happening: Callable[[], object]) -> int:
    """The code that ends a socket after several quiet checks and then something that nobody told it of."""

    async def scenario() -> int:
        async with SignedIn() as screen:
            await screen.enter(user)
            assert await screen.wire.receive_nothing(timeout=0.3)
            assert (await screen.ask("ping"))["type"] == "pong"
            await sync_to_async(happening)()
            return await screen.closed_with()

    return async_to_sync(scenario)()


def test_a_revoked_grant_takes_the_screen_back_to_the_start(anna: Operator) -> None:
    grants = Grant.objects.filter(group__user=anna.pk, right=Right.TEXT)
    assert ended_by(anna.user, grants.delete) == Close.RESYNC


def test_a_grant_narrowed_to_a_channel_does_too(anna: Operator) -> None:
    channel = organisation.channel()
    grants = Grant.objects.filter(group__user=anna.pk, right=Right.TEXT)
    assert ended_by(anna.user, lambda: grants.update(channel=channel)) == Close.RESYNC


def test_a_new_grant_is_seen_without_a_reload(anna: Operator) -> None:
    def given() -> None:
        anna.user.groups.add(people.group("watchers", Right.METADATA, scope=Scope.ALL))

    assert ended_by(anna.user, given) == Close.RESYNC


def test_who_left_a_line_loses_it(anna: Operator) -> None:
    memberships = QueueMembership.objects.filter(operator=anna)
    assert ended_by(anna.user, lambda: memberships.update(queue=organisation.line())) == Close.RESYNC


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_a_blocked_user_and_a_changed_password_end_it(anna: Operator, change: dict[str, object]) -> None:
    accounts = User.objects.filter(pk=anna.pk)
    assert ended_by(anna.user, lambda: accounts.update(**change)) == Close.UNAUTHORISED


def test_a_session_that_is_gone_ends_it(anna: Operator) -> None:
    assert ended_by(anna.user, Session.objects.all().delete) == Close.UNAUTHORISED


def test_a_database_that_is_away_for_a_moment_does_not_end_the_checks(
    anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, failures = consumers.reason_to_close, [OperationalError("away")] * 2

    def shaky(session: object) -> int | None:
        if failures:
            raise failures.pop()
        return check(session)

    monkeypatch.setattr(consumers, "reason_to_close", shaky)
    grants = Grant.objects.filter(group__user=anna.pk, right=Right.TEXT)
    assert ended_by(anna.user, grants.delete) == Close.RESYNC
    assert failures == []
