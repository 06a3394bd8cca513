"""Escalation by rule: from the first line to the second, to one person, or up in the line. Once, with a record.

What is found by time, category or verification is looked for every two seconds. Words are found by following the
log, so that no message is passed by: what is kept is that a rule was met by a message, never which word it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Right, State, Verification
from apps.conversations.services import lifecycle, timeline
from apps.core import log
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.core.events import announce
from apps.core.locks import only_one
from apps.core.log import Position
from apps.core.models import User
from apps.operators.models import Operator, Queue
from apps.routing.events import ConversationEscalated
from apps.routing.models import BotStay, EntryReason, Escalation, EscalationRun, KeptReason, QueueEntry
from apps.routing.services import hours, sending
from apps.routing.services.steps import Keeping

BATCH = 200
EVENTS_AT_ONCE = 1000
CURSOR = "escalation.words"
When, Act, Outcome = Escalation.When, Escalation.Act, EscalationRun.Outcome
# While a bot has it, it has seconds of its own, and stands in no line in which it could rise.
WITH_BOT = (When.WORDS, When.CATEGORY)
NOT_HELD = (State.QUEUED, State.BOT)
HELD_OR_WAITING = (State.QUEUED, State.ASSIGNED)
IN_HAND = (*HELD_OR_WAITING, State.BOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A conversation as rules see it. ``rank``: of its stay in a line, None while it stands in none; ``said``:
    numbers of the rules whose words its customer used.
    """

    state: str
    line: int
    channel: int
    awaiting_since: datetime | None
    is_trusted: bool
    holder: int | None = None
    category: int | None = None
    rank: int | None = None
    said: frozenset[int] = frozenset()


def wants(rule: Escalation, case: Case, *, now: datetime) -> bool:
    """Whether the rule wants this conversation to go on now.

    By category only while nobody of us holds it, by verification only from the line.
    """
    if case.state not in IN_HAND or rule.queue_id not in (None, case.line):
        return False
    if case.state == State.BOT and not _finds_with_bot(rule):
        return False
    if rule.when == When.WORDS:
        return rule.pk in case.said
    if rule.when == When.UNANSWERED:
        waited = now - case.awaiting_since if case.awaiting_since else None
        return waited is not None and waited >= timedelta(seconds=rule.seconds or 0)
    if rule.when == When.CATEGORY:
        return case.state in NOT_HELD and case.category == rule.category_id
    return case.state == State.QUEUED and not case.is_trusted


def _finds_with_bot(rule: Escalation) -> bool:
    """Whether what a bot has may go on by it."""
    return rule.when in WITH_BOT and rule.act != Act.RAISE


def obstacle(rule: Escalation, case: Case) -> str:
    """ "" or the code why what the rule wants is not possible."""
    if rule.act == Act.RAISE:
        return "" if sending.rises(case.rank, rule.rank or 0) else "not_waiting"
    line = rule.to_queue_id or case.line
    if rule.act == Act.OPERATOR and rule.to_operator_id is not None:
        if case.holder == rule.to_operator_id:
            return "same_holder"
        if not _may_answer(rule.to_operator_id, line, case.channel):
            return "no_right"
    return sending.obstacle(line, state=case.state, stands_in=case.line, keeps=rule.act == Act.OPERATOR)


def escalate(*, now: datetime) -> int:
    """Whatever a rule wants to go on now; returns how many conversations went."""
    gone = 0
    for rule in Escalation.objects.filter(is_active=True):
        numbers = list(_met(rule, now).order_by("pk").values_list("pk", flat=True)[:BATCH])
        gone += sum(each_alone(f"escalation by rule {rule.pk}", partial(apply, rule, now=now), numbers))
    return gone


