"""Clocks of promises, brought up to what a conversation's rows say. One function does it all: ``keep``.

It reads the story (who asked, who answered, who closed), the place and the hours, and makes the clocks agree:
begins, pauses, moves, keeps, warns, breaks, cancels. It may be called at any time, by any process, any number of
times: events only make it prompt, sweeps make it certain. Moments are those of the messages, so a late call
decides as a prompt one would have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.conversations.models import AuthorKind, CloseReason, Conversation, Message, State
from apps.conversations.services import lifecycle
from apps.core.actors import SYSTEM, ActorKind
from apps.core.events import announce
from apps.core.models import Event
from apps.routing.events import TurnDue
from apps.routing.models import (
    CancelReason,
    Clock,
    ClockKind,
    ClockState,
    Pause,
    Promise,
    QueueEntry,
    Showing,
)
from apps.routing.promising.business import Opening
from apps.routing.promising.story import (
    CLOSINGS,
    Did,
    Mark,
    Owed,
    Turn,
    end_of,
    owed,
    turns,
)
from apps.routing.promising.terms import Place, Terms
from apps.routing.services import consequences, ledger, promised
from apps.routing.services.promised import Book

# An answer that was on its way when the time ran out is waited for.
GRACE = timedelta(seconds=1)
# Where answers are owed. Before it is placed nobody knows the terms, and a bot's turn is not the line's.
OWING = (State.QUEUED, State.OFFLINE, State.ASSIGNED, State.SNOOZED)


def keep(conversation_id: int, *, now: datetime, book: Book | None = None) -> None:
    """Bring the clocks of a conversation up to its rows, and act on what is due."""
    running = Clock.objects.filter(conversation=conversation_id, ended_at__isnull=True)
    if not running.exists() and not promised.promises_anything():
        return
    with transaction.atomic():
        _keep(lifecycle.lock(conversation_id), book or Book(), now)


def _keep(conversation: Conversation, book: Book, now: datetime) -> None:
    marks = _story(conversation)
    state, place = owed(marks), promised.place_of(conversation)
    _begin_shown(conversation, marks, place, book)
    for clock in _open_clocks(conversation):
        _recount(clock, book)
        end = end_of(marks, clock.turn, settles=_settles(clock), may_stay=_may_stay(clock))
        if end is not None:
            _end(clock, end, book, now)
        elif conversation.state != State.CLOSED:
            _follow(clock, conversation, state, place, book, now)
    if conversation.state in OWING:
        for kind, mark, terms in _wanted(state, place, book):
            _begin(conversation, kind, mark, terms, place, book)
    _act(conversation, book, now)
    _end_closed_over(conversation)
    write_due(conversation.pk, now=now)


def _story(conversation: Conversation) -> list[Mark]:
    """Its marks; a closed one ends with its closing, whoever closed it and whatever he said of it."""
    marks = marks_of(conversation.pk)
    if conversation.closed_at is not None and (not marks or marks[-1].did not in CLOSINGS):
        did = _did(AuthorKind.SYSTEM, conversation.closed_by, conversation.close_reason)
        marks.append(Mark(conversation.seq + 1, conversation.closed_at, did))
    return marks


def marks_of(conversation_id: int) -> list[Mark]:
    """The story of a conversation. Notes, bots and system lines are none of it (``promised.by_people``)."""
    closings = Q(author_kind=AuthorKind.SYSTEM) & (Q(code__startswith="closed") | Q(code=_LEFT))
    found = Message.objects.filter(promised.by_people() | closings | Q(author_kind=AuthorKind.CUSTOMER))
    rows = found.filter(conversation=conversation_id).order_by("seq")
    return [Mark(seq, at, _did(*how)) for seq, at, *how in rows.values_list(*_MARK)]


_MARK = ("seq", "at", "author_kind", "params__by", "code")
_LEFT: str = CloseReason.CONTACT_LEFT  # also the line in the thread


def _did(author_kind: str, closed_by: str | None, code: str) -> Did:
    if author_kind == AuthorKind.CUSTOMER:
        return Did.ASKS
    if author_kind == AuthorKind.OPERATOR:
        return Did.ANSWERS
    if code == _LEFT:
        return Did.LEAVES_CONTACT
    return Did.CLOSES_HIMSELF if closed_by == ActorKind.CUSTOMER else Did.CLOSES


def _open_clocks(conversation: Conversation) -> list[Clock]:
    found = Clock.objects.filter(conversation=conversation, ended_at__isnull=True)
    return list(found.select_related("promise", "policy", "showing").order_by("pk"))


def _settles(clock: Clock) -> bool:
    if clock.showing is not None:
        return clock.showing.what == Promise.What.RESOLUTION
    return clock.kind == ClockKind.RESOLUTION


def _may_stay(clock: Clock) -> bool:
    """Whether its turn may be closed without an answer: a policy may say so of a last word after an answer."""
    return clock.kind == ClockKind.NEXT and clock.policy is not None and clock.policy.last_word_may_stay


def _hours(clock: Clock, book: Book) -> Opening | None:
    """Of a public promise those of the line whose promise was shown: rules and transfers do not put it off."""
    if not clock.business_hours:
        return None
    return book.hours((clock.showing.line_id if clock.showing else None) or clock.line_id)


# --- begins ---------------------------------------------------------------------------------------------


def _begin_shown(conversation: Conversation, marks: Sequence[Mark], place: Place, book: Book) -> None:
    """The clocks of what was shown, of every turn: one that was answered or closed before anybody looked is late or
    in time as if it had been seen at once. Once it came to a line no bot puts them off."""
    shown = {each.seq: each for each in Showing.objects.filter(conversation=conversation)}
    if not shown or conversation.state == State.NEW:
        return
    if conversation.state not in OWING and not QueueEntry.objects.filter(conversation=conversation).exists():
        return
    begun = Clock.objects.filter(conversation=conversation, kind=ClockKind.PROMISE)
    known = set(begun.values_list("turn", flat=True))
    for turn in turns(marks):
        showing = shown.get(turn.began.seq)
        if showing is None or turn.asked.seq in known or not _is_promised(turn, showing.what):
            continue
        terms = promised.shown_terms(showing)
        clock = _begin(conversation, ClockKind.PROMISE, turn.asked, terms, place, book, showing)
        if clock and (because := _excluded_by(conversation, turn, showing, book)):
            _cancel(clock, because, clock.started_at)


def _is_promised(turn: Turn, what: str) -> bool:
    return {
        Promise.What.FIRST: turn.is_first,
        Promise.What.EVERY: True,
        Promise.What.RESOLUTION: turn.asked == turn.began,
    }[Promise.What(what)]


def _excluded_by(conversation: Conversation, turn: Turn, showing: Showing, book: Book) -> str:
    """Of all exclusions two are asked when he writes: force majeure, and how many requests he began that day.

    The others decide whether it is shown.
    """
    if book.is_suspended(showing.promise_id, turn.asked.at, turn.asked.at):
        return CancelReason.FORCE_MAJEURE
    most, began = showing.requests_a_day, turn.began.at
    others = promised.requests_before(conversation.customer_id, began, but=conversation.pk) if most else 0
    return "" if most is None or others < most else CancelReason.TOO_MANY


def _wanted(state: Owed, place: Place, book: Book) -> Iterator[tuple[str, Mark, Terms]]:
    """What has to have a clock by a policy: the turn that is not answered, and the request that is not settled."""
    answers = ClockKind.FIRST if state.is_first else ClockKind.NEXT
    for kind, mark in ((answers, state.asked), (ClockKind.RESOLUTION, state.began)):
        terms = promised.policy_terms(kind, place, book) if mark else None
        if mark and terms:
            yield kind, mark, terms


def lacks_answer_clock(conversation: Conversation, book: Book) -> bool:
    """Whether a policy promises an answer to the turn that is owed, and no clock was begun for it."""
    state, place = owed(_story(conversation)), promised.place_of(conversation)
    wanted = _wanted(state, place, book)
    turns = [(kind, mark.seq) for kind, mark, _terms in wanted if kind in (ClockKind.FIRST, ClockKind.NEXT)]
    begun = Clock.objects.filter(conversation=conversation)
    return any(not begun.filter(kind=kind, turn=turn).exists() for kind, turn in turns)


def _begin(
    conversation: Conversation,
    kind: str,
    mark: Mark,
    terms: Terms,
    place: Place,
    book: Book,
    showing: Showing | None = None,
) -> Clock | None:
    """The clock of a turn, unless there is one; what had no policy for a while goes on where it stopped."""
    known = Clock.objects.filter(conversation=conversation, kind=kind, turn=mark.seq).first()
    if known is not None and known.cancelled_because != CancelReason.NO_POLICY:
        return None
    began = max(mark.at, terms.since) if showing is not None else _owed_since(conversation, mark, terms)
    clock = known or Clock(
        conversation=conversation, kind=kind, turn=mark.seq, started_at=began, showing=showing
    )
    _run(clock, terms, place, book)
    clock.save()
    return clock


def _run(clock: Clock, terms: Terms, place: Place, book: Book) -> None:
    """From where it stopped, or from its beginning, by the terms of the place."""
    clock.state, clock.cancelled_because = ClockState.RUNNING, ""
    clock.resumed_at, clock.ended_at = (clock.ended_at or clock.started_at), None
    _take(clock, terms, place)
    _count(clock, book)


def foresee(place: Place, *, at: datetime, book: Book, shown: Showing | None = None) -> list[Clock]:
    """The clocks that a new customer's first message would begin there at that moment; none is stored.

    ``shown``: what the chat says to him before.
    """
    wanted = [
        (kind, terms, None) for kind, _mark, terms in _wanted(owed([Mark(1, at, Did.ASKS)]), place, book)
    ]
    promises = [(ClockKind.PROMISE, promised.shown_terms(shown), shown)] if shown else []
    found = []
    for kind, terms, showing in (*wanted, *promises):
        clock = Clock(kind=kind, turn=1, started_at=max(at, terms.since), showing=showing)
        _run(clock, terms, place, book)
        found.append(clock)
    return found


def _owed_since(conversation: Conversation, mark: Mark, terms: Terms) -> datetime:
    """Of a policy: not before a bot handed it over, if one had it. What a bot talks is not the line's time."""
    moves = Event.objects.filter(
        subject_kind="conversation",
        subject_id=conversation.pk,
        kind="conversation.moved",
        details__state_from=State.BOT,
    )
    left_by_bot = moves.order_by("-pk").values_list("at", flat=True).first()
    return max(mark.at, terms.since, left_by_bot or mark.at)


