"""A large house for the dispatcher's bench: 50 lines, 400 operators at work, and conversations that wait."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Customer, Identity, State
from apps.core.actors import SYSTEM
from apps.core.models import User
from apps.operators.models import (
    LineSkill,
    Offering,
    Operator,
    Policy,
    Presence,
    Queue,
    QueueMembership,
    Skill,
    SkillLevel,
)
from apps.routing.models import EntryReason, QueueEntry, Stage
from apps.routing.services import dispatch, publishing

OPERATORS, LINES, WAITING = 400, 50, 1000
CAPACITY = 5
LINES_EACH = 3
MARK = "routebench"


@transaction.atomic
def furnish(*, now: datetime) -> None:
    """Lines of every policy that give without asking, a fifth of them with a skill; everybody is at work."""
    dice = random.Random(7)  # noqa: S311 - the same house each time
    Queue.objects.exclude(name__startswith=MARK).update(offering=Offering.PULL)
    skill, _made = Skill.objects.get_or_create(name=MARK)
    lines = Queue.objects.bulk_create([_line(number) for number in range(LINES)])
    LineSkill.objects.bulk_create([LineSkill(queue=line, skill=skill, level=3) for line in lines[::5]])
    users = User.objects.bulk_create([User(username=f"{MARK}-{number}") for number in range(OPERATORS)])
    operators = Operator.objects.bulk_create(
        [Operator(user=user, public_name=user.username, capacity=CAPACITY) for user in users]
    )
    began = now - timedelta(hours=1)
    online = Presence.State.ONLINE
    Presence.objects.bulk_create([Presence(operator=each, state=online, since=began) for each in operators])
    SkillLevel.objects.bulk_create(
        [SkillLevel(operator=each, skill=skill, level=dice.randint(2, 5)) for each in operators]
    )
    QueueMembership.objects.bulk_create(
        [QueueMembership(queue=line, operator=each) for each in operators for line in _lines_of(dice, lines)]
    )
    publishing.publish(actor=SYSTEM, now=now)


def _line(number: int) -> Queue:
    policies = Policy.values
    return Queue(
        name=f"{MARK} {number}",
        offering=Offering.AUTOMATIC,
        accept_seconds=0,
        prefers_last_seconds=0,
        idle_minutes=0,
        priority=number % 5,
        policy=policies[number % len(policies)],
    )


def _lines_of(dice: random.Random, lines: list[Queue]) -> list[Queue]:
    return dice.sample(lines, LINES_EACH)


def fill(*, now: datetime, full: bool = False) -> None:
    """Everybody is free and 20 wait in each line; with ``full`` everybody holds his capacity besides."""
    _clear()
    if full:
        _wait(OPERATORS * CAPACITY, now=now)
        while dispatch.dispatch(now=now):
            # Lines that many could serve are empty by now, others are not: each begins with its share.
            _put_away()
            _wait(WAITING, now=now)
    else:
        _wait(WAITING, now=now)
    with connection.cursor() as cursor:
        # What autovacuum would do while a real day goes by.
        for table in ("conversations_conversation", "routing_queueentry", "routing_assignment"):
            cursor.execute(f"VACUUM ANALYZE {table}")


@transaction.atomic
def _clear() -> None:
    """Nobody holds anything and nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_assignment SET ended_at = now(), end_reason = 'closed' WHERE ended_at IS NULL"
        )
        cursor.execute("UPDATE conversations_participant SET until = now() WHERE until IS NULL")
        cursor.execute(
            "UPDATE conversations_conversation SET state = 'closed', holder_id = NULL, closed_at = now()"
            " WHERE state = 'assigned'"
        )
    _put_away()


@transaction.atomic
def _put_away() -> None:
    """Nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_queueentry SET left_at = now(), left_reason = 'closed', stage = 'left'"
            " WHERE left_at IS NULL"
        )
        cursor.execute(
            "UPDATE conversations_conversation SET state = 'closed', closed_at = now() WHERE state = 'queued'"
        )


def _wait(number: int, *, now: datetime) -> None:
    """So many customers more wait, as many in each of the lines."""
    lines = list(Queue.objects.filter(name__startswith=MARK).values_list("pk", flat=True))
    arrive([lines[place % len(lines)] for place in range(number)], now=now)


@transaction.atomic
def arrive(lines: Sequence[int], *, now: datetime) -> None:
    """Somebody new waits in each of these lines; some have waited longer than others."""
    dice = random.Random(len(lines))  # noqa: S311 - the same crowd each time
    channel, _made = Channel.objects.get_or_create(name=MARK, defaults={"kind": "web"})
    customers = Customer.objects.bulk_create([Customer(name=MARK, created_at=now) for _each in lines])
    identities = Identity.objects.bulk_create(
        [
            Identity(customer=each, channel=channel, external_id=f"{MARK}-{each.pk}", created_at=now)
            for each in customers
        ]
    )
    made = Conversation.objects.bulk_create(
        [_conversation(each, channel, line, now) for each, line in zip(identities, lines, strict=True)]
    )
    QueueEntry.objects.bulk_create([_entry(each, dice, now) for each in made])


def _conversation(by: Identity, channel: Channel, line: int, now: datetime) -> Conversation:
    return Conversation(
        customer_id=by.customer_id,
        identity=by,
        channel=channel,
        line_id=line,
        state=State.QUEUED,
        state_since=now,
        opened_at=now,
        last_at=now,
        awaiting_since=now,
    )


def _entry(conversation: Conversation, dice: random.Random, now: datetime) -> QueueEntry:
    return QueueEntry(
        conversation=conversation,
        queue_id=conversation.line_id,
        reason=EntryReason.PLACED,
        entered_at=now,
        stage=Stage.WAITING,
        waiting_since=now - timedelta(seconds=dice.randint(0, 600)),
        rank=dice.choice((0, 0, 0, 10)),
    )


def waiting() -> int:
    """How many wait in lines that offer."""
    return QueueEntry.objects.filter(stage=Stage.WAITING, queue__name__startswith=MARK).count()


def held() -> list[Conversation]:
    """Conversations in work, with their customers."""
    found = Conversation.objects.filter(state=State.ASSIGNED, line__name__startswith=MARK)
    return list(found.select_related("identity").order_by("pk"))


def most_over_capacity() -> int:
    """How many operators hold more than they may at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT a.operator_id FROM routing_assignment a"
            " JOIN operators_operator o ON o.user_id = a.operator_id"
            " WHERE a.ended_at IS NULL AND a.freed_at IS NULL"
            " GROUP BY a.operator_id, o.capacity HAVING sum(a.units) > o.capacity) AS over"
        )
        return int(cursor.fetchone()[0])
