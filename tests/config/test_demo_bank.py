"""The demo bank is believable: what its past holds could have happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from apps.analytics.models import StaffingTarget, WhatIfRun
from apps.analytics.services import what_if
from apps.analytics.staffing import targets
from apps.analytics.staffing.planning import outlook
from apps.bots.models import Bot
from apps.channels.models import Channel
from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Customer, Message, Rating, Right
from apps.core import clock
from apps.core.models import User
from apps.core.services import tokens
from apps.operators.models import Calendar, Operator, Presence, ProductionDay, Queue, QueueMembership, Shift
from apps.routing.models import Assignment, Clock, EscalationRun, Lead, Obligation, SilencePolicy
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.judging import category_of, sorted_in
from apps.routing.services import greeting, publishing, to_bot
from apps.routing.services.choosing import choose_by
from config.demo import bot as demo_bot
from config.demo import busy
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _demo_bank(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Filled once: its past takes seconds. Each test changes it in a savepoint of its own."""
    with django_db_blocker.unblock(), override_settings(DEMO_SITE=True), transaction.atomic():
        call_command("seed_demo", verbosity=0, weeks=1)
        yield
        transaction.set_rollback(True)


def test_messages_follow_each_other_in_time() -> None:
    rows = Message.objects.order_by("conversation", "seq").values_list("conversation", "at")
    for (before, earlier), (number, later) in pairwise(rows):
        assert before != number or earlier <= later, number


def test_those_who_wait_are_different_people_with_one_question_each() -> None:
    # By the hour at which the bank is filled a line may be closed: its customers wait offline.
    waiting = Conversation.objects.filter(state__in=("queued", "offline")).select_related("customer")
    assert waiting.count() == len({each.customer_id for each in waiting}) > 4
    assert all(each.customer.name for each in waiting)


def test_the_past_has_endings_and_marks_and_nobody_sits_at_work() -> None:
    assert Conversation.objects.filter(state="closed").count() > 20
    assert Rating.objects.count() > 10
    assert set(Presence.objects.values_list("state", flat=True)) == {"offline"}
    assert not Conversation.objects.filter(state="assigned").exists()


def test_an_installation_with_people_is_never_filled_with_made_up_ones() -> None:
    before = Operator.objects.count()
    with pytest.raises(CommandError, match="operators already"):
        call_command("seed_demo")
    assert Operator.objects.count() == before


# --- the lines of a bank for businesses -------------------------------------------------------------------------


def taken_by(**facts: Any) -> str:
    """The line that takes what is so, by the published rules."""
    content = publishing.current(now=clock.now())
    return choose_by(content, Facts(now=NOW, **facts)).queue.name


def test_each_line_takes_its_own_by_the_published_rules() -> None:
    known = {"verification": "signed", "attributes": {"business": "ip"}}
    assert taken_by(**known, page="https://meridian.example/kassa") == "Бизнес-ассистенты"
    assert taken_by(page="https://meridian.example/kassa") == "Касса: поддержка"
    assert taken_by(page="https://meridian.example/kassa?utm_campaign=kassa") == "Касса: продажи"
    assert taken_by(page="https://meridian.example/help/login") == "Техническая поддержка"
    assert taken_by(acts={"accounting_signed": NOW}) == "Бухгалтерия"
    # Who only says that he is a client is not known.
    assert taken_by(verification="claimed", attributes={"business": "ip"}) == "Общая линия"
    assert taken_by() == "Общая линия"


def test_the_products_mailbox_stands_above_the_general_one() -> None:
    assert taken_by(address="kassa@meridian.example") == "Касса: поддержка"
    assert taken_by(address="help@meridian.example") == "Почта"


def test_customers_have_categories_and_a_personal_manager() -> None:
    content = publishing.current(now=clock.now())
    found = {}
    for customer in Customer.objects.exclude(bank_id=None):
        facts = sorted_in(content, Facts(now=NOW, attributes=customer.attributes))
        category = category_of(content, facts)
        found[customer.name] = category.code if category else None
    assert found == {"Мария Лебедева": "premium", "Игорь Самойлов": "vip", "Lee Harper": None}
    assert Customer.objects.get(bank_id="MB-118402").manager == User.objects.get(username="timur")


def test_some_lines_ask_some_give_and_some_are_pulled_from() -> None:
    terms = {line.name: line.terms for line in publishing.current(now=clock.now()).lines}
    assert (terms["Антифрод"].offering, terms["Антифрод"].accept_seconds) == ("automatic", 0)
    assert (terms["Бизнес-ассистенты"].offering, terms["Бизнес-ассистенты"].accept_seconds) == (
        "automatic",
        30,
    )
    assert terms["Общая линия"].offering == "pull"
    assert not publishing.has_unpublished_changes(now=clock.now())


def test_insurance_is_answered_by_a_partner_who_sees_nothing_else() -> None:
    line = Queue.objects.get(name="Страхование: партнёр")
    terms = publishing.current(now=clock.now()).terms_of(line.pk)
    assert (terms.outside_id, terms.accept_seconds) == (line.outside_id, 90)
    partner = line.outside
    assert partner is not None
    sight = sight_of(partner)
    assert (sight.lines(Right.ANSWER), sight.lines(Right.TEXT), sight.has(Right.PERSONAL)) == (
        {line.pk},
        {line.pk},
        False,
    )
    assert (
        not QueueMembership.objects.filter(queue=line).exclude(operator__title="Старший супервизор").exists()
    )


