"""A day that the live services produce, on a compressed clock: its rows are then read and played again.

Customers write, operators accept, answer and close by the services that sockets and tasks call; only ``now`` is
virtual. Run it inside a transaction that is rolled back, or on a database of its own: it makes people and lines.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min

from apps.analytics.whatif import generated
from apps.analytics.whatif.agenda import SILENCE, Agenda
from apps.analytics.whatif.day import Arrival, Day
from apps.analytics.whatif.generated import LinePlan, Team
from apps.channels.models import Channel
from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation, State
from apps.conversations.services import inbound, outbound
from apps.core.actors import SYSTEM, Actor
from apps.core.models import User
from apps.operators.models import Operator, Presence, Queue, QueueMembership
from apps.operators.services.presence import set_presence
from apps.routing.matching import matching
from apps.routing.models import Assignment, AssignmentEnd, Condition, QueueEntry, Rule, Stage
from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.services import (
    dispatch,
    handling,
    offers,
    overflow,
    placement,
    publishing,
    silence,
    sweeps,
)

# A customer goes silent in so many of a hundred conversations, and for so long at most, in seconds.
SILENT, LONGEST_SILENCE = 15, 1500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A bank for one day, small or large."""

    lines: tuple[LinePlan, ...]
    teams: tuple[Team, ...]
    occupancy: float = 0.9
    hours: float = 8.0
    seed: int = 1


def produce(plan: Plan) -> Day:
    """Make the rows of such a day; returns what was asked of it. The transaction is the caller's."""
    house = _House(plan)
    wanted = generated.day(plan.lines, plan.teams, occupancy=plan.occupancy, hours=plan.hours, seed=plan.seed)
    live = _Live(house, wanted, random.Random(plan.seed))  # noqa: S311 - a day that can be had again
    live.play()
    with connection.cursor() as cursor:
        # The dispatcher limits how long its transaction may be idle; this one goes on thinking.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return wanted


class _House:
    """Lines, their channels and rules, published; operators with their lines, at work."""

    def __init__(self, plan: Plan) -> None:
        self.begins = generated.BEGINS
        self.lines = {each.id: self._line(each) for each in plan.lines}
        if not Queue.objects.filter(is_default=True).exists():
            first = self.lines[plan.lines[0].id]
            Queue.objects.filter(pk=first.pk).update(is_default=True)
        self.channels = {number: self._channel(line) for number, line in self.lines.items()}
        publishing.publish(actor=SYSTEM, now=self.begins - timedelta(seconds=1))
        self.operators = [self._operator(team) for team in plan.teams for _each in range(team.size)]
        self.sights: dict[int, Sight] = {each.pk: sight_of(each.user) for each in self.operators}

    def _line(self, plan: LinePlan) -> Queue:
        terms = {name: getattr(plan.terms, name) for name in plan.terms.__struct_fields__}
        return Queue.objects.create(name=f"What-if {plan.id}", priority=plan.priority, **terms)

    def _channel(self, line: Queue) -> int:
        made = Channel.objects.create(name=line.name, kind="web")
        rule = Rule.objects.create(name=line.name, queue=line)
        Condition.objects.create(
            rule=rule, group=Group.ALL, kind=Kind.CHANNEL, comparison=Comparison.IS, values=[made.pk]
        )
        return int(made.pk)

    def _operator(self, team: Team) -> Operator:
        number = Operator.objects.count() + 1
        account = User.objects.create_user(f"what-if-{number}", password=None, is_superuser=True)
        found = Operator.objects.create(user=account, public_name=f"№ {number}", capacity=team.places)
        for line in team.lines:
            QueueMembership.objects.create(queue=self.lines[line], operator=found)
        set_presence(found.pk, state=Presence.State.ONLINE, actor=Actor.staff(found.pk), now=self.begins)
        return found


