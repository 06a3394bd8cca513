"""Every page of the back office: the second of two who save is warned, and nothing of the first is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from apps.channels.models import Channel
from apps.conversations.models import Grant
from apps.core.history import event_model
from apps.core.models import ApiToken, User, WebhookSubscription
from apps.core.services import tokens
from apps.operators.models import Calendar, CalendarInterval, Operator, Queue, QueueMembership
from apps.routing.models import Category, Condition, Escalation, Promise, Segment, ServicePolicy
from tests.config.test_admin_pages import address, fill, somebody
from tests.factories import organisation, people, roles, rules
from tests.factories.pages import fields_of
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

EDITABLE = {
    "auth.Group",
    "bots.Bot",
    "core.ApiToken",
    "core.Brand",
    "core.User",
    "core.WebhookSubscription",
    "operators.BreakReason",
    "operators.Calendar",
    "operators.DeclineReason",
    "operators.Operator",
    "operators.Queue",
    "operators.ReplyTemplate",
    "operators.Skill",
    "operators.Tag",
    "operators.TemplateFolder",
    "routing.Category",
    "routing.Escalation",
    "routing.Promise",
    "routing.Rule",
    "routing.Segment",
    "routing.ServicePolicy",
    "support_channels.Channel",
}
# Pages without a name to write over each other: saved as the others are.
NAMELESS = {
    "analytics.StaffingTarget",
    "operators.ProductionDay",
    "operators.Shift",
    "operators.WeeklyShift",
    "operators.WorkSetting",
    "routing.ForceMajeure",
    "routing.KindWeight",
    "routing.LookupSetting",
    "routing.RulesSetting",
    "routing.SilencePolicy",
}
# Written by services, whose events tell of it.
BY_SERVICES = {"conversations.Customer"}
WARNINGS = {"en": "Somebody else saved this meanwhile.", "ru": "Тем временем сохранил кто-то другой."}
STORED = {"en": "Stored now: ", "ru": "Сейчас сохранено: "}


@pytest.fixture
def line() -> Queue:
    found: Queue = fill()
    holder = people.user("api", is_service=True)
    token, _secret = tokens.issue(
        name="Bank", user=holder, scopes=["conversations:read"], expires_at=NOW.replace(year=2099), now=NOW
    )
    WebhookSubscription.objects.create(
        name="Events", url="https://bank.example/", kinds=["queue.changed"], token=token, secret="s" * 32
    )
    _ruled(found)
    return found


def _ruled(line: Queue) -> None:
    """Rules, categories and promises, one of each."""
    business = {"kind": "attribute", "name": "tariff", "values": ["business"]}
    rules.rule(line, business)
    for owner in (
        {"segment": Segment.objects.create(name="Firms")},
        {"category": Category.objects.create(name="VIP", code="vip", rank=5)},
    ):
        Condition.objects.create(**owner, group="all", comparison="is", **business)
    ServicePolicy.objects.create(name="First answer", first_seconds=60)
    Escalation.objects.create(name="Loud", queue=line, when="unanswered", seconds=60, act="raise", rank=9)
    Promise.objects.create(
        name="Quick",
        text_ru="Ответим быстро",
        compensation_code="month",
        compensation_ru="Месяц бесплатно",
    )


@pytest.fixture
def client(line: Queue) -> Client:
    return signed_in("en", line)


def signed_in(language: str, line: Queue) -> Client:
    user = somebody("superuser", line)
    User.objects.filter(pk=user.pk).update(language=language)
    return roles.browser(user)


def opened(client: Client, row: Any) -> dict[str, Any]:
    """The page of a row as it is on the screen."""
    answer = client.get(address(type(row), "change", row.pk))
    assert answer.status_code == 200
    return fields_of(answer, f"{row._meta.model_name}_form")


def sent(client: Client, row: Any, form: dict[str, Any]) -> Any:
    return client.post(address(type(row), "change", row.pk), form)


def a_name(form: dict[str, Any]) -> str:
    """The first line of text of a page."""
    names = ("name", "public_name", "username", "name_ru", "shortcut")
    return next(each for each in names if each in form)


def test_these_are_all_pages_that_can_be_edited() -> None:
    request = roles.browser(people.user("root", is_staff=True, is_superuser=True)).get("/admin/").wsgi_request
    found = {
        model._meta.label
        for model, page in admin.site._registry.items()
        if page.has_change_permission(request)
    }
    assert found == EDITABLE | NAMELESS | BY_SERVICES
    kept = EDITABLE | NAMELESS
    assert all(event_model(model) for model in admin.site._registry if model._meta.label in kept)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("label", sorted(EDITABLE))
def test_a_stale_form_is_refused_with_both_versions(line: Queue, label: str, language: str) -> None:
    client = signed_in(language, line)
    model = next(each for each in admin.site._registry if each._meta.label == label)
    row = model._default_manager.order_by("pk").first()
    first, second = opened(client, row), opened(client, row)
    name = a_name(first)
    before = getattr(row, name)
    done = sent(client, row, first | {name: f"{before}-first"})
    assert done.status_code == 302, done.context["errors"]
    refused = sent(client, row, second | {name: f"{before}-second"})
    row.refresh_from_db()
    assert (refused.status_code, getattr(row, name)) == (200, f"{before}-first")
    shown = refused.content.decode()
    assert WARNINGS[language] in shown
    assert escape(f"{STORED[language]}{before}-first") in shown
    assert f'value="{escape(before)}-second"' in shown
    answered = fields_of(refused, f"{row._meta.model_name}_form")
    assert sent(client, row, answered).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == f"{before}-second"


@pytest.mark.parametrize("label", sorted(EDITABLE))
def test_who_saves_twice_in_turn_is_not_warned(client: Client, label: str) -> None:
    model = next(each for each in admin.site._registry if each._meta.label == label)
    row = model._default_manager.order_by("pk").first()
    for word in ("one", "two"):
        form = opened(client, row)
        assert sent(client, row, form | {a_name(form): word}).status_code == 302
    row.refresh_from_db()
    assert getattr(row, a_name(form)) == "two"


def test_a_member_added_meanwhile_is_told_and_stays(client: Client, line: Queue) -> None:
    stale = opened(client, line)
    joined = people.operator("Вера", lines=(line,))
    refused = sent(client, line, stale | {"priority": "70"})
    line.refresh_from_db()
    assert (refused.status_code, line.priority) == (200, 0)
    assert "Вера" in str(refused.context["adminform"].form.non_field_errors())
    assert sent(client, line, fields_of(refused, "queue_form")).status_code == 302
    line.refresh_from_db()
    assert line.priority == 70
    assert QueueMembership.objects.filter(queue=line, operator=joined).exists()


def test_hours_edited_meanwhile_are_not_written_over(client: Client, line: Queue) -> None:
    calendar = Calendar.objects.get()
    stale = opened(client, calendar)
    CalendarInterval.objects.update(opens="10:00")
    refused = sent(client, calendar, stale | {"intervals-0-closes": "19:00"})
    interval = CalendarInterval.objects.get()
    assert (refused.status_code, str(interval.opens)) == (200, "10:00:00")
    assert "09:00:00 → 10:00:00" in str(refused.context["adminform"].form.non_field_errors())


def test_a_grant_given_meanwhile_is_told(client: Client) -> None:
    group = Group.objects.create(name="Readers")
    stale = opened(client, group)
    Grant.objects.create(group=group, right="see_text", scope="all")
    refused = sent(client, group, stale | {"name": "Watchers"})
    group.refresh_from_db()
    assert (refused.status_code, group.name) == (200, "Readers")
    assert Grant.objects.filter(group=group).count() == 1


def test_groups_given_to_an_account_elsewhere_stay_with_its_token(client: Client) -> None:
    token, readers = ApiToken.objects.get(name="Bank"), Group.objects.create(name="Readers")
    stale = opened(client, token)
    token.user.groups.add(readers)
    refused = sent(client, token, stale | {"name": "Other"})
    token.refresh_from_db()
    assert (refused.status_code, token.name) == (200, "Bank")
    assert list(token.user.groups.all()) == [readers]
    assert "Readers" in str(refused.context["adminform"].form.errors["groups"])


def test_a_warning_never_tells_a_secret(client: Client) -> None:
    channel = Channel.objects.first()
    Channel.objects.filter(pk=channel.pk).update(webhook_secret="long and very secret words")
    stale = opened(client, channel)
    Channel.objects.filter(pk=channel.pk).update(name="Renamed")
    refused = sent(client, channel, stale | {"webhook_secret": "another very secret one"})
    assert refused.status_code == 200
    assert "very secret" not in refused.content.decode()


def test_the_row_is_locked_while_it_is_saved(client: Client, line: Queue) -> None:
    form = opened(client, line)
    with CaptureQueriesContext(connection) as queries:
        sent(client, line, form)
    locks = [each["sql"] for each in queries if "FOR NO KEY UPDATE" in each["sql"]]
    assert any('"operators_queue"' in sql for sql in locks)


def test_a_supervisor_is_not_told_of_lines_that_are_not_his(line: Queue) -> None:
    client = roles.browser(roles.staff("supervisor", lines=(line,)))
    operator = people.operator("Глеб", lines=(line,))
    operator.user.groups.set([Group.objects.get(name="operator")])
    stale = opened(client, operator)
    QueueMembership.objects.create(queue=organisation.line("Theirs"), operator=operator)
    answer = sent(client, operator, stale | {"public_name": "Глеб Н."})
    assert "Theirs" not in answer.content.decode()
    assert Operator.objects.get(pk=operator.pk).public_name == "Глеб"