# --- what it promises, and what came of it ----------------------------------------------------------------------


def test_hours_follow_the_countrys_calendar() -> None:
    assert ProductionDay.objects.count() > 20
    assert set(Calendar.objects.values_list("follows_production", flat=True)) == {True}


def test_the_public_promise_stands_in_the_greeting_of_the_site_and_has_its_ledger() -> None:
    site = Channel.objects.get(kind="web")
    lines = list(site.departments.values_list("queue", flat=True))
    # A Wednesday at noon; at two in the night nobody is there to keep it.
    noon = datetime(2030, 2, 6, 9, tzinfo=UTC)
    said = greeting.greet(site, lines, None, language="ru", now=noon).text
    assert said == "Ответим за 10 минут — или месяц обслуживания бесплатно"
    assert greeting.greet(site, lines, None, language="ru", now=noon + timedelta(hours=14)).text == ""
    assert set(Obligation.objects.values_list("state", flat=True)) == {"open", "confirmed", "waived"}
    assert all(each.reason for each in Obligation.objects.filter(state="waived"))
    states = Clock.objects.values_list("state", flat=True)
    assert {"kept", "broken", "running"} <= set(states)
    assert list(states).count("kept") > list(states).count("broken")


def test_silence_escalation_leads_and_shifts_are_there_to_look_at() -> None:
    policy = SilencePolicy.objects.get()
    assert [step.action for step in policy.steps.order_by("after_minutes")] == ["remind", "snooze", "close"]
    assert set(EscalationRun.objects.values_list("outcome", flat=True)) == {"done"}
    assert sorted(Lead.objects.values_list("state", flat=True)) == ["done", "in_work", "new"]
    assert Shift.objects.filter(begins=None, note="Отпуск").count() == 3


# --- its busy days, for what-if and staffing -------------------------------------------------------------------------


def test_a_day_of_the_past_is_played_again_as_it_was() -> None:
    """Whichever weekday it was: somebody is at work every day, and nobody waits until the next morning."""
    day = (clock.now().astimezone(busy.MOSCOW) - timedelta(days=1)).date()
    asked = WhatIfRun(day=day, zone="Europe/Moscow", content=what_if.kept(what_if.content_asked(None)))
    found = what_if.compare(asked, tell=lambda _done: None)
    happened, in_force = found["happened"]["total"], found["in_force"]["total"]
    assert happened["came"] == in_force["came"] > 80
    assert happened["answered"] > 0.85 * happened["came"]
    assert in_force["median"] == pytest.approx(happened["median"], rel=0.25)
    assert found["in_force_version"] is not None
    assert happened["promises"]["first"]["counted"] > 60


def test_operators_of_its_past_never_hold_more_than_they_may() -> None:
    """Of the busy days; the dialogues that were lived through come on top of them."""
    ended = Assignment.objects.filter(conversation__identity__external_id__startswith="busy-")
    changes = [
        (at, place, operator, units)
        for operator, since, until, reserved in ended.values_list(
            "operator", "started_at", "ended_at", "units"
        )
        for at, place, units in ((since, 1, reserved), (until, 0, -reserved))
    ]
    capacity = dict(Operator.objects.values_list("pk", "capacity"))
    held = dict.fromkeys(capacity, Decimal(0))
    for _at, _place, operator, units in sorted(changes):
        held[operator] += units
        assert held[operator] <= capacity[operator]


def test_staffing_knows_each_line_that_customers_come_to() -> None:
    targets.make_missing()
    today = clock.now().astimezone(busy.MOSCOW).date()
    for target in StaffingTarget.objects.filter(queue__name__in=["Карты и счета", "Кредиты и ипотека"]):
        found = outlook(target, today, days=7, zone=busy.MOSCOW, now=clock.now())
        assert sum(each.expected for day in found.days for each in day.quarters) > 100
        assert found.basis.handled > 100
        assert all(any(each.scheduled for each in day.quarters) for day in found.days)


@pytest.mark.parametrize(("change", "works"), [({}, True), ({"is_active": False}, False)])
def test_the_bot_is_given_a_new_secret_at_each_start_unless_it_was_switched_off(
    change: dict[str, bool], works: bool
) -> None:
    Bot.objects.filter(account__username=demo_bot.ACCOUNT).update(**change)
    first, second = (demo_bot.new_secret(now=clock.now()) for _start in range(2))
    assert [secret is not None for secret in (first, second)] == [works, works]
    if first and second:
        assert tokens.redeem(second, now=clock.now()).user.username == demo_bot.ACCOUNT
        with pytest.raises(tokens.TokenRefused):
            tokens.redeem(first, now=clock.now())


def test_the_bot_may_be_given_what_is_open() -> None:
    waits = Conversation.objects.open().earliest("pk")
    boss = sight_of(User.objects.get(username="marina"))
    assert [bot.name_ru for bot in to_bot.offered(boss, waits.pk, now=clock.now())] == ["Бот «Тарифы»"]