def _met(rule: Escalation, now: datetime) -> QuerySet[Conversation]:
    """Conversations that the rule may want, found by indexes; ``wants`` decides of each under its lock."""
    runs = EscalationRun.objects.filter(rule=rule, conversation=OuterRef("pk"))
    # What no rule of its kind touches must not stand in front of what it wants.
    states = IN_HAND if _finds_with_bot(rule) else HELD_OR_WAITING
    found = Conversation.objects.filter(state__in=states)
    if rule.queue_id is not None:
        found = found.filter(line=rule.queue_id)
    if rule.when == When.WORDS:
        return found.filter(Exists(runs.filter(outcome=Outcome.FOUND)))
    found = found.filter(~Exists(runs))
    if rule.when == When.UNANSWERED:
        return found.filter(awaiting_since__lte=now - timedelta(seconds=rule.seconds or 0))
    if rule.when == When.CATEGORY:
        waits = QueueEntry.objects.filter(left_at__isnull=True, category=rule.category_id)
        with_bot = BotStay.objects.filter(ended_at__isnull=True, category=rule.category_id)
        return found.filter(
            Q(state=State.QUEUED, pk__in=waits.values("conversation"))
            | Q(state=State.BOT, pk__in=with_bot.values("conversation"))
        )
    return found.filter(state=State.QUEUED).exclude(identity__verification__in=Verification.trusted())


@transaction.atomic
def apply(rule: Escalation, conversation_id: int, *, now: datetime) -> bool:
    """Let a rule have its effect, unless it had it or no longer fits. Safe to run twice."""
    conversation = lifecycle.lock(conversation_id)
    run = EscalationRun.objects.filter(rule=rule, conversation=conversation).first()
    run = run or EscalationRun(rule=rule, conversation=conversation, outcome=Outcome.FOUND)
    case = _case_of(conversation)
    if run.outcome != Outcome.FOUND or not wants(rule, case, now=now):
        return False
    run.refusal = obstacle(rule, case) or _act(rule, conversation, now, run.message)
    run.outcome, run.at = (Outcome.REFUSED if run.refusal else Outcome.DONE), now
    run.save()
    if run.refusal:
        return False
    announce(ConversationEscalated(conversation=conversation.pk, rule=rule.pk), actor=SYSTEM, now=now)
    return True


def _case_of(conversation: Conversation) -> Case:
    stay = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    with_bot = BotStay.objects.filter(conversation=conversation, ended_at__isnull=True).first()
    sorted_by = stay or with_bot
    said = EscalationRun.objects.filter(conversation=conversation, outcome=Outcome.FOUND)
    return Case(
        state=conversation.state,
        line=conversation.line_id,
        channel=conversation.channel_id,
        awaiting_since=conversation.awaiting_since,
        is_trusted=conversation.identity.is_trusted,
        holder=conversation.holder_id,
        category=sorted_by.category_id if sorted_by else None,
        rank=stay.rank if stay else None,
        said=frozenset(said.values_list("rule", flat=True)),
    )


def _act(rule: Escalation, conversation: Conversation, now: datetime, message: int | None) -> str:
    """Carry it out; "" or the code why that is not possible."""
    if rule.act == Act.RAISE and rule.rank is not None:
        return _raise(conversation, rule.rank, rule.when, now)
    return sending.send_on(
        conversation,
        rule.to_queue_id or conversation.line_id,
        now=now,
        because=rule.when,
        keeping=keeping_of(rule, now=now),
        rule=rule.pk,
        message=message,
    )


def keeping_of(rule: Escalation, *, now: datetime) -> Keeping | None:
    """Whom the conversation waits for first, where the rule names a person."""
    if rule.act != Act.OPERATOR or rule.to_operator_id is None:
        return None
    until = now + timedelta(seconds=rule.wait_seconds)
    return Keeping(operator_id=rule.to_operator_id, until=until, reason=KeptReason.ADDRESSED)


def _raise(conversation: Conversation, rank: int, because: str, now: datetime) -> str:
    if not sending.lift(conversation, rank, now=now):
        return "not_waiting"
    timeline.add_system_line(
        conversation,
        "raised",
        actor=SYSTEM,
        now=now,
        staff_only=True,
        because=because,
        rank=rank,
        line=conversation.line_id,
    )
    return ""


