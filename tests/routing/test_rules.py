"""Rules place conversations: by priority, before or after a choice, in the version that works, with a record of why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.channels.models import Channel, Visitor
from apps.conversations.events import CustomerActed
from apps.conversations.models import Conversation, Customer
from apps.conversations.services import inbound
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid
from apps.core.events import announce
from apps.operators.models import Queue
from apps.routing.models import ChannelLine, Decision, Department, Rule, RuleSet, RulesSetting
from apps.routing.services import placement, publishing
from tests.factories import dialogues, organisation, people
from tests.factories import rules as given
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

KNOWN = {"kind": "attribute", "name": "tariff", "values": ["business"]}


@pytest.fixture(autouse=True)
def _common() -> Queue:
    return organisation.common_line()


def placed(
    channel: Channel | None = None, *, asked: Queue | None = None, now: datetime = NOW, **customer: Any
) -> Conversation:
    """A new conversation of such a customer, placed."""
    by = dialogues.identity(channel or organisation.channel())
    Customer.objects.filter(pk=by.customer_id).update(**customer)
    stored = inbound.receive(
        by, text="Здравствуйте", client_id=f"c{by.pk}", requested_line=asked.pk if asked else None, now=now
    )
    placement.route(stored.conversation_id, now=now)
    return Conversation.objects.get(pk=stored.conversation_id)


def why(conversation: Conversation) -> Decision:
    return Decision.objects.filter(conversation=conversation, kind="placement").latest("pk")


def test_of_the_lines_that_want_it_the_most_important_takes_it_and_of_equals_the_older() -> None:
    low, high, equal = (
        organisation.line(name, priority=n) for name, n in (("low", 1), ("high", 9), ("equal", 9))
    )
    for line in (equal, high, low):
        given.rule(line, KNOWN)
    version = given.publish()
    conversation = placed(attributes={"tariff": "business"})
    assert conversation.line == high
    decision = why(conversation)
    assert (decision.reason, decision.rule_set, decision.details["rule"]) == (
        "rule",
        version,
        Rule.objects.get(queue=high).pk,
    )
    assert [line["id"] for line in decision.details["lines"]] == [high.pk, equal.pk, low.pk]
    (seen,) = decision.details["lines"][0]["rules"][0]["conditions"]
    assert (seen["met"], seen["seen"]) == (True, "business")


def test_who_meets_no_rule_goes_to_the_channels_line_and_without_one_to_the_common_line() -> None:
    given.rule(organisation.line("business", priority=9), KNOWN)
    given.publish()
    channel, own = organisation.channel(), organisation.line("own")
    assert placed(attributes={"tariff": "base"}).line.is_default
    ChannelLine.objects.create(channel=channel, queue=own)
    conversation = placed(channel, attributes={"tariff": "base"})
    assert (conversation.line, why(conversation).reason) == (own, "channel")
    assert why(conversation).details["lines"][0]["rules"][0]["holds"] is False


def test_a_choice_of_the_customer_goes_before_a_rule_unless_the_rule_says_otherwise() -> None:
    business, cards, channel = (
        organisation.line("business", priority=9),
        organisation.line("cards"),
        organisation.channel(),
    )
    Department.objects.create(channel=channel, queue=cards)
    rule = given.rule(business, KNOWN)
    given.publish()
    chosen = placed(channel, asked=cards, attributes={"tariff": "business"})
    assert (chosen.line, why(chosen).reason) == (cards, "department")
    Rule.objects.filter(pk=rule.pk).update(beats_choice=True)
    given.publish(now=NOW + timedelta(seconds=1))
    over = placed(channel, asked=cards, attributes={"tariff": "business"}, now=NOW + timedelta(seconds=2))
    assert (over.line, why(over).reason) == (business, "rule")


def test_a_line_that_is_off_is_passed_over_and_the_record_says_so() -> None:
    off, next_one = organisation.line("off", priority=9), organisation.line("next", priority=5)
    for line in (off, next_one):
        given.rule(line, KNOWN)
    given.publish()
    Queue.objects.filter(pk=off.pk).update(is_active=False)
    conversation = placed(attributes={"tariff": "business"})
    assert conversation.line == next_one
    (rejected,) = why(conversation).details["rejected"]
    assert (rejected["line"], rejected["because"]) == (off.pk, "switched_off")


def test_what_is_not_published_places_nobody() -> None:
    line = organisation.line("business", priority=9)
    given.publish()
    given.rule(line, KNOWN)
    assert publishing.has_unpublished_changes(now=NOW)
    assert placed(attributes={"tariff": "business"}).line.is_default
    given.publish(now=NOW + timedelta(seconds=1))
    assert not publishing.has_unpublished_changes(now=NOW + timedelta(seconds=1))
    assert placed(attributes={"tariff": "business"}, now=NOW + timedelta(seconds=2)).line == line


def test_a_scheduled_version_works_from_its_moment_and_not_before() -> None:
    line = organisation.line("business", priority=1)
    given.publish()
    given.rule(line, KNOWN)
    Queue.objects.filter(pk=line.pk).update(priority=50)
    monday = NOW + timedelta(days=3)
    given.publish(now=NOW, effective_at=monday)
    assert not publishing.put_into_force(now=monday - timedelta(seconds=1))
    assert placed(attributes={"tariff": "business"}).line.is_default
    assert Queue.objects.get(pk=line.pk).live_priority == 1
    assert publishing.put_into_force(now=monday)
    assert Queue.objects.get(pk=line.pk).live_priority == 50
    assert placed(attributes={"tariff": "business"}, now=monday).line == line


def test_while_nothing_comes_into_force_no_line_is_locked() -> None:
    line = organisation.line("business", priority=1)
    given.publish()
    with CaptureQueriesContext(connection) as queries:
        assert not publishing.put_into_force(now=NOW)
    assert not [each["sql"] for each in queries if "FOR " in each["sql"] or "UPDATE" in each["sql"]]
    Queue.objects.filter(pk=line.pk).update(live_priority=7)
    assert publishing.put_into_force(now=NOW)
    assert Queue.objects.get(pk=line.pk).live_priority == 1


def test_a_scheduled_version_can_be_called_off_until_it_works() -> None:
    given.rule(organisation.line("business"), KNOWN)
    version = given.publish(effective_at=NOW + timedelta(days=1))
    publishing.call_off(version.pk, now=NOW)
    with pytest.raises(Conflict):
        publishing.call_off(version.pk, now=NOW)
    assert publishing.in_force(now=NOW + timedelta(days=2)) is None
    working = given.publish(now=NOW)
    with pytest.raises(Conflict):
        publishing.call_off(working.pk, now=NOW + timedelta(seconds=1))


def test_nothing_is_published_twice_nor_into_the_past() -> None:
    given.rule(organisation.line("business"), KNOWN)
    given.publish()
    assert publishing.publish(actor=SYSTEM, now=NOW + timedelta(seconds=1)) is None
    with pytest.raises(Invalid):
        publishing.publish(actor=SYSTEM, now=NOW, effective_at=NOW - timedelta(seconds=1))
    assert RuleSet.objects.count() == 1


def test_taking_back_restores_rules_conditions_and_priorities_and_publishes_them() -> None:
    line = organisation.line("business", priority=9)
    rule = given.rule(line, KNOWN, {"kind": "language", "values": ["ru"], "group": "none"})
    first = given.publish()
    rule.conditions.all().delete()
    given.rule(line, {"kind": "channel", "values": [1]}, name="another")
    Queue.objects.filter(pk=line.pk).update(priority=1)
    given.publish(now=NOW + timedelta(hours=1))
    anna = people.user("anna")
    back = publishing.take_back_to(first.pk, actor=Actor.staff(anna.pk), now=NOW + timedelta(hours=2))
    assert back is not None
    assert (back.digest, back.published_by) == (first.digest, anna)
    line.refresh_from_db()
    assert (line.priority, line.live_priority) == (9, 9)
    assert list(Rule.objects.filter(is_active=True).values_list("name", flat=True)) == [rule.name]
    assert sorted(rule.conditions.values_list("kind", flat=True)) == ["attribute", "language"]


def test_each_change_is_published_by_itself_unless_somebody_gathers_them() -> None:
    given.rule(organisation.line("business"), KNOWN)
    publishing.publish_if_at_once(actor=SYSTEM, now=NOW)
    assert RuleSet.objects.count() == 1
    RulesSetting.objects.create(pk=1, publishes_at_once=False)
    given.rule(organisation.line("other"), KNOWN)
    publishing.publish_if_at_once(actor=SYSTEM, now=NOW)
    assert RuleSet.objects.count() == 1
    assert publishing.has_unpublished_changes(now=NOW)


def test_events_of_the_bank_pages_and_addresses_place_a_conversation() -> None:
    signed, page, mailbox = (
        organisation.line(name, priority=n) for name, n in (("signed", 3), ("page", 2), ("box", 1))
    )
    given.rule(signed, {"kind": "event", "name": "contract_signed", "comparison": "within", "values": ["7"]})
    given.rule(page, {"kind": "page", "comparison": "contains", "values": ["/business"]})
    given.rule(mailbox, {"kind": "address", "values": ["vip@bank.example"]})
    given.publish()
    by = dialogues.identity()
    announce(
        CustomerActed(
            customer=by.customer_id, code="contract_signed", happened_at=(NOW - timedelta(days=6)).isoformat()
        ),
        actor=SYSTEM,
        now=NOW,
    )
    assert dialogues.conversation(by=by).line == signed
    reader = dialogues.identity()
    Visitor.objects.create(
        channel=reader.channel,
        external_id=reader.external_id,
        token_digest="d",
        page_url="https://bank.example/business/loans",
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )
    assert dialogues.conversation(by=reader).line == page
    writer = dialogues.identity()
    stored = inbound.receive(
        writer, text="Здравствуйте", client_id="m", written_to="vip@bank.example", now=NOW
    )
    placement.route(stored.conversation_id, now=NOW)
    assert Conversation.objects.get(pk=stored.conversation_id).line == mailbox
