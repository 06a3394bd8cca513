"""To a bot and back: its application sees a conversation and answers in it for as long as the bot has it.

It gives it back by itself, or it is taken back: when it does not answer in its seconds, when it may not answer any
more, or when an operator, a rule or the customer's own word takes it. What it answered and the customer left is closed.
What is due is read from the rows, so that a process that died leaves nothing with a bot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from apps.bots import services as bots
from apps.bots.models import Bot
from apps.conversations.access import Sight
from apps.conversations.models import AuthorKind, Conversation, Message, Participant, Role, State
from apps.conversations.services import lifecycle, outbound, timeline
from apps.core.actors import SYSTEM, Actor
from apps.core.each import each_alone
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.core.events import announce
from apps.operators.models import Operator, Queue
from apps.routing.events import BotGiven
from apps.routing.models import (
    AssignmentEnd,
    AssignmentReason,
    BotEnd,
    BotStay,
    Decision,
    EntryReason,
    LeavingReason,
    QueueEntry,
)
from apps.routing.services import handling, reminding, steps
from apps.routing.services.naming import name_of

BATCH = 200
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class BotOff(Conflict):
    """The bot is switched off."""

    code = "bot_off"


class BotNotInLine(Conflict):
    """The bot is given no conversations of this line."""

    code = "bot_not_in_line"


class BotWithoutToken(Conflict):
    """The token of the bot's integration does not work."""

    code = "bot_no_token"


class BotWithoutRight(Conflict):
    """The bot may not answer in this line."""

    code = "bot_no_right"


class BotReadsMore(Conflict):
    """The bot's integration may read more than it is handed."""

    code = "bot_reads_more"


def transfer_to_bot(
    sight: Sight,
    conversation_id: int,
    bot_id: int,
    *,
    comment: str,
    now: datetime,
    shown: bool = False,
    actor: Actor | None = None,
) -> Conversation:
    """Hand a conversation to a bot; raises NotFound, Forbidden, Conflict.

    It keeps its line. The comment is a note, or, ``shown``, words that the customer reads; they answer nothing.
    """
    with transaction.atomic():
        conversation = handling.movable(sight, conversation_id, now)
        bot = Bot.objects.prefetch_related("lines").filter(pk=bot_id).first()
        if bot is None:
            raise NotFound(_("There is no such bot."))
        _check(bot, conversation, now)
        actor = actor or Actor.staff(sight.user_id)
        handling.say(conversation, sight, comment, actor, now, shown=shown)
        _give(conversation, bot, actor=actor, by=sight.user_id, now=now)
        return conversation


def offered(sight: Sight, conversation_id: int, *, now: datetime) -> list[Bot]:
    """The bots to which a visible conversation may be handed now; raises NotFound."""
    conversation = outbound.visible_or_404(sight, conversation_id)
    has_it = _stays().filter(conversation=conversation).values("bot")
    place = {"line_id": conversation.line_id, "channel_id": conversation.channel_id}
    return [
        bot
        for bot in Bot.objects.filter(is_active=True).exclude(pk__in=has_it).prefetch_related("lines")
        if bots.is_offered_in(bot, conversation.line_id) and not bots.trouble(bot, now=now, **place)
    ]


def _check(bot: Bot, conversation: Conversation, now: datetime) -> None:
    """Raises unless the bot may have the locked conversation."""
    if _stays().filter(conversation=conversation, bot=bot).exists():
        raise Conflict(_("This bot already has the conversation."))
    if not bots.is_offered_in(bot, conversation.line_id):
        raise BotNotInLine(_("This bot is given no conversations of this line."))
    found = bots.trouble(bot, line_id=conversation.line_id, channel_id=conversation.channel_id, now=now)
    if found == BotEnd.OFF:
        raise BotOff(_("This bot is switched off."))
    if found == BotEnd.NO_TOKEN:
        raise BotWithoutToken(_("The token of this bot's integration does not work."))
    if found == BotEnd.NO_RIGHT:
        raise BotWithoutRight(_("This bot may not answer in this line."))
    if found == BotEnd.READS_MORE:
        raise BotReadsMore(_("The groups of this bot's integration let it read more than it is handed."))