def _may_answer(operator_id: int, line_id: int, channel_id: int) -> bool:
    user = User.objects.filter(pk=operator_id, is_active=True, operator__is_active=True).first()
    member = Operator.objects.filter(pk=operator_id, memberships__queue=line_id).exists()
    return bool(
        user and member and sight_of(user).covers(Right.ANSWER, line_id=line_id, channel_id=channel_id)
    )


# --- what rules would do ---------------------------------------------------------------------------------


def working() -> list[Escalation]:
    """The rules that work, in their order."""
    return list(Escalation.objects.filter(is_active=True).select_related("to_queue__calendar"))


def after_rule(rule: Escalation, case: Case, *, now: datetime) -> Case:
    """How a conversation would stand once the rule has had its effect."""
    if rule.act == Act.RAISE:
        return replace(case, rank=rule.rank)
    queue = rule.to_queue or Queue.objects.select_related("calendar").get(pk=case.line)
    state = hours.state_on_arrival(queue, reason=EntryReason.ESCALATED, now=now)
    return replace(case, line=queue.pk, state=state, holder=None)


# --- words ----------------------------------------------------------------------------------------------

# Whether a text holds one of the words of a rule, in any form.
_HOLDS = """EXISTS (
    SELECT FROM unnest(rule.words) word
    WHERE to_tsvector('russian', {text}) @@ phraseto_tsquery('russian', word))"""
_WORDS = f"""
SELECT message.conversation_id, rule.id, message.seq
FROM conversations_message message
JOIN routing_escalation rule ON rule.is_active AND rule."when" = 'words' AND rule.since <= message.at
WHERE message.id = ANY(%s) AND message.author_kind = 'customer' AND {_HOLDS.format(text="message.text")}
ORDER BY rule."order", rule.id, message.id
"""  # noqa: S608 - made of constants of this module
_KNOWING = f"""
SELECT rule.id FROM routing_escalation rule
WHERE rule.is_active AND rule."when" = 'words' AND rule.since <= %(at)s AND {_HOLDS.format(text="%(text)s")}
"""  # noqa: S608 - as above


def knowing(text: str, *, at: datetime) -> frozenset[int]:
    """The rules whose words a customer's text of that moment holds."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWING, {"text": text, "at": at})
        return frozenset(rule for (rule,) in cursor.fetchall())


def listen(*, now: datetime) -> int:
    """Follow the log to its end and note whose words a rule knows; returns how many were noted.

    One worker at a time; one that dies leaves the stretch to the next, who notes nothing twice.
    """
    noted = 0
    with only_one(CURSOR) as is_mine:
        while is_mine:
            read, found = _read_on(now)
            noted += found
            is_mine = read == EVENTS_AT_ONCE
    return noted


@transaction.atomic
def _read_on(now: datetime) -> tuple[int, int]:
    cursor = log.lock_cursor(CURSOR)
    if cursor is None:
        return 0, 0
    position = Position(cursor.xid, cursor.event_id)
    if not Escalation.objects.filter(is_active=True, when=When.WORDS).exists():
        # Words are looked for from the moment there is a rule: what was said before is passed over.
        if (end := log.end_of_log()) > position:
            log.move_cursor(cursor, end)
        return 0, 0
    events = log.read_after(position, limit=EVENTS_AT_ONCE)
    said = [int(each.details["message"]) for each in events if each.kind == "message.received"]
    noted = hear(said, now=now)
    if events:
        log.move_cursor(cursor, Position.of(events[-1]))
    return len(events), noted


def hear(messages: Iterable[int], *, now: datetime) -> int:
    """Note which of these messages of customers hold a rule's words; once a conversation and rule."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [list(messages)])
        found = cursor.fetchall()
    first = {(number, rule): seq for number, rule, seq in reversed(found)}
    runs = [
        EscalationRun(conversation_id=number, rule_id=rule, message=seq, outcome=Outcome.FOUND, at=now)
        for (number, rule), seq in first.items()
    ]
    return len(EscalationRun.objects.bulk_create(runs, ignore_conflicts=True))