def _take(clock: Clock, terms: Terms, place: Place) -> None:
    """Terms of a place; the clock keeps them whatever becomes of the policy."""
    clock.policy_id, clock.promise_id = terms.policy, terms.promise
    clock.seconds, clock.business_hours = terms.seconds, terms.business_hours
    clock.pause, clock.warn_percent = terms.pause, terms.warn_percent
    clock.line_id, clock.channel_id, clock.category_id = place.line, place.channel, place.category


def _count(clock: Clock, book: Book) -> None:
    hours = _hours(clock, book)
    clock.due_at = clock.run.due(hours)
    clock.warn_at = clock.run.warning(clock.warn_percent, hours)


# --- runs, stands still, moves ---------------------------------------------------------------------------


def _recount(clock: Clock, book: Book) -> None:
    """The hours of its line may have been edited: what runs is due by those of now."""
    if clock.state != ClockState.RUNNING:
        return
    before = (clock.due_at, clock.warn_at)
    _count(clock, book)
    if before != (clock.due_at, clock.warn_at):
        clock.save(update_fields=["due_at", "warn_at"])


def _follow(
    clock: Clock, conversation: Conversation, state: Owed, place: Place, book: Book, now: datetime
) -> None:
    """A clock that has not ended: another place has other terms, and settling may have to wait."""
    if clock.state == ClockState.BROKEN:
        return
    if clock.policy_id is not None and clock.place != place:
        _move(clock, place, book, _moved_at(conversation, now))
    if clock.state in (ClockState.RUNNING, ClockState.PAUSED) and _settles(clock):
        _pause_or_run(clock, conversation, state, book, now)


