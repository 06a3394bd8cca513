"""The Modulbank case: six lines, and each customer comes to the people who know him or his product.

Business assistants serve known clients, whatever they write about. Others go by product, by page, by the bot's
intent, by the mailbox they wrote to; the specific mailbox stands above the general one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from apps.channels.models import Channel, Visitor
from apps.conversations.events import CustomerActed
from apps.conversations.models import Conversation, Customer, Identity
from apps.conversations.services import inbound
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.operators.models import Queue
from apps.routing.models import Condition, Decision, Department, Segment
from apps.routing.services import placement
from tests.factories import dialogues, organisation
from tests.factories import rules as given
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db

KNOWN = {"verification": "signed", "attributes": {"tariff": "optimal"}}
ACCOUNTANTS, BANK = "accounting@bank.example", "hello@bank.example"


@dataclass(frozen=True)
class Bank:
    """Its six lines, its site, its mail, and the common line behind them."""

    assistants: Queue
    support: Queue
    cashdesk: Queue
    accounting: Queue
    sales: Queue
    mail: Queue
    common: Queue
    site: Channel
    letters: Channel


@pytest.fixture
def bank() -> Bank:
    common = organisation.common_line()
    names = {
        "assistants": ("Business assistants", 100),
        "accounting": ("Accounting", 80),
        "sales": ("Telemarketing of the cash desk", 70),
        "cashdesk": ("Cash desk", 60),
        "support": ("Technical support", 40),
        "mail": ("Mail", 10),
    }
    lines = {code: organisation.line(name, priority=priority) for code, (name, priority) in names.items()}
    made = Bank(
        **lines,
        common=common,
        site=organisation.channel("Site"),
        letters=organisation.channel("Mail", kind="email"),
    )
    _write_rules(made)
    given.publish()
    return made


def _write_rules(bank: Bank) -> None:
    clients = Segment.objects.create(name="Known clients")
    for kind, name, comparison, values in (
        ("attribute", "tariff", "known", []),
        ("verification", "", "is", ["signed", "code"]),
    ):
        Condition.objects.create(
            segment=clients, group="all", kind=kind, name=name, comparison=comparison, values=values
        )
    given.rule(bank.assistants, {"kind": "segment", "values": [clients.pk]}, beats_choice=True)
    given.rule(bank.accounting, {"kind": "address", "values": [ACCOUNTANTS]})
    given.rule(bank.accounting, {"kind": "intent", "values": ["taxes", "report"]})
    page = {"kind": "page", "comparison": "contains", "values": ["/kassa"]}
    signed = {"kind": "event", "name": "cash_desk_signed", "comparison": "known", "values": []}
    given.rule(bank.sales, page, {**signed, "group": "none"})
    given.rule(bank.cashdesk, page)
    given.rule(bank.cashdesk, signed)
    given.rule(
        bank.support,
        {"kind": "intent", "values": ["broken"], "group": "any"},
        {"kind": "page", "comparison": "matches", "values": [r"/help(/|$)"], "group": "any"},
    )
    given.rule(bank.mail, {"kind": "channel_kind", "values": ["email"]})


def came(
    channel: Channel,
    *,
    page: str = "",
    to: str = "",
    intent: str = "",
    asked: Queue | None = None,
    verification: str = "anonymous",
    did: str = "",
    **customer: Any,
) -> Conversation:
    """A new conversation of such a customer, placed."""
    by = dialogues.identity(channel)
    Identity.objects.filter(pk=by.pk).update(verification=verification)
    Customer.objects.filter(pk=by.customer_id).update(**customer)
    if page:
        Visitor.objects.update_or_create(
            channel=channel,
            external_id=by.external_id,
            defaults={
                "page_url": f"https://bank.example{page}",
                "token_digest": by.external_id,
                "created_at": NOW,
                "seen_at": NOW,
                "expires_at": NOW + timedelta(days=1),
            },
        )
    if did:
        moment = (NOW - timedelta(days=2)).isoformat()
        announce(CustomerActed(customer=by.customer_id, code=did, happened_at=moment), actor=SYSTEM, now=NOW)
    stored = inbound.receive(
        by, text="Добрый день", client_id=f"c{by.pk}", requested_line=asked.pk if asked else None, now=NOW
    )
    found = Conversation.objects.filter(pk=stored.conversation_id)
    found.update(intent=intent, written_to=to)
    placement.route(stored.conversation_id, now=NOW)
    return found.get()


def why(conversation: Conversation) -> str:
    return Decision.objects.get(conversation=conversation, kind="placement").reason


def test_a_known_client_goes_to_the_business_assistants_whatever_he_chose_and_wherever_he_wrote(
    bank: Bank,
) -> None:
    Department.objects.create(channel=bank.site, queue=bank.support)
    for conversation in (
        came(bank.site, **KNOWN),
        came(bank.site, page="/kassa", **KNOWN),
        came(bank.site, asked=bank.support, intent="broken", **KNOWN),
        came(bank.letters, to=ACCOUNTANTS, **KNOWN),
    ):
        assert (conversation.line, why(conversation)) == (bank.assistants, "rule")


def test_who_only_says_that_he_is_a_client_goes_where_everybody_goes(bank: Bank) -> None:
    claimed = {**KNOWN, "verification": "claimed"}
    assert came(bank.site, **claimed).line == bank.common
    assert came(bank.site, verification="signed").line == bank.common


def test_of_two_mailboxes_the_specific_one_stands_above_the_general_one(bank: Bank) -> None:
    assert came(bank.letters, to=ACCOUNTANTS.upper()).line == bank.accounting
    assert came(bank.letters, to=BANK).line == bank.mail
    assert came(bank.letters).line == bank.mail


def test_a_visitor_of_the_cash_desks_page_is_sold_it_and_its_owner_is_served(bank: Bank) -> None:
    assert came(bank.site, page="/kassa/prices").line == bank.sales
    assert came(bank.site, page="/kassa", did="cash_desk_signed").line == bank.cashdesk
    assert came(bank.site, page="/cards", did="cash_desk_signed").line == bank.cashdesk
    assert came(bank.site, page="/cards").line == bank.common


def test_what_the_bot_found_leads_to_those_who_know_it(bank: Bank) -> None:
    assert came(bank.site, intent="taxes").line == bank.accounting
    assert came(bank.site, intent="broken").line == bank.support
    assert came(bank.site, page="/help").line == bank.support
    assert came(bank.site, page="/helpful").line == bank.common
    assert came(bank.site, page="/help", intent="report").line == bank.accounting


def test_the_department_he_chose_goes_before_the_product_and_behind_being_known(bank: Bank) -> None:
    Department.objects.create(channel=bank.site, queue=bank.support)
    chosen = came(bank.site, asked=bank.support, page="/kassa")
    assert (chosen.line, why(chosen)) == (bank.support, "department")
    refused = came(bank.site, asked=bank.mail, page="/kassa")
    assert refused.line == bank.sales


def test_of_equal_priorities_the_line_made_earlier_takes_it(bank: Bank) -> None:
    Queue.objects.filter(pk__in=[bank.support.pk, bank.cashdesk.pk]).update(priority=60)
    both = {"page": "/help", "did": "cash_desk_signed"}
    given.publish(now=NOW)
    assert bank.cashdesk.pk < bank.support.pk
    assert came(bank.site, **both).line == bank.cashdesk
    Queue.objects.filter(pk=bank.support.pk).update(priority=61)
    given.publish(now=NOW)
    assert came(bank.site, **both).line == bank.support


def test_who_meets_nothing_goes_to_the_common_line_and_the_record_shows_each_line(bank: Bank) -> None:
    conversation = came(bank.site)
    assert (conversation.line, why(conversation)) == (bank.common, "default")
    details = Decision.objects.get(conversation=conversation, kind="placement").details
    assert [line["id"] for line in details["lines"]] == [
        each.pk
        for each in (bank.assistants, bank.accounting, bank.sales, bank.cashdesk, bank.support, bank.mail)
    ]
    assert not any(rule["holds"] for line in details["lines"] for rule in line["rules"])
