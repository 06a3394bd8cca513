"""Hours of a line work as soon as they are saved; what a version freezes waits for its publication and its hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from apps.core.actors import SYSTEM
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing.models import RulesSetting
from apps.routing.services import hours, publishing
from tests.factories import hours as opening
from tests.factories import organisation, roles
from tests.factories.people import NOW
from tests.operators.test_admin_reach import page, queue_form

pytestmark = pytest.mark.django_db
MONDAY = NOW + timedelta(days=3)


@pytest.fixture
def client() -> Client:
    account = roles.staff("administrator")
    User.objects.filter(pk=account.pk).update(language="en")
    account.refresh_from_db()
    return roles.browser(account)


@pytest.fixture
def line() -> Queue:
    """A line that is closed at night, with changes of rules that wait to be published."""
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})
    made = organisation.line("Cards", offering="pull", calendar=opening.calendar())
    publishing.publish(actor=SYSTEM, now=NOW)
    return made


def save(client: Client, line: Queue, **values: object) -> None:
    form = queue_form(line, calendar=line.calendar_id or "", **values)
    answer = client.post(page("queue_change", line.pk), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    line.refresh_from_db()


def test_an_edit_of_hours_works_while_other_changes_wait(client: Client, line: Queue) -> None:
    save(client, line, out_of_hours="form", offering="automatic")
    assert hours.asks_contact(line, opening.NIGHT)
    assert publishing.current(now=NOW).terms_of(line.pk).offering == "pull"
    assert publishing.has_unpublished_changes(now=NOW)


def test_a_scheduled_version_and_an_earlier_one_leave_the_hours_as_they_are(
    client: Client, line: Queue
) -> None:
    first = publishing.in_force(now=NOW)
    assert first is not None
    save(client, line, out_of_hours="form", offering="automatic")
    publishing.publish(actor=SYSTEM, now=NOW, effective_at=MONDAY)
    save(client, line, out_of_hours="waits", offering="automatic")
    publishing.put_into_force(now=MONDAY)
    assert publishing.current(now=MONDAY).terms_of(line.pk).offering == "automatic"
    line.refresh_from_db()
    assert line.out_of_hours == "waits"
    publishing.take_back_to(first.pk, actor=SYSTEM, now=MONDAY)
    line.refresh_from_db()
    assert (line.offering, line.out_of_hours, line.calendar) == ("pull", "waits", opening.calendar())


def test_the_pages_say_so(client: Client, line: Queue) -> None:
    said = "no part of a version"
    assert client.get(page("queue_change", line.pk)).content.decode().count(said) == 2
    assert said in client.get("/admin/routing/ruleset/").content.decode()