def _moved_at(conversation: Conversation, now: datetime) -> datetime:
    entries = QueueEntry.objects.filter(conversation=conversation).order_by("-pk")
    entered = entries.values_list("entered_at", flat=True).first()
    return min(entered or now, now)


def _move(clock: Clock, place: Place, book: Book, moved_at: datetime) -> None:
    """The terms of where it stands now. What has run stays run: who was sent on does not wait from the start.

    A public promise does not come here: what was said to the customer holds wherever he is sent.
    """
    _bank(clock, moved_at, book)
    terms = promised.policy_terms(clock.kind, place, book)
    if terms is None:
        clock.line_id, clock.channel_id, clock.category_id = place.line, place.channel, place.category
        _cancel(clock, CancelReason.NO_POLICY, moved_at)
        return
    if terms.policy != clock.policy_id:
        _take(clock, terms, place)
    else:
        clock.line_id, clock.channel_id, clock.category_id = place.line, place.channel, place.category
    _count(clock, book)
    clock.save()


def _bank(clock: Clock, moment: datetime, book: Book) -> None:
    """Count what has run by the hours it ran in."""
    if clock.state == ClockState.RUNNING and clock.resumed_at is not None:
        moment = max(moment, clock.resumed_at)
        clock.spent = clock.run.spent_at(moment, _hours(clock, book))
        clock.resumed_at = moment