def _give(conversation: Conversation, bot: Bot, *, actor: Actor, by: int, now: datetime) -> None:
    came_from, category = _came_from(conversation), _category_of(conversation)
    handling.free(conversation, AssignmentEnd.TRANSFERRED, LeavingReason.TRANSFERRED, now)
    called = bot.name(conversation.customer.language)
    timeline.add_system_line(
        conversation,
        "transferred_to_bot",
        actor=actor,
        now=now,
        staff_only=True,
        by=handling.author_name(actor),
        names=bot.names(),
    )
    timeline.add_system_line(
        conversation, "joined", actor=actor, now=now, operator=bot.account_id, name=called
    )
    BotStay.objects.create(
        conversation=conversation,
        bot=bot,
        account_id=bot.account_id,
        came_from_id=came_from,
        category_id=category,
        from_seq=conversation.seq,
        started_at=now,
    )
    Participant.objects.create(
        conversation=conversation, user_id=bot.account_id, role=Role.BOT, since=now, called=called
    )
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.TRANSFER,
        operator_id=bot.account_id,
        queue_id=conversation.line_id,
        now=now,
        by=by,
    )
    lifecycle.move(conversation, to=State.BOT, actor=actor, now=now)
    given = BotGiven(
        conversation=conversation.pk, bot=bot.pk, line=conversation.line_id, seconds=bot.answer_seconds
    )
    announce(given, actor=actor, now=now)


def _came_from(conversation: Conversation) -> int | None:
    """The operator who holds it, or who held it before another bot had it."""
    if conversation.state == State.BOT:
        return _stays().filter(conversation=conversation).values_list("came_from", flat=True).first()
    holder = conversation.holder_id
    return holder if Operator.objects.filter(pk=holder).exists() else None


def _category_of(conversation: Conversation) -> int | None:
    """The customer's, as his stay in a line or with another bot has followed it."""
    found: QuerySet[Any] = QueueEntry.objects.filter(conversation=conversation).order_by("-pk")
    if conversation.state == State.BOT:
        found = _stays().filter(conversation=conversation)
    return found.values_list("category", flat=True).first()


# --- back -----------------------------------------------------------------------------------------------


def has(sight: Sight, conversation_id: int) -> bool:
    """Whether a bot has it, and this account is that bot's application."""
    return _stays().filter(conversation=conversation_id, account=sight.user_id).exists()


@transaction.atomic
def give_back(
    sight: Sight,
    conversation_id: int,
    *,
    queue_id: int | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> Conversation:
    """The bot's application returns what it has: to where it came from, or into a line; raises NotFound, Forbidden."""
    conversation = outbound.locked(sight, conversation_id)
    stay = _stays().filter(conversation=conversation).first()
    if stay is None or stay.account_id != sight.user_id:
        raise Forbidden(_("You do not hold this conversation."), code="not_yours")
    if queue_id is not None and not Queue.objects.filter(pk=queue_id, is_active=True).exists():
        raise NotFound(_("There is no such line."))
    called = stay.bot.name(conversation.customer.language)
    handling.say(conversation, sight, comment, actor, now, bot=called)
    _to_people(conversation, stay, because=BotEnd.RETURNED, line_id=queue_id, now=now)
    return conversation


def _to_people(
    conversation: Conversation, stay: BotStay, *, because: str, now: datetime, line_id: int | None = None
) -> None:
    """To who held it, if he is at work and has room, else to wait in its line; or to the line that is named."""
    steps.end_bot_stay(conversation, reason=because, now=now)
    queue = Queue.objects.select_related("calendar").get(pk=line_id or conversation.line_id)
    wanted = stay.came_from_id if line_id is None else None
    returned = wanted is not None and _to_person(conversation, wanted, because=because, now=now)
    if not returned:
        steps.stand_in_line(
            conversation,
            queue,
            reason=EntryReason.RETURNED,
            why=Decision.Reason.BOT,
            actor=SYSTEM,
            now=now,
            ended=because,
        )
    timeline.add_system_line(
        conversation,
        "back_from_bot",
        actor=SYSTEM,
        now=now,
        staff_only=True,
        names=stay.bot.names(),
        because=because,
        to=name_of(wanted) if returned else "",
    )
    if returned and wanted is not None:
        handling.tell_joined(conversation, wanted, actor=SYSTEM, now=now)


def _to_person(conversation: Conversation, person_id: int, *, because: str, now: datetime) -> bool:
    refused = ""
    try:
        with transaction.atomic():
            steps.claim(conversation, person_id, reason=AssignmentReason.RETURNED, actor=SYSTEM, now=now)
    except Conflict as refusal:
        conversation.refresh_from_db()
        refused = refusal.code
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.BOT,
        operator_id=person_id,
        queue_id=conversation.line_id,
        now=now,
        ended=because,
        refused=refused,
    )
    return not refused


