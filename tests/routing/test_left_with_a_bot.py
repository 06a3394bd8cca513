"""A bot has answered and the customer says nothing more: it is closed for him after the bot's hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.bots.models import Bot
from apps.conversations.models import Conversation, Message
from apps.conversations.services import inbound, integration
from apps.core.actors import SYSTEM
from apps.operators.models import Queue
from apps.routing.models import BotStay, SilencePolicy, SilenceStep
from apps.routing.services import reminding, to_bot
from tests.factories import bots, dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


def hours(count: float) -> datetime:
    """So many hours after the bot's answer."""
    return NOW + timedelta(hours=count)


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты")


@pytest.fixture
def bot() -> Bot:
    return bots.bot()


@pytest.fixture
def handed(line: Queue, bot: Bot) -> Conversation:
    anna = people.operator("Анна", lines=(line,))
    conversation = dialogues.conversation(line=line, holder=anna)
    to_bot.transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="", now=NOW)
    return conversation


def answer(conversation: Conversation, bot: Bot, now: datetime) -> None:
    integration.write(
        people.sight(bot.account),
        conversation_id=conversation.pk,
        text="Лимит 100 000 ₽",
        note=False,
        reply_to=None,
        files=(),
        actor=SYSTEM,
        now=now,
    )


@pytest.fixture
def answered(handed: Conversation, bot: Bot) -> Conversation:
    answer(handed, bot, NOW)
    return handed


def state(conversation: Conversation) -> tuple[str, str]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.state, row.close_reason


def policy(line: Queue, action: str, *, after_hours: int, is_active: bool = True) -> None:
    found = SilencePolicy.objects.create(queue=line, is_active=is_active, counts_open_hours=False)
    SilenceStep.objects.create(policy=found, action=action, after_minutes=60 * after_hours, text_ru="Вы тут?")


def test_it_is_closed_as_for_silence_after_a_day_and_once(answered: Conversation) -> None:
    assert to_bot.close_left(now=hours(23.9)) == 0
    assert state(answered) == ("bot", "")
    assert to_bot.close_left(now=hours(24)) == 1
    assert to_bot.close_left(now=hours(25)) == 0
    row = Conversation.objects.get(pk=answered.pk)
    assert (row.state, row.close_reason, row.closed_by) == ("closed", "no_reaction", "system")
    stay = BotStay.objects.get(conversation=answered)
    assert (stay.end_reason, stay.ended_at) == ("closed", hours(24))
    codes = Message.objects.filter(conversation=answered, kind="system").order_by("seq")
    assert list(codes.values_list("code", flat=True))[-2:] == ["no_reaction", "closed"]


@pytest.mark.parametrize("setting", [1, 168])
def test_its_hours_are_its_own(answered: Conversation, bot: Bot, setting: int) -> None:
    Bot.objects.filter(pk=bot.pk).update(closes_after_hours=setting)
    assert to_bot.close_left(now=hours(setting - 0.1)) == 0
    assert to_bot.close_left(now=hours(setting)) == 1


@pytest.mark.parametrize("setting", [0, 169])
def test_its_hours_are_bounded(bot: Bot, setting: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Bot.objects.filter(pk=bot.pk).update(closes_after_hours=setting)


def test_the_customers_word_in_between_begins_it_anew(answered: Conversation, bot: Bot) -> None:
    inbound.receive(answered.identity, text="А перевод", client_id="again-1", now=hours(23))
    assert to_bot.close_left(now=hours(30)) == 0
    assert not to_bot._close_left_one(answered.pk, now=hours(30))
    answer(answered, bot, hours(31))
    assert to_bot.close_left(now=hours(54)) == 0
    assert state(answered) == ("bot", "")
    assert to_bot.close_left(now=hours(55)) == 1


def test_what_the_bot_never_answered_goes_to_people_and_is_not_closed(handed: Conversation) -> None:
    assert to_bot.close_left(now=hours(200)) == 0
    assert to_bot.take_back(now=hours(200)) == 1
    assert state(handed) == ("assigned", "")


def test_the_lines_policy_of_silence_closes_it_in_its_own_time(answered: Conversation, line: Queue) -> None:
    policy(line, "close", after_hours=48)
    assert to_bot.close_left(now=hours(47)) == 0
    assert reminding.follow_silences(now=hours(47)) == 0
    assert to_bot.close_left(now=hours(49)) == 0
    assert reminding.follow_silences(now=hours(49)) == 1
    assert state(answered) == ("closed", "no_reaction")


def test_where_the_lines_policy_only_reminds_it_is_closed_after_that(
    answered: Conversation, line: Queue
) -> None:
    policy(line, "remind", after_hours=30)
    assert to_bot.close_left(now=hours(31)) == 0
    assert reminding.follow_silences(now=hours(31)) == 1
    assert state(answered) == ("bot", "")
    assert to_bot.close_left(now=hours(31)) == 1


def test_a_policy_that_is_off_holds_up_nothing(answered: Conversation, line: Queue) -> None:
    policy(line, "close", after_hours=48, is_active=False)
    assert to_bot.close_left(now=hours(24)) == 1