def _pause_or_run(clock: Clock, conversation: Conversation, state: Owed, book: Book, now: datetime) -> None:
    waits = _waits_for_customer(clock, conversation, state)
    if waits and clock.state == ClockState.RUNNING and clock.resumed_at is not None:
        since = conversation.state_since if state.asked or state.answered is None else state.answered.at
        if clock.due_at is not None and clock.due_at < since:
            return  # broken before anybody waited
        clock.spent = clock.run.paused(max(since, clock.resumed_at), _hours(clock, book)).spent
        clock.state, clock.resumed_at = ClockState.PAUSED, None
    elif not waits and clock.state == ClockState.PAUSED:
        clock.state = ClockState.RUNNING
        clock.resumed_at = min(now, state.asked.at if state.asked else conversation.state_since)
    else:
        return
    _count(clock, book)
    clock.save()


def _waits_for_customer(clock: Clock, conversation: Conversation, state: Owed) -> bool:
    """Never while he waits for us: putting aside what nobody has answered would be a way out."""
    if clock.pause == Pause.NEVER or state.asked is not None:
        return False
    return clock.pause == Pause.ANSWERED or conversation.state == State.SNOOZED


# --- ends -----------------------------------------------------------------------------------------------


def _end(clock: Clock, end: Mark, book: Book, now: datetime) -> None:
    """Answered, settled, or waited for no longer: kept when it was in time, broken when it was not."""
    if clock.state == ClockState.RUNNING and clock.due_at is not None and clock.due_at < end.at:
        _break(clock, book, now)
    is_met = end.did == Did.ANSWERS or (_settles(clock) and end.did != Did.LEAVES_CONTACT)
    clock.ended_at = end.at
    if is_met:
        clock.met_at, clock.taken = end.at, clock.run.spent_at(end.at, _hours(clock, book))
    if clock.state == ClockState.BROKEN:
        clock.save()
        ledger.complete(clock)
        return
    if clock.state == ClockState.CANCELLED:
        return
    if is_met:
        clock.state = ClockState.KEPT
        clock.save()
    else:
        _cancel(clock, _BECAUSE[end.did], end.at)