# --- taken back -----------------------------------------------------------------------------------------


def take_back(*, now: datetime) -> int:
    """What bots cannot or do not answer goes back to people; returns how many conversations. Safe to run twice."""
    numbers = sorted({conversation for conversation, _reason in stranded(now=now)})[:BATCH]
    return sum(each_alone("taking back from a bot", partial(take_back_one, now=now), numbers))


@transaction.atomic
def take_back_one(conversation_id: int, *, now: datetime) -> bool:
    """Asked again under the lock: the bot may have answered a moment ago, or somebody else was quicker."""
    conversation = lifecycle.lock(conversation_id)
    stay = _stays().filter(conversation=conversation).first()
    if conversation.state != State.BOT or stay is None:
        return False
    because = _trouble(stay, now) or (_late(now).filter(pk=stay.pk).exists() and BotEnd.SILENT)
    if not because:
        return False
    _to_people(conversation, stay, because=because, now=now)
    return True


def stranded(*, now: datetime) -> Iterator[tuple[int, str]]:
    """Conversations that bots have and cannot or do not answer, with the code why."""
    for conversation in _late(now).order_by("pk").values_list("conversation", flat=True)[:BATCH]:
        yield conversation, BotEnd.SILENT
    places = _stays().order_by().values_list("bot", "account", "conversation__line", "conversation__channel")
    for bot_id, account, line, channel in places.distinct():
        here = _stays().filter(bot=bot_id, account=account)
        here = here.filter(conversation__line=line, conversation__channel=channel)
        first = here.first()
        if first is not None and (found := _trouble(first, now)):
            yield from ((each, found) for each in here.values_list("conversation", flat=True)[:BATCH])


def _stays() -> QuerySet[BotStay]:
    return BotStay.objects.filter(ended_at__isnull=True).select_related("bot", "conversation")


def _trouble(stay: BotStay, now: datetime) -> str:
    if stay.account_id != stay.bot.account_id:
        return BotEnd.OTHER_ACCOUNT
    place = {"line_id": stay.conversation.line_id, "channel_id": stay.conversation.channel_id}
    return bots.trouble(stay.bot, now=now, **place)


def _late(now: datetime) -> QuerySet[BotStay]:
    """Stays whose bot owes an answer for longer than its seconds: since it was handed the conversation, and once it has
    answered, since the first words of the customer after that.
    """
    since = Case(When(Exists(_said()), then=F("conversation__awaiting_since")), default=F("started_at"))
    allowed = _times("bot__answer_seconds", SECOND)
    return _stays().annotate(since=since, allowed=allowed).filter(since__lte=now - F("allowed"))


def _said() -> QuerySet[Message]:
    """What the bot of a stay has said to the customer in it."""
    return Message.objects.filter(
        conversation=OuterRef("conversation"),
        author=OuterRef("account"),
        author_kind=AuthorKind.BOT,
        staff_only=False,
        seq__gt=OuterRef("from_seq"),
    )


def _times(column: str, unit: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(F(column) * Value(unit), output_field=DurationField())


# --- left by the customer -------------------------------------------------------------------------------


def close_left(*, now: datetime) -> int:
    """What bots answered and whose customers say nothing more is closed; returns how many. Safe to run twice."""
    due = _left(now).order_by("conversation__last_at", "pk")
    numbers = list(due.values_list("conversation", flat=True)[:BATCH])
    return sum(each_alone("closing what a bot answered", partial(_close_left_one, now=now), numbers))


@transaction.atomic
def _close_left_one(conversation_id: int, *, now: datetime) -> bool:
    """Asked again under the lock: the customer may have written a moment ago."""
    conversation = lifecycle.lock(conversation_id)
    if not _left(now).filter(conversation=conversation).exists():
        return False
    handling.close_for_silence(conversation, now=now)
    return True


def _left(now: datetime) -> QuerySet[BotStay]:
    """Stays whose bot has answered and whose customer has said nothing since for its hours.

    While the line's policy of silence has a step to take in this silence, it is left to that.
    """
    silent = reminding.silent().filter(state=State.BOT, pk=OuterRef("conversation"))
    over = _stays().filter(Exists(silent.exclude(Exists(reminding.ahead()))), Exists(_said()))
    return over.annotate(allowed=_times("bot__closes_after_hours", HOUR)).filter(
        conversation__last_at__lte=now - F("allowed")
    )
