"""What came out of the demo bank's busy days, written at once: thousands of rows in a few statements."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from apps.analytics.replay.dialogues import Dialogue, load
from apps.analytics.whatif.cases import Case
from apps.analytics.whatif.simulator import Simulation
from apps.conversations.events import ConversationMoved
from apps.conversations.models import (
    AuthorKind,
    Conversation,
    Customer,
    Identity,
    Message,
    Participant,
    Role,
    State,
    Verification,
)
from apps.core.actors import Actor, ActorKind
from apps.core.events import DomainEvent
from apps.core.models import Event
from apps.operators.events import PresenceChanged
from apps.operators.models import Presence
from apps.routing.matching import pool
from apps.routing.matching.pool import UNIT
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    Clock,
    ClockKind,
    ClockState,
    EntryReason,
    LeavingReason,
    QueueEntry,
    Stage,
)

BATCH = 2000
FIRST_NAMES = (
    *(
        "Алексей",
        "Андрей",
        "Антон",
        "Виктор",
        "Глеб",
        "Денис",
        "Егор",
        "Иван",
        "Илья",
        "Кирилл",
        "Максим",
        "Никита",
    ),
    *("Олег", "Пётр", "Руслан", "Степан", "Фёдор", "Юрий", "Ярослав", "Тигран"),
)
LAST_NAMES = (
    *("Абрамов", "Белов", "Воронин", "Гусев", "Дорохов", "Ефимов", "Жданов", "Зимин", "Исаев", "Комаров"),
    *("Лапин", "Медведев", "Носов", "Орехов", "Панин", "Рябов", "Савин", "Третьяков", "Уваров", "Юдин"),
)
STATES = {"": Presence.State.ONLINE, pool.BREAK: Presence.State.BREAK, pool.OFFLINE: Presence.State.OFFLINE}


@dataclass(frozen=True)
class Lived:
    """One conversation of those days with its row, and the turns of a dialogue that lend it their words."""

    case: Case
    row: Conversation
    words: tuple[str, str, str]

    @property
    def ended(self) -> datetime:
        return self.row.closed_at or self.row.state_since

    @property
    def taken(self) -> datetime | None:
        return self.case.outcome.taken


def write(simulation: Simulation) -> int:
    """Everything that was answered or given up, and who was at work; returns how many conversations."""
    cases = [case for case in simulation.cases if case.outcome.closed or case.outcome.gave_up]
    lived = _conversations(cases)
    Message.objects.bulk_create((row for each in lived for row in _messages(each)), batch_size=BATCH)
    stays = [_stays(each) for each in lived]
    QueueEntry.objects.bulk_create((stay for own in stays for stay in own), batch_size=BATCH)
    answered = [(each, own[-1]) for each, own in zip(lived, stays, strict=True) if each.taken]
    Assignment.objects.bulk_create((_assignment(simulation, *each) for each in answered), batch_size=BATCH)
    Participant.objects.bulk_create((_part(each) for each, _stay in answered), batch_size=BATCH)
    Clock.objects.bulk_create((row for each in lived for row in _clocks(simulation, each)), batch_size=BATCH)
    Event.objects.bulk_create(
        [*_presence(simulation), *map(_closing, filter(_gave_up, lived))], batch_size=BATCH
    )
    return len(lived)


def _gave_up(each: Lived) -> bool:
    return each.taken is None


# --- customers and what was said ------------------------------------------------------------------------------


def _conversations(cases: Sequence[Case]) -> list[Lived]:
    chance = random.Random(len(cases))  # noqa: S311 - a repeatable demo, not a secret
    said = [words for dialogue in load() if dialogue.language == "ru" and (words := _words(dialogue))]
    identities = _identities(cases)
    turn = dict.fromkeys(identities, 0)
    found = []
    for case in cases:
        channel = channel_of(case)
        own = identities[channel]
        identity = own[turn[channel] % len(own)]
        turn[channel] += 1
        words = chance.choice(said)
        found.append(Lived(case, _conversation(case, identity, words), words))
    Conversation.objects.bulk_create((each.row for each in found), batch_size=BATCH)
    return found


def channel_of(case: Case) -> int:
    return case.arrival.facts.channel or 0


def _words(dialogue: Dialogue) -> tuple[str, str, str] | None:
    """A question and two answers."""
    asked = [turn.text for turn in dialogue.turns if turn.who == "customer"]
    answers = [turn.text for turn in dialogue.turns if turn.who == "operator"]
    return (asked[0], answers[0], answers[-1]) if asked and len(answers) > 1 else None


def _identities(cases: Sequence[Case]) -> dict[int, list[Identity]]:
    """Customers of each channel; so many that none of them has two questions at a time."""
    since = cases[0].arrival.at - timedelta(days=30)
    channels = {channel_of(case): case.arrival.kind for case in cases}
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    found: dict[int, list[Identity]] = {}
    for place, (channel, kind) in enumerate(sorted(channels.items())):
        own = names[place::2]
        people = Customer.objects.bulk_create(Customer(name=name, created_at=since) for name in own)
        verified = Verification.SIGNED if kind == "app" else Verification.ANONYMOUS
        found[channel] = Identity.objects.bulk_create(
            Identity(
                customer=person,
                channel_id=channel,
                external_id=f"busy-{person.pk}",
                name=person.name,
                verification=verified,
                created_at=since,
            )
            for person in people
        )
    return found


def _conversation(case: Case, identity: Identity, words: tuple[str, str, str]) -> Conversation:
    outcome, count = case.outcome, 3 if case.outcome.answered else 1
    ended = outcome.closed or outcome.gave_up or outcome.arrived
    last_at = _second_answer(case) if outcome.answered else outcome.arrived
    return Conversation(
        customer_id=identity.customer_id,
        identity=identity,
        channel_id=identity.channel_id,
        line_id=case.line,
        requested_line_id=case.arrival.facts.topic,
        state=State.CLOSED,
        state_since=ended,
        opened_at=outcome.arrived,
        closed_at=ended,
        closed_by=ActorKind.STAFF if outcome.closed else ActorKind.CUSTOMER,
        seq=count,
        rev=count + 1,
        last_at=last_at,
        last_text=words[count - 1][:160],
        last_author=AuthorKind.OPERATOR if outcome.answered else AuthorKind.CUSTOMER,
        first_answer_at=outcome.answered,
        staff_read_seq=count,
        customer_delivered_seq=count,
        customer_read_seq=count,
    )


def _second_answer(case: Case) -> datetime:
    """In the middle of what was left."""
    outcome = case.outcome
    assert outcome.answered is not None
    assert outcome.closed is not None
    return outcome.answered + (outcome.closed - outcome.answered) / 2


def _messages(each: Lived) -> Iterator[Message]:
    outcome = each.case.outcome
    common = {"conversation": each.row, "identity_id": each.row.identity_id}
    yield Message(
        **common, seq=1, rev=1, author_kind=AuthorKind.CUSTOMER, text=each.words[0], at=outcome.arrived
    )
    if outcome.answered is None:
        return
    for seq, at in ((2, outcome.answered), (3, _second_answer(each.case))):
        yield Message(
            **common,
            seq=seq,
            rev=seq,
            author_kind=AuthorKind.OPERATOR,
            author_id=outcome.operator,
            text=each.words[seq - 1],
            at=at,
        )


# --- lines and operators ------------------------------------------------------------------------------------


def _stays(each: Lived) -> list[QueueEntry]:
    """One for each line in which it stood."""
    places = each.case.places
    found = [
        _stay(each, line, since, until, LeavingReason.OVERFLOW)
        for (since, line), (until, _next) in pairwise(places)
    ]
    since, line = places[-1]
    left = LeavingReason.ASSIGNED if each.taken else LeavingReason.CLOSED
    found.append(_stay(each, line, since, each.taken or each.ended, left))
    for later in found[1:]:
        later.reason = EntryReason.OVERFLOW
    return found


def _stay(each: Lived, line: int, since: datetime, until: datetime, left: str) -> QueueEntry:
    return QueueEntry(
        conversation=each.row,
        queue_id=line,
        reason=EntryReason.PLACED,
        entered_at=since,
        waiting_since=each.case.outcome.arrived,
        stage=Stage.LEFT,
        left_at=until,
        left_reason=left,
    )


def _assignment(simulation: Simulation, each: Lived, stay: QueueEntry) -> Assignment:
    outcome, terms = each.case.outcome, simulation.lines[each.case.line].terms
    assert outcome.taken is not None
    assert outcome.operator is not None
    asked = terms.accept_seconds if terms.offers else 0
    reaction = timedelta(seconds=each.case.arrival.handling.reactions[0].seconds if asked else 0)
    started = max(stay.entered_at, outcome.taken - reaction)
    return Assignment(
        conversation=each.row,
        operator_id=outcome.operator,
        queue_id=each.case.line,
        entry=stay,
        kind=each.case.arrival.kind,
        units=Decimal(each.case.arrival.units) / UNIT,
        reason=AssignmentReason.OFFERED if terms.offers else AssignmentReason.ACCEPTED,
        started_at=started,
        offer_until=started + timedelta(seconds=asked) if asked else None,
        accepted_at=outcome.taken,
        ended_at=each.ended,
        end_reason=AssignmentEnd.CLOSED,
    )


def _part(each: Lived) -> Participant:
    outcome = each.case.outcome
    assert outcome.operator is not None
    assert outcome.taken is not None
    return Participant(
        conversation=each.row,
        user_id=outcome.operator,
        role=Role.HOLDER,
        since=outcome.taken,
        until=each.ended,
    )


def _clocks(simulation: Simulation, each: Lived) -> Iterator[Clock]:
    """The promise of a first answer, kept or broken; who gave up in time was promised nothing."""
    case, outcome, promised = each.case, each.case.outcome, simulation.day.promised
    policy = promised.policy(case, ClockKind.FIRST, outcome.arrived)
    running = promised.running(case, ClockKind.FIRST, policy, outcome.arrived) if policy else None
    ended = outcome.answered or outcome.gave_up
    if running is None or running.due is None or ended is None:
        return
    is_broken = ended > running.due
    if not is_broken and outcome.answered is None:
        return
    yield Clock(
        conversation=each.row,
        kind=ClockKind.FIRST,
        turn=1,
        policy=running.policy,
        line_id=case.line,
        channel_id=each.row.channel_id,
        seconds=running.policy.first_seconds or 0,
        business_hours=running.policy.business_hours,
        pause=running.policy.pause,
        warn_percent=running.policy.warn_percent,
        state=ClockState.BROKEN if is_broken else ClockState.KEPT,
        started_at=outcome.arrived,
        resumed_at=running.run.resumed_at,
        spent=running.run.spent,
        due_at=running.due,
        warn_at=running.warning,
        broken_at=running.due if is_broken else None,
        met_at=outcome.answered,
        ended_at=ended,
        taken=running.run.spent_at(ended, running.hours) if outcome.answered else None,
    )


# --- the log ------------------------------------------------------------------------------------------------


def _presence(simulation: Simulation) -> Iterable[Event]:
    """Who came, had a break and left, in the order in which it happened."""
    changes = []
    for staffer in simulation.day.staff:
        for (_at, before), (at, now) in pairwise(staffer.presence):
            event = PresenceChanged(
                operator=staffer.id, state_from=STATES[before], state=STATES[now], reason=None
            )
            changes.append((at, staffer.id, _written(event, Actor.staff(staffer.id), at)))
    return [row for _at, _operator, row in sorted(changes, key=lambda each: each[:2])]


def _closing(each: Lived) -> Event:
    """The customer closed it himself while he waited."""
    line = each.case.line
    event = ConversationMoved(
        conversation=each.row.pk,
        rev=each.row.rev,
        state_from=State.QUEUED,
        state=State.CLOSED,
        line_from=line,
        line=line,
        holder_from=None,
        holder=None,
    )
    return _written(event, Actor.customer(each.row.identity_id), each.ended)


def _written(event: DomainEvent, actor: Actor, at: datetime) -> Event:
    """The row alone: of what is long over nobody is told."""
    return Event(
        kind=event.kind,
        subject_kind=event.subject_kind,
        subject_id=event.subject(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=at,
        details=event.details(),
    )
