"""Every page of the back office opens for every role, and lists cost the same whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.channels.models import ChannelKey, InboundUpdate
from apps.conversations.models import Merge, Rating
from apps.core import clock, staff_sessions
from apps.core.models import Brand
from apps.operators.models import (
    BreakReason,
    Calendar,
    CalendarException,
    CalendarInterval,
    DeclineReason,
    LineSkill,
    Overflow,
    ReplyTemplate,
    Skill,
    SkillLevel,
    Tag,
    TemplateFolder,
)
from apps.routing.models import KindWeight, OperatorLimit
from tests.factories import bots, dialogues, organisation, people, roles
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)
ROLES = ["superuser", "administrator", "supervisor", "auditor"]


def somebody(role: str, line: Any) -> Any:
    if role == "superuser":
        return people.user("root", is_staff=True, is_superuser=True)
    return roles.staff(role, lines=(line,))


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def fill(times: int = 1) -> Any:
    """Something of everything, in one line."""
    line = organisation.common_line()
    channel = organisation.channel()
    ChannelKey.objects.create(channel=channel, name="k1", secret="s" * 32)
    calendar, _made = Calendar.objects.get_or_create(name="Days")
    CalendarInterval.objects.create(calendar=calendar, weekday=0, opens="09:00", closes="18:00")
    CalendarException.objects.get_or_create(calendar=calendar, date="2026-12-31")
    line.calendar = calendar
    line.save()
    Brand.objects.get_or_create(pk=1)
    for _number in range(times):
        one(line, channel)
    return line


def one(line: Any, channel: Any) -> None:
    mark = str(Tag.objects.count())
    anna = people.operator(f"Анна {mark}", lines=(line,))
    folder = TemplateFolder.objects.create(name=f"Folder {mark}")
    ReplyTemplate.objects.create(
        shortcut=f"hi{mark}", title="Hi", text="Hi {customer_name}", folder=folder, queue=line
    )
    Tag.objects.create(name=f"tag{mark}")
    Skill.objects.create(name=f"skill{mark}")
    BreakReason.objects.create(name_ru=f"обед {mark}")
    DeclineReason.objects.create(name_ru=f"занят {mark}")
    KindWeight.objects.get_or_create(kind="web", defaults={"units": 1})
    reserve = organisation.line()
    Overflow.objects.create(queue=line, by="wait", limit=60, reserve=reserve)
    LineSkill.objects.create(queue=line, skill=Skill.objects.latest("pk"))
    SkillLevel.objects.create(operator=anna, skill=Skill.objects.latest("pk"))
    OperatorLimit.objects.create(operator=anna, kind="web", at_most=3)
    held = dialogues.conversation(by=dialogues.identity(channel), line=line, holder=anna)
    Rating.objects.create(conversation=held, score=5, comment="ok", operator=anna.user, at=NOW)
    other = dialogues.identity(channel).customer
    Merge.objects.create(kept=held.customer, absorbed=other, reason="manual", at=NOW)
    bots.bot(f"Bot {mark}", lines=(line,))
    InboundUpdate.objects.create(
        channel=channel, external_id=f"u{mark}", body=b"{}", state="parked", error="Boom", received_at=NOW
    )
    organisation.line()


def test_only_our_own_pages_are_there_and_each_has_its_task() -> None:
    from apps.core.admin_site import TASKS
    from apps.core.backoffice.base import TaskAdmin

    assert all(isinstance(page, TaskAdmin) for page in admin.site._registry.values())
    assert {page.task for page in admin.site._registry.values()} == set(TASKS)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_for_a_role_or_is_refused(role: str) -> None:
    line = fill()
    user = somebody(role, line)
    client = roles.browser(user)
    assert client.get("/admin/").status_code == 200
    for model in PAGES:
        page = admin.site._registry[model]
        may_view = user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}") or user.has_perm(
            f"{model._meta.app_label}.change_{model._meta.model_name}"
        )
        listed = client.get(address(model, "changelist"), follow=True)
        assert listed.status_code == (200 if may_view else 403), model
        if not may_view:
            continue
        rows = list(listed.context["cl"].result_list) if "cl" in listed.context else []
        for row in rows[:1]:
            opened = client.get(address(model, "change", row.pk))
            assert opened.status_code == 200, (model, opened)
            assert client.get(address(model, "history", row.pk)).status_code == 200
        if user.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}"):
            expected = 200 if page.has_add_permission(opened.wsgi_request) else 403
            assert client.get(address(model, "add")).status_code == expected, model


@pytest.mark.parametrize("role", ["administrator", "supervisor"])
def test_a_list_asks_as_much_for_two_rows_as_for_twenty(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages over the same rows, at one moment: a session that has lasted a minute is written anew, and that he was
    here is written down once a minute of the machine.
    """
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr(staff_sessions, "SEEN_SECONDS", 3600)
    line = fill(2)
    client = roles.browser(somebody(role, line))
    lists = [address(model, "changelist") for model in PAGES]
    for each in lists:
        client.get(each)
    few = {each: count(client, each) for each in lists}
    fill_more(line)
    many = {each: count(client, each) for each in lists}
    assert {each: number for each, number in many.items() if number > few[each]} == {}


def test_whatever_an_address_fills_in_a_page_to_add_opens() -> None:
    client = roles.browser(somebody("superuser", fill()))
    for model in PAGES:
        asked = dict.fromkeys((each.name for each in model._meta.fields), "0001-01-01T00:00:00+14:00")
        assert client.get(address(model, "add"), asked).status_code in (200, 403), model


def fill_more(line: Any) -> None:
    channel = apps.get_model("support_channels", "Channel").objects.first()
    for _number in range(18):
        one(line, channel)


def count(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, follow=True).status_code in (200, 403)
    return len(queries)
