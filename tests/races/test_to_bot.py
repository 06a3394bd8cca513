"""A bot that answers while the sweep takes it back, and two who hand the same conversation over, at one moment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from apps.bots.models import Bot
from apps.conversations.models import Conversation, Message, Participant
from apps.conversations.services import integration
from apps.core.actors import SYSTEM
from apps.routing.models import Assignment, BotStay, QueueEntry
from apps.routing.services import handling, to_bot
from tests.factories import bots, dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once
from tests.races.test_silence import say

pytestmark = pytest.mark.django_db(transaction=True)
LATE = NOW + timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def test_an_answer_and_the_sweep_at_once_leave_it_with_the_bot_or_with_people() -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,), capacity=20)
    bot = bots.bot()
    for _round in range(3):
        number = dialogues.conversation(line=line, holder=anna).pk
        to_bot.transfer_to_bot(people.sight(anna), number, bot.pk, comment="", now=NOW)
        answer = partial(
            integration.write,
            people.sight(bot.account),
            conversation_id=number,
            text="Лимит 100 000 ₽",
            note=False,
            reply_to=None,
            files=(),
            actor=SYSTEM,
            now=LATE,
        )
        said, *_sweeps = at_once(answer, *[partial(to_bot.take_back, now=LATE)] * 2)
        row, stay = Conversation.objects.get(pk=number), BotStay.objects.get(conversation=number)
        taking_part = Participant.objects.filter(conversation=number, role="bot", until=None).exists()
        if isinstance(said, Message):
            assert (row.state, stay.end_reason, taking_part) == ("bot", "", True)
        else:
            assert getattr(said, "code", "") == "not_found", said
            assert (row.state, row.holder_id, stay.end_reason) == ("assigned", anna.pk, "silent")
            assert not taking_part
        assert Message.objects.filter(conversation=number, author_kind="bot").exists() == (row.state == "bot")
        handling.close(people.sight(anna), number, now=LATE)


def test_handed_over_twice_and_taken_over_at_once_it_is_in_one_place() -> None:
    line = organisation.line()
    anna, boris = (people.operator(name, lines=(line,), capacity=20) for name in ("Анна", "Борис"))
    first, second = bots.bot("Первый"), bots.bot("Второй")
    for _round in range(3):
        number = dialogues.conversation(line=line, holder=anna).pk
        hand = partial(to_bot.transfer_to_bot, people.sight(anna), number, comment="", now=NOW)
        results = at_once(
            partial(hand, first.pk),
            partial(hand, second.pk),
            partial(hand, first.pk),
            partial(handling.take_over, people.sight(boris), number, now=NOW),
        )
        assert all(not isinstance(each, Exception) or hasattr(each, "code") for each in results), results
        row = Conversation.objects.get(pk=number)
        stays = BotStay.objects.filter(conversation=number, ended_at=None).count()
        parts = Participant.objects.filter(conversation=number, until=None).values_list("role", flat=True)
        held = Assignment.objects.filter(conversation=number, ended_at=None).count()
        assert not QueueEntry.objects.filter(conversation=number, left_at=None).exists()
        assert (row.state, stays, held, list(parts)) in (
            ("bot", 1, 0, ["bot"]),
            ("assigned", 0, 1, ["holder"]),
        )
        handling.close(people.sight(boris if row.holder_id == boris.pk else anna), number, now=NOW)


def answer(number: int, bot: Bot) -> None:
    integration.write(
        people.sight(bot.account),
        conversation_id=number,
        text="Лимит 100 000 ₽",
        note=False,
        reply_to=None,
        files=(),
        actor=SYSTEM,
        now=NOW,
    )


@pytest.mark.parametrize("reopen_hours", [72, 0])
def test_words_that_come_while_the_bots_conversation_is_closed_are_kept_in_one_open_conversation(
    reopen_hours: int,
) -> None:
    line = organisation.line(reopen_hours=reopen_hours)
    anna = people.operator("Анна", lines=(line,), capacity=20)
    bot = bots.bot(closes_after_hours=1)
    hour_later = NOW + timedelta(hours=1)
    for _round in range(4):
        identity = dialogues.identity()
        number = dialogues.conversation(by=identity, line=line, holder=anna).pk
        to_bot.transfer_to_bot(people.sight(anna), number, bot.pk, comment="", now=NOW)
        answer(number, bot)
        words = [
            partial(say, identity.pk, number, text, now=hour_later + SECOND) for text in ("первое", "второе")
        ]
        *said, closed, again = at_once(*words, *[partial(to_bot.close_left, now=hour_later)] * 2)
        [open_one] = Conversation.objects.open().filter(customer=identity.customer_id)
        kept = Message.objects.filter(identity=identity, text__in=("первое", "второе"))
        assert set(kept.values_list("conversation", flat=True)) == set(said)
        assert (kept.count(), set(said)) == (2, {open_one.pk})
        was_reopened = open_one.messages.filter(code="reopened").exists()
        assert closed + again == (was_reopened or open_one.pk != number)
        assert not (was_reopened and reopen_hours == 0)
