"""Versions are listed, told in words, published, scheduled, called off and taken back to by who has every line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing.models import Category, Condition, Rule, RuleSet, RulesSetting
from apps.routing.services import publishing
from tests.factories import organisation, roles
from tests.factories import rules as given

pytestmark = pytest.mark.django_db
LIST = "admin:routing_ruleset_changelist"


def signed_in(role: str, *lines: Queue) -> Client:
    """A browser of somebody who reads English."""
    user = roles.staff(role, lines=lines)
    User.objects.filter(pk=user.pk).update(language="en")
    user.refresh_from_db()
    return roles.browser(user)


@pytest.fixture
def line() -> Queue:
    organisation.common_line()
    return organisation.line("business", priority=5)


@pytest.fixture
def head() -> Client:
    return signed_in("administrator")


def wait_with_publishing() -> None:
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})


def publish(client: Client, **values: Any) -> Any:
    return client.post(reverse("admin:routing_ruleset_publish"), values)


def newest() -> RuleSet:
    return RuleSet.objects.latest("pk")


def test_publishing_now_keeps_who_and_why_and_says_in_words_what_changed(head: Client, line: Queue) -> None:
    wait_with_publishing()
    given.publish(now=clock.now() - timedelta(days=1))
    given.rule(line, {"kind": "language", "values": ["en"]}, name="English")
    Queue.objects.filter(pk=line.pk).update(priority=9, policy="round_robin")
    Category.objects.create(name="VIP", code="vip", rank=10)
    told = head.get(reverse(LIST)).context["waiting_changes"]
    assert told[0] == "Line “business”: priority: 5 → 9"
    assert "Line “business”: rule “English”: new (customer's language: English)" in told
    Rule.objects.update(beats_choice=True)
    [first] = [words for words in head.get(reverse(LIST)).context["waiting_changes"] if "English" in words]
    assert first.endswith("(customer's language: English; goes before the customer's choice)")
    Rule.objects.update(beats_choice=False)
    assert "Category “VIP”: new" in told
    assert publish(head, note="English speakers apart").status_code == 302
    version = newest()
    assert (version.note, version.published_by is not None) == ("English speakers apart", True)
    assert publishing.in_force(now=clock.now()) == version
    shown = head.get(reverse("admin:routing_ruleset_change", args=[version.pk]))
    assert shown.context["differences"] == told
    assert head.get(reverse(LIST)).context["waiting_changes"] == []


def test_what_went_is_told_too(head: Client, line: Queue) -> None:
    rule = given.rule(
        line, {"kind": "language", "values": ["en"]}, {"kind": "intent", "values": ["loan"]}, name="En"
    )
    given.publish(now=clock.now() - timedelta(days=1))
    wait_with_publishing()
    rule.conditions.get(kind="intent").delete()
    Condition.objects.create(rule=rule, group="none", kind="intent", comparison="is", values=["card"])
    rule.beats_choice = True
    rule.save()
    gone = organisation.line("gone")
    given.publish(now=clock.now() - timedelta(hours=1))
    gone.delete()
    told = head.get(reverse("admin:routing_ruleset_change", args=[newest().pk])).context["differences"]
    intent = "what he wants, as found by the bot"
    assert told == [
        "Line “business”: rule “En”: goes before the customer's choice",
        f"Line “business”: rule “En”: − condition: {intent}: loan",
        f"Line “business”: rule “En”: + condition: none of these: {intent}: card",
        "Line “gone”: new",
    ]
    assert head.get(reverse(LIST)).context["waiting_changes"] == ["Line “gone”: gone"]


def test_a_change_is_scheduled_in_the_readers_zone_and_called_off(head: Client, line: Queue) -> None:
    wait_with_publishing()
    first = given.publish(now=clock.now() - timedelta(days=1))
    Queue.objects.filter(pk=line.pk).update(priority=9)
    # The zone of the one who reads: accounts begin with that of Moscow.
    monday = (clock.now() + timedelta(days=7)).astimezone(ZoneInfo("Europe/Moscow"))
    monday = monday.replace(hour=9, minute=0, second=0, microsecond=0)
    answer = publish(head, effective_at_0=monday.strftime("%Y-%m-%d"), effective_at_1="09:00", note="Monday")
    assert answer.status_code == 302, answer.context["form"].errors
    version = newest()
    assert version.effective_at == monday
    assert publishing.in_force(now=clock.now()) == first
    assert publishing.in_force(now=monday) == version
    states = head.get(reverse(LIST)).content.decode()
    assert "Planned: " in states
    assert "scheduled" in states
    assert "works now" in states
    head.post(reverse("admin:routing_ruleset_call_off", args=[version.pk]))
    assert publishing.in_force(now=monday) == first
    assert "called off" in head.get(reverse(LIST)).content.decode()
    head.post(reverse("admin:routing_ruleset_call_off", args=[first.pk]))
    first.refresh_from_db()
    assert first.called_off_at is None


def test_a_moment_in_the_past_is_refused(head: Client, line: Queue) -> None:
    wait_with_publishing()
    answer = publish(head, effective_at_0="2020-01-06", effective_at_1="09:00")
    assert answer.status_code == 200
    assert "moment in the future" in answer.content.decode()
    assert not RuleSet.objects.exists()


def test_taking_back_makes_rules_what_they_were_and_publishes_that(head: Client, line: Queue) -> None:
    rule = given.rule(line, {"kind": "language", "values": ["en"]})
    first = given.publish(now=clock.now() - timedelta(days=1))
    rule.conditions.all().delete()
    Queue.objects.filter(pk=line.pk).update(priority=1)
    given.publish(now=clock.now() - timedelta(hours=1))
    answer = head.post(reverse("admin:routing_ruleset_take_back", args=[first.pk]))
    assert answer.url == reverse("admin:routing_ruleset_change", args=[newest().pk])
    line.refresh_from_db()
    assert (line.priority, line.live_priority) == (5, 5)
    assert [each.values for each in Rule.objects.get().conditions.all()] == [["en"]]
    assert publishing.in_force(now=clock.now()).digest == first.digest  # type: ignore[union-attr]
    again = head.post(reverse("admin:routing_ruleset_take_back", args=[first.pk]), follow=True)
    assert "like that already" in again.content.decode()


def test_a_version_that_was_called_off_is_nothing_to_take_back_to(head: Client, line: Queue) -> None:
    first = given.publish(now=clock.now() - timedelta(days=1))
    Queue.objects.filter(pk=line.pk).update(priority=1)
    planned = given.publish(now=clock.now(), effective_at=clock.now() + timedelta(days=1))
    address = reverse("admin:routing_ruleset_take_back", args=[planned.pk])
    page = reverse("admin:routing_ruleset_change", args=[planned.pk])
    assert address in head.get(page).content.decode()
    publishing.call_off(planned.pk, now=clock.now())
    assert address not in head.get(page).content.decode()
    assert (
        address.replace(str(planned.pk), str(first.pk))
        in head.get(reverse("admin:routing_ruleset_change", args=[first.pk])).content.decode()
    )
    assert "called off" in head.post(address, follow=True).content.decode()
    assert newest().pk == planned.pk


def test_a_head_supervisor_publishes_and_takes_back(line: Queue) -> None:
    client = signed_in("head supervisor", line)
    wait_with_publishing()
    first = given.publish(now=clock.now() - timedelta(days=1))
    Queue.objects.filter(pk=line.pk).update(priority=1)
    assert publish(client, note="Monday").status_code == 302
    assert newest().note == "Monday"
    client.post(reverse("admin:routing_ruleset_take_back", args=[first.pk]))
    line.refresh_from_db()
    assert line.priority == 5


@pytest.mark.parametrize("role", ["auditor", "supervisor"])
def test_who_may_not_publish_changes_nothing(role: str, line: Queue) -> None:
    wait_with_publishing()
    first = given.publish(now=clock.now() - timedelta(days=1))
    Queue.objects.filter(pk=line.pk).update(priority=9)
    later = given.publish(now=clock.now(), effective_at=clock.now() + timedelta(days=1))
    client = signed_in(role, line)
    assert publish(client, note="x").status_code == 403
    for step in ("call_off", "take_back"):
        address = reverse(f"admin:routing_ruleset_{step}", args=[later.pk])
        assert client.post(address).status_code == 403
        assert signed_in("administrator").get(address).status_code == 405
    assert list(RuleSet.objects.order_by("pk").values_list("pk", "called_off_at")) == [
        (first.pk, None),
        (later.pk, None),
    ]


def test_lists_say_that_changes_wait_and_only_where_they_wait(head: Client, line: Queue) -> None:
    words = "are not published"
    pages = [
        reverse("admin:routing_rule_changelist"),
        reverse("admin:operators_queue_changelist"),
        reverse(LIST),
    ]
    given.publish(now=clock.now() - timedelta(days=1))
    wait_with_publishing()
    assert all(words not in head.get(page).content.decode() for page in pages)
    given.rule(line, {"kind": "language", "values": ["en"]})
    assert all(words in head.get(page).content.decode() for page in pages)
    own = signed_in("supervisor", line).get(pages[0]).content.decode()
    assert words in own
    assert "See and publish them" not in own
    RulesSetting.objects.update(publishes_at_once=True)
    assert all(words not in head.get(page).content.decode() for page in pages)


def test_switching_to_publishing_at_once_publishes_what_waited(head: Client, line: Queue) -> None:
    wait_with_publishing()
    given.publish(now=clock.now() - timedelta(days=1))
    given.rule(line, {"kind": "language", "values": ["en"]})
    page = head.get(reverse("admin:routing_rulessetting_changelist"), follow=True)
    assert page.status_code == 200
    head.post(reverse("admin:routing_rulessetting_change", args=[1]), {"publishes_at_once": "on"})
    assert publishing.has_unpublished_changes(now=clock.now()) is False
