"""Try it: the line, why, the place and the operator, by the functions that place live ones; nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.channels.models import Channel
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Calendar, CalendarInterval, LineSkill, Presence, Queue, Skill, SkillLevel
from apps.routing.models import Category, Condition, RulesSetting
from tests.factories import dialogues, organisation, people, roles
from tests.factories import rules as given

pytestmark = pytest.mark.django_db


def signed_in(role: str, *lines: Queue) -> Client:
    """A browser of somebody who reads English."""
    user = roles.staff(role, lines=lines)
    User.objects.filter(pk=user.pk).update(language="en")
    user.refresh_from_db()
    return roles.browser(user)


@pytest.fixture
def line() -> Queue:
    organisation.common_line()
    return organisation.line("business", priority=5, offering="automatic")


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


def tried(client: Client, channel: Channel, **values: Any) -> Any:
    asked = {
        "channel": channel.pk,
        "language": "ru",
        "verification": "anonymous",
        "version": "in_force",
        **values,
    }
    return client.get(reverse("admin:routing_rule_try"), asked)


def found(client: Client, channel: Channel, **values: Any) -> Any:
    answer = tried(client, channel, **values)
    assert answer.status_code == 200
    assert answer.context["form"].errors == {}
    return answer.context["found"]


def at_work(name: str, *lines: Queue) -> Any:
    operator = people.operator(name, lines=lines)
    Presence.objects.update_or_create(
        operator=operator, defaults={"state": "online", "since": clock.now(), "lost_at": None}
    )
    return operator


def test_a_condition_is_told_with_the_value_that_was_seen(line: Queue, channel: Channel) -> None:
    rule = given.rule(
        line,
        {"kind": "attribute", "name": "tariff", "values": ["business"]},
        {"kind": "page", "comparison": "contains", "values": ["/cards"], "group": "none"},
        name="known clients",
    )
    given.publish()
    head = signed_in("administrator")
    held = found(head, channel, attributes="tariff = Business", page="https://bank.example/loans?x=1")
    assert (held.line, held.why) == ("business", "a rule")
    ((shown,),) = [each.rules for each in held.lines]
    assert (shown.name, shown.holds) == (rule.name, True)
    assert [(each.text, each.seen, each.met) for each in shown.conditions] == [
        ("what the bank knows of him “tariff” is one of: business", "Business", True),
        ("page of the site contains one of: /cards", "bank.example/loans", False),
    ]
    missed = found(head, channel, attributes="tariff = base")
    assert (missed.line, missed.why) == (Queue.objects.get(is_default=True).name, "the common line")
    assert missed.lines[0].rules[0].conditions[0].met is False


@pytest.mark.parametrize(
    ("condition", "typed", "other"),
    [
        (
            {"kind": "address", "values": ["vip@bank.example"]},
            {"address": "vip@bank.example"},
            {"address": "x@y"},
        ),
        ({"kind": "language", "values": ["en"]}, {"language": "en"}, {"language": "ru"}),
        (
            {"kind": "verification", "values": ["signed"]},
            {"verification": "signed"},
            {"verification": "code"},
        ),
        ({"kind": "intent", "values": ["loan"]}, {"intent": "loan"}, {"intent": "card"}),
        (
            {"kind": "event", "name": "signed", "comparison": "within", "values": [5]},
            {"events": "signed = 4"},
            {"events": "signed = 6"},
        ),
        (
            {"kind": "page_event", "name": "opened", "comparison": "known"},
            {"events": "opened = 0"},
            {"events": "closed = 0"},
        ),
        ({"kind": "channel_kind", "values": ["web"]}, {}, None),
    ],
)
def test_each_box_of_the_form_counts(
    line: Queue,
    channel: Channel,
    condition: dict[str, Any],
    typed: dict[str, str],
    other: dict[str, str] | None,
) -> None:
    given.rule(line, condition)
    given.publish()
    head = signed_in("administrator")
    assert found(head, channel, **typed).line == "business"
    if other is not None:
        assert found(head, channel, **other).line != "business"


def test_the_hour_and_the_department_count(line: Queue, channel: Channel) -> None:
    days = Calendar.objects.create(name="Days", time_zone="UTC")
    CalendarInterval.objects.create(calendar=days, weekday=0, opens="09:00", closes="18:00")
    given.rule(line, {"kind": "hours", "comparison": "open", "values": [days.pk]})
    Queue.objects.filter(pk=line.pk).update(calendar=days)
    given.publish()
    head = signed_in("administrator")
    monday = {"moment_0": "2026-11-23", "moment_1": "14:00"}
    assert found(head, channel, **monday).line == "business"
    assert found(head, channel, moment_0="2026-11-22", moment_1="14:00").line != "business"
    sunday = found(head, channel, topic=line.pk, moment_0="2026-11-22", moment_1="14:00")
    assert sunday.rejected == [
        "Not the line “business” (the customer chose the department): the channel does not offer it"
    ]
    apps.get_model("routing", "Department").objects.create(channel=channel, queue=line)
    sunday = found(head, channel, topic=line.pk, moment_0="2026-11-22", moment_1="14:00")
    assert (sunday.line, sunday.closed) == ("business", True)


def test_the_draft_is_tried_before_it_works(line: Queue, channel: Channel) -> None:
    given.publish()
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})
    given.rule(line, {"kind": "language", "values": ["ru"]})
    head = signed_in("administrator")
    assert found(head, channel).line != "business"
    assert found(head, channel, version="draft").line == "business"


def test_a_vip_takes_the_place_before_those_who_wait_and_others_the_last(
    line: Queue, channel: Channel
) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    vip = Category.objects.create(name="VIP", code="vip", rank=10)
    Condition.objects.create(
        category=vip, group="all", kind="attribute", name="vip", comparison="is", values=["true"]
    )
    given.publish()
    for _number in range(2):
        dialogues.conversation(by=dialogues.identity(channel), line=line)
    head = signed_in("administrator")
    usual, first = found(head, channel), found(head, channel, attributes="vip = true")
    assert (usual.category, usual.place, usual.waiting) == ("", 3, 2)
    assert (first.category, first.place, first.waiting) == ("VIP, rank 10", 1, 2)


def test_who_would_be_asked_and_why_not_the_others(line: Queue, channel: Channel) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    skill = Skill.objects.create(name="Loans")
    LineSkill.objects.create(queue=line, skill=skill, level=3)
    knows, learns = at_work("Анна", line), at_work("Борис", line)
    Presence.objects.filter(operator=at_work("Вера", line)).update(state="offline")
    SkillLevel.objects.create(operator=knows, skill=skill, level=4)
    SkillLevel.objects.create(operator=learns, skill=skill, level=1)
    given.publish()
    shown = found(signed_in("administrator"), channel)
    assert (shown.operator, shown.others) == ("Анна", [])
    assert dict(shown.excluded) == {"not at work": ["Вера"], "lacks a skill that is asked for": ["Борис"]}
    assert shown.policy.startswith("The least busy: the smallest share of his own capacity")
    Queue.objects.filter(pk=line.pk).update(offering="pull")
    assert "pull from this line" in found(signed_in("administrator"), channel, version="draft").offering


def test_a_supervisor_of_one_line_learns_nothing_of_the_others(line: Queue, channel: Channel) -> None:
    other = organisation.line("secret desk", priority=9)
    given.rule(other, {"kind": "channel", "values": [channel.pk]}, name="secret rule")
    at_work("Тайный", other)
    given.publish()
    answer = tried(signed_in("supervisor", line), channel)
    shown, text = answer.context["found"], answer.content.decode()
    assert (shown.line, shown.hidden_lines, shown.strangers) == (f"№ {other.pk}", 1, 1)
    assert all(word not in text for word in ("secret desk", "secret rule", "Тайный"))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"attributes": "tariff"}, "attributes"),
        ({"events": "signed = soon"}, "events"),
        ({"events": "signed = -1"}, "events"),
        ({"channel": "999999"}, "channel"),
        ({"moment_0": "tomorrow"}, "moment"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_box(
    line: Queue, channel: Channel, values: dict[str, str], field: str
) -> None:
    asked = {
        "channel": channel.pk,
        "language": "ru",
        "verification": "anonymous",
        "version": "draft",
        **values,
    }
    answer = signed_in("administrator").get(reverse("admin:routing_rule_try"), asked)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["found"] is None


def test_trying_writes_nothing_and_needs_the_right_to_see_rules(line: Queue, channel: Channel) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    given.publish()
    head = signed_in("administrator")
    with CaptureQueriesContext(connection) as queries:
        found(head, channel)
    written = [each["sql"] for each in queries if each["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert [sql for sql in written if "session" not in sql.lower()] == []
    assert roles.browser(roles.staff("operator")).get(reverse("admin:routing_rule_try")).status_code in (
        302,
        403,
    )
