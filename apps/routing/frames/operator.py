"""The workspace: welcome, lists, and what an operator does with a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from apps.conversations import selectors as conversations
from apps.conversations import topics
from apps.conversations.access import Sight
from apps.conversations.gates import load_sight, sight
from apps.conversations.models import Conversation, Right
from apps.conversations.services import words
from apps.core import clock
from apps.core.bus import get_bus
from apps.core.errors import Invalid
from apps.core.frames import ClientFrame, DoneFrame
from apps.core.threads import run_hot
from apps.operators.models import BreakReason, DeclineReason, Operator, Presence
from apps.operators.selectors import presence_notes, reasons
from apps.operators.sessions import OperatorSession
from apps.routing import selectors, stories
from apps.routing.frames import declared as d
from apps.routing.frames.offered import offers_of
from apps.routing.services import after_work, capacity, handling, offers, to_bot, turns

# --- welcome and lists ----------------------------------------------------------------------------------


async def welcome(socket: Any, frame: ClientFrame) -> d.OperatorWelcomeAnswer:
    """Subscribe to what this user may be told of, then fetch where it stands."""
    session = socket.session
    await socket.subscribe(topics.user(session.user_id))
    await socket.subscribe(topics.everyone())
    await run_hot(load_sight, session)
    watched = await run_hot(selectors.watches, sight(session))
    for watch in watched:
        await socket.subscribe(watch.topic, watch.part)
    numbers = await _numbers(watched)
    return await run_hot(build_welcome, session, watched, numbers)


async def _numbers(watched: list[selectors.Watch]) -> dict[str, int]:
    """The last number of each topic: what is fetched after this contains everything up to it."""
    return {watch.topic: await get_bus().line_number(watch.topic) for watch in watched}


def build_welcome(
    session: OperatorSession, watched: list[selectors.Watch], numbers: dict[str, int]
) -> d.OperatorWelcomeAnswer:
    return d.OperatorWelcomeAnswer(
        me=me(session),
        lines=_line_counts(sight(session), watched, numbers),
        drafts=conversations.drafts_of(session.user_id),
        reasons=reasons(BreakReason, session.language),
        decline_reasons=reasons(DeclineReason, session.language),
        now=clock.now(),
    )


def me(session: OperatorSession) -> d.MeView:
    """The operator himself, with presence and load."""
    mine = sight(session)
    operator = Operator.objects.filter(pk=session.user_id, is_active=True).first()
    presence = Presence.objects.filter(pk=session.user_id).first()
    return d.MeView(
        id=session.user_id,
        name=session.name,
        language=session.language,
        time_zone=session.time_zone,
        operator=operator is not None,
        state=presence.state if presence else Presence.State.OFFLINE,
        reason=presence.reason_id if presence else None,
        since=presence.since if presence else None,
        capacity=operator.capacity if operator else 0,
        load=capacity.shown(capacity.load_of(session.user_id)),
        wrap_up_until=presence.wrap_up_until if presence else None,
        notes=presence_notes(presence),
        offers=offers_of(session.user_id),
        rights=sorted(right for right in Right.values if mine.has(right)),
        lines=sorted(mine.own_lines),
        pulls=turns.pulled_from(mine, now=clock.now()) if operator else [],
    )


def me_again(session: OperatorSession, frame: d.MeFrame) -> d.MeAnswer:
    return d.MeAnswer(me=me(session))


def _line_counts(mine: Sight, watched: list[selectors.Watch], numbers: dict[str, int]) -> list[d.LineCounts]:
    counted = selectors.counts(mine)
    return [
        d.LineCounts(
            line=watch.line,
            number=numbers[watch.topic],
            readable=watch.readable,
            partial=watch.part is not None,
            counts=watch.counted(counted),
        )
        for watch in watched
    ]


async def counts(socket: Any, frame: d.CountsFrame) -> d.CountsAnswer:
    mine = sight(socket.session)
    watched = await run_hot(selectors.watches, mine)
    numbers = await _numbers(watched)
    return d.CountsAnswer(lines=await run_hot(_line_counts, mine, watched, numbers))


def list_section(session: OperatorSession, frame: d.ListFrame) -> d.ListAnswer:
    try:
        page, following = selectors.section(
            sight(session), frame.section, line=frame.line, after=frame.after, now=clock.now()
        )
    except ValueError as error:
        raise Invalid(_("The place in the list was not understood.")) from error
    locked = frame.section == "foreign"
    rows = selectors.row_views(page, locked=locked)
    return d.ListAnswer(section=frame.section, line=frame.line, rows=rows, next=following)


def rows(session: OperatorSession, frame: d.RowsFrame) -> d.RowsAnswer:
    readable, locked = selectors.readable(sight(session), frame.ids)
    return d.RowsAnswer(rows=selectors.row_views(readable) + selectors.row_views(locked, locked=True))


def colleagues(session: OperatorSession, frame: d.ColleaguesFrame) -> d.ColleaguesAnswer:
    return d.ColleaguesAnswer(
        colleagues=[_colleague(each, session.language) for each in selectors.operators_with_load()]
    )


def _colleague(operator: Any, language: str) -> d.ColleagueView:
    presence = getattr(operator, "presence", None)
    reason = presence.reason if presence else None
    return d.ColleagueView(
        id=operator.pk,
        name=operator.public_name,
        title=operator.title,
        avatar=str(operator.avatar_id) if operator.avatar_id else None,
        state=presence.state if presence else Presence.State.OFFLINE,
        reason=reason.name(language) if reason else "",
        since=presence.since if presence else None,
        load=capacity.shown(operator.load),
        capacity=operator.capacity,
        skills=[skill.name for skill in operator.skills.all()],
        lines=[each.queue_id for each in operator.memberships.all()],
    )


# --- handling -------------------------------------------------------------------------------------------


def accept(session: OperatorSession, frame: d.AcceptFrame) -> d.HandledAnswer:
    return _handled(session, frame, handling.accept)


def take_next(session: OperatorSession, frame: d.TakeNextFrame) -> d.TakenAnswer:
    taken = handling.take_next(sight(session), now=clock.now())
    if taken is None:
        return d.TakenAnswer(row=None)
    row = conversations.rows().get(pk=taken.pk)
    return d.TakenAnswer(row=selectors.row_views([row])[0])


def decline(session: OperatorSession, frame: d.DeclineFrame) -> DoneFrame:
    offers.decline(session.user_id, frame.conversation, reason_id=frame.reason, now=clock.now())
    return DoneFrame()


def ready(session: OperatorSession, frame: d.ReadyFrame) -> DoneFrame:
    after_work.finish(session.user_id, now=clock.now())
    return DoneFrame()


def answer(session: OperatorSession, frame: d.AnswerFrame) -> d.AnsweredAnswer:
    stored = handling.answer_from_line(
        sight(session),
        frame.conversation,
        text=words.prepare(frame.text, may_be_empty=bool(frame.files)),
        client_id=frame.client_id,
        reply_to=frame.reply_to,
        files=frame.files,
        uploaded_by=session.uploader,
        now=clock.now(),
    )
    return d.AnsweredAnswer(
        client_id=frame.client_id,
        conversation=stored.conversation_id,
        message=stored.message_id,
        seq=stored.seq,
        rev=stored.rev,
        at=stored.at,
        without_quote=frame.reply_to is not None and not stored.quotes,
    )


def why(session: OperatorSession, frame: d.WhyFrame) -> d.WhyAnswer:
    steps = [
        d.StepView(
            at=step.at,
            title=step.title,
            told=[d.ToldView(text=each.text, mark=each.mark, level=each.level) for each in step.told],
        )
        for step in stories.story(sight(session), frame.conversation, now=clock.now())
    ]
    return d.WhyAnswer(conversation=frame.conversation, steps=steps)


def take_over(session: OperatorSession, frame: d.TakeOverFrame) -> d.HandledAnswer:
    return _handled(session, frame, handling.take_over)


def transfer(session: OperatorSession, frame: d.TransferFrame) -> d.HandledAnswer:
    if sum(each is not None for each in (frame.line, frame.operator, frame.bot)) != 1:
        raise Invalid(_("Choose a line, a colleague or a bot."))
    words = {"comment": frame.comment, "shown": frame.shown}
    if frame.bot is not None:
        return _handled(session, frame, to_bot.transfer_to_bot, frame.bot, **words)
    if frame.line is not None:
        return _handled(session, frame, handling.transfer_to_line, frame.line, **words)
    return _handled(session, frame, handling.transfer_to_operator, frame.operator, **words)


def bots(session: OperatorSession, frame: d.BotsFrame) -> d.BotsAnswer:
    found = to_bot.offered(sight(session), frame.conversation, now=clock.now())
    return d.BotsAnswer(
        conversation=frame.conversation,
        bots=[
            d.BotView(id=bot.pk, name=bot.name(session.language), seconds=bot.answer_seconds) for bot in found
        ],
    )


def return_to_line(session: OperatorSession, frame: d.ReturnFrame) -> d.HandledAnswer:
    return _handled(session, frame, handling.return_to_line, comment=frame.comment)


def snooze(session: OperatorSession, frame: d.SnoozeFrame) -> d.HandledAnswer:
    if frame.until is not None and frame.until.tzinfo is None:
        raise Invalid(_("The moment needs a time zone."))
    return _handled(session, frame, handling.snooze, until=frame.until)


def close(session: OperatorSession, frame: d.CloseFrame) -> d.HandledAnswer:
    return _handled(session, frame, handling.close)


def _handled(
    session: OperatorSession, frame: Any, verb: Callable[..., Conversation], *args: Any, **options: Any
) -> d.HandledAnswer:
    verb(sight(session), frame.conversation, *args, now=clock.now(), **options)
    seen = Conversation.objects.visible_to(sight(session)).filter(pk=frame.conversation)
    row = conversations.rows().filter(pk__in=seen.values("pk")).first()
    return d.HandledAnswer(
        conversation=frame.conversation, row=selectors.row_views([row])[0] if row else None
    )