class _Live:
    """Customers and operators who do what the day says, when it says so."""

    def __init__(self, house: _House, wanted: Day, chance: random.Random) -> None:
        self._house, self._chance = house, chance
        self._agenda = Agenda(wanted.begins)
        self._wanted = wanted
        self._of: dict[int, Arrival] = {}
        self._words = 0
        self._swept: set[datetime] = set()
        self._silence = any(line.idle_minutes for line in house.lines.values())

    @property
    def now(self) -> datetime:
        return self._agenda.now

    def play(self) -> None:
        for arrival in self._wanted.arrivals:
            self._agenda.at(arrival.at, self._write, arrival)
        while self._agenda.step():
            pass

    # --- the customer -----------------------------------------------------------------------------------

    def _write(self, arrival: Arrival) -> None:
        assert arrival.facts.channel is not None
        address = inbound.Address(
            channel_id=self._house.channels[arrival.facts.channel], external_id=f"guest-{arrival.number}"
        )
        identity = inbound.identify(address, now=self.now)
        stored = inbound.receive(identity, text="Здравствуйте", client_id=self._client_id(), now=self.now)
        self._of[stored.conversation_id] = arrival
        placement.route(stored.conversation_id, now=self.now)
        self._dispatch()

    def _client_id(self) -> str:
        self._words += 1
        return f"what-if-{self._words:08d}"

    def _speak_again(self, number: int, operator: int, left: float) -> None:
        """The silent customer writes; his operator goes on with him, or he waits for him."""
        conversation = Conversation.objects.select_related("identity").get(pk=number)
        inbound.receive(
            conversation.identity,
            text="Я вернулся",
            client_id=self._client_id(),
            conversation_id=number,
            now=self.now,
        )
        if silence.heard(number, now=self.now):
            self._agenda.after(left, self._close, number, operator)
        else:
            self._of[number] = _rest(self._of[number], left)
        if conversation.idle:
            self._dispatch()

    # --- the operator -----------------------------------------------------------------------------------

    def _accept(self, number: int, operator: int, assignment: int) -> None:
        open_one = Assignment.objects.filter(pk=assignment, ended_at__isnull=True, accepted_at__isnull=True)
        if open_one.exists():
            offers.accept(operator, number, now=self.now)
            # Nobody's place became free, so no task looks for what could be given.
            self._begin(number, operator)

    def _begin(self, number: int, operator: int) -> None:
        """He has it: the first words, perhaps a silence of the customer, the end."""
        handling_ = self._of[number].handling
        reply = handling_.reply or 0.0
        self._agenda.after(reply, self._answer, number, operator)
        room = handling_.work - reply
        if self._silence and room > 120 and self._chance.randrange(100) < SILENT:
            length = self._chance.uniform(90.0, LONGEST_SILENCE)
            quiet = reply + room / 2
            self._agenda.after(quiet, self._answer, number, operator)
            self._agenda.after(quiet + length, self._speak_again, number, operator, room / 2)
        else:
            self._agenda.after(handling_.work, self._close, number, operator)

    def _answer(self, number: int, operator: int) -> None:
        written = outbound.send_text(
            operator,
            conversation_id=number,
            text="Добрый день",
            client_id=self._client_id(),
            now=self.now,
        )
        assert written is not None, "whoever holds a conversation may answer in it"
        for minutes in {line.idle_minutes for line in self._house.lines.values()} - {0}:
            self._agenda.swept(self.now + timedelta(minutes=minutes), self._free_the_silent, beat=SILENCE)

    def _close(self, number: int, operator: int) -> None:
        if Conversation.objects.filter(pk=number, holder=operator, state=State.ASSIGNED).exists():
            handling.close(self._house.sights[operator], number, now=self.now)
            self._dispatch()

    # --- the dispatcher and the sweep ---------------------------------------------------------------------

    def _dispatch(self) -> None:
        """What the tasks do after an event; whoever is asked now answers in his time."""
        dispatch.dispatch(now=self.now)
        made = Assignment.objects.filter(started_at=self.now, ended_at__isnull=True).order_by("pk")
        for pk, number, operator, accepted in made.values_list(
            "pk", "conversation_id", "operator_id", "accepted_at"
        ):
            if accepted is None:
                seconds = self._chance.choices((self._chance.uniform(1.0, 8.0), 90.0), (95, 5))[0]
                self._agenda.after(seconds, self._accept, number, operator, pk)
            else:
                self._begin(number, operator)
        self._sweep_when_due()

    def _sweep_when_due(self) -> None:
        """The sweep passes every two seconds; the others would find nothing that is due by time."""
        offered = Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=True)
        refused = Assignment.objects.filter(
            end_reason__in=[AssignmentEnd.TIMED_OUT, AssignmentEnd.DECLINED],
            ended_at__gt=self.now - matching.PAUSE,
        )
        moments = [
            offered.aggregate(due=Min("offer_until"))["due"],
            Presence.objects.filter(wrap_up_until__gt=self.now).aggregate(due=Min("wrap_up_until"))["due"],
            QueueEntry.objects.filter(stage=Stage.WAITING, kept_until__gt=self.now).aggregate(
                due=Min("kept_until")
            )["due"],
            *(row.ended_at + matching.PAUSE for row in refused if row.ended_at),
        ]
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is not None and due not in self._swept:
            self._swept.add(due)
            self._agenda.swept(due, self._sweep)

    def _sweep(self) -> None:
        offers.expire(now=self.now)
        overflow.overflow(now=self.now)
        sweeps.release_of_the_absent(now=self.now)
        self._dispatch()

    def _free_the_silent(self) -> None:
        """The task passes every twenty seconds; the others would find nobody silent for long enough."""
        if silence.free_the_silent(now=self.now):
            self._dispatch()


def _rest(arrival: Arrival, left: float) -> Arrival:
    """What is still to do when somebody takes it again."""
    return replace(arrival, handling=replace(arrival.handling, work=left, reply=0.0))