_BECAUSE = {
    Did.CLOSES: CancelReason.CLOSED,
    Did.CLOSES_HIMSELF: CancelReason.CLOSED_BY_CUSTOMER,
    Did.LEAVES_CONTACT: CancelReason.CONTACT_LEFT,
}


def _end_closed_over(conversation: Conversation) -> None:
    """What was broken and closed by the house without an answer waits for none any more; the proof names the closing.

    What is closed before its moment runs on: until then it may be opened again and answered in time.
    """
    if conversation.closed_at is None:
        return
    for clock in _open_clocks(conversation):
        if clock.state == ClockState.BROKEN and clock.broken_at is not None:
            clock.ended_at = max(conversation.closed_at, clock.broken_at)
            clock.save(update_fields=["ended_at"])
            ledger.note_closing(clock, conversation.closed_at)


def _cancel(clock: Clock, because: str, at: datetime) -> None:
    clock.state, clock.cancelled_because, clock.ended_at = ClockState.CANCELLED, because, at
    clock.save()


def _break(clock: Clock, book: Book, now: datetime) -> None:
    """Its time has passed; of a public promise that owes the customer something."""
    assert clock.due_at is not None
    if clock.promise_id is not None and book.is_suspended(clock.promise_id, clock.started_at, clock.due_at):
        _cancel(clock, CancelReason.FORCE_MAJEURE, clock.due_at)
        return
    clock.state, clock.broken_at = ClockState.BROKEN, clock.due_at
    clock.save()
    consequences.announce_broken(clock, now=now)
    if clock.promise_id is not None:
        ledger.owe(clock, now=now)


def _act(conversation: Conversation, book: Book, now: datetime) -> None:
    """What is due now, unanswered: broken with its consequences, or warned of once."""
    for clock in _open_clocks(conversation):
        if clock.state != ClockState.RUNNING or clock.due_at is None:
            continue
        if clock.due_at + GRACE <= now:
            _break(clock, book, now)
            if clock.state == ClockState.BROKEN:
                consequences.after_breach(conversation, clock, now=now)
        elif clock.warn_at is not None and clock.warn_at <= now and clock.warned_at is None:
            clock.warned_at = now
            clock.save(update_fields=["warned_at"])
            consequences.after_warning(conversation, clock, now=now)


# --- what the line is ordered by --------------------------------------------------------------------------


def write_due(conversation_id: int, *, now: datetime) -> None:
    """The nearest deadline that is not met, on the open stay: the order of the line reads it there."""
    entry = QueueEntry.objects.filter(conversation=conversation_id, left_at__isnull=True).first()
    if entry is None:
        return
    nearest = nearest_due(Clock.objects.filter(conversation=conversation_id, ended_at__isnull=True))
    if entry.due_at != nearest:
        entry.due_at = nearest
        entry.save(update_fields=["due_at"])
        announce(TurnDue(conversation=conversation_id, due_at=nearest), actor=SYSTEM, now=now)


def nearest_due(clocks: Iterable[Clock]) -> datetime | None:
    """The first moment at which one of them is due."""
    return min((each.due_at for each in clocks if each.due_at is not None), default=None)


# --- sweeps ---------------------------------------------------------------------------------------------


def due(*, now: datetime, limit: int) -> Sequence[int]:
    """Conversations with a clock that is due, or that is to be warned of."""
    running = Clock.objects.filter(state=ClockState.RUNNING)
    broken = running.filter(due_at__lte=now - GRACE).order_by("due_at")
    warned = running.filter(warn_at__lte=now, warned_at__isnull=True).order_by("warn_at")
    numbers = [
        pk for found in (broken, warned) for pk in found.values_list("conversation", flat=True)[:limit]
    ]
    return sorted(set(numbers))
