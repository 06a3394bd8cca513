"""Any order of writing, accepting, transferring, snoozing, closing and sweeping keeps the house's invariants."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.conversations.models import Conversation, Identity, Message, Participant, State
from apps.conversations.services import inbound, integration, marks, outbound
from apps.core.actors import SYSTEM
from apps.core.errors import DomainError
from apps.operators.models import Operator, Presence, Queue
from apps.routing.models import Assignment, BotStay, QueueEntry
from apps.routing.services import capacity, handling, placement, sweeps, to_bot
from tests.factories import bots, dialogues, organisation, people
from tests.factories.people import NOW

CAPACITY = 2
WAITING = {State.QUEUED, State.OFFLINE}
_keys = count(1)

customers = st.integers(0, 2)
staff = st.integers(0, 2)
lines = st.integers(0, 1)


class House(RuleBasedStateMachine):
    """Three customers, three operators, two lines; time goes on with every step. Refusals are part of life."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now: datetime = NOW
        organisation.common_line()
        self.lines: list[Queue] = [organisation.line() for _each in range(2)]
        self.staff: list[Operator] = [
            people.operator(f"О{n}", lines=tuple(self.lines), capacity=CAPACITY, rights=RIGHTS)
            for n in range(3)
        ]
        Presence.objects.update(since=NOW)
        self.sights = [people.sight(each) for each in self.staff]
        channel = organisation.channel()
        self.customers: list[Identity] = [dialogues.identity(channel) for _each in range(3)]
        self.bots = [bots.bot(f"Б{n}") for n in range(2)]
        self.applications = [people.sight(each.account) for each in self.bots]
        self.revs: dict[int, int] = {}
        self.heard: dict[int, int] = {}

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def tick(self, **step: float) -> datetime:
        self.now += timedelta(**(step or {"seconds": 7}))
        return self.now

    def attempt(self, call: Any, *arguments: Any, **options: Any) -> None:
        """Do it or be refused; a refusal changes nothing."""
        before = self.rows()
        try:
            with transaction.atomic():
                call(*arguments, **options, now=self.tick())
        except DomainError:
            assert self.rows() == before

    def rows(self) -> list[Any]:
        return list(Conversation.objects.order_by("pk").values_list("pk", "state", "holder", "seq", "rev"))

    def pick(self, number: int) -> int:
        """The newest conversation of a customer, or a number that is nobody's."""
        mine = Conversation.objects.filter(customer=self.customers[number].customer_id)
        return mine.order_by("-pk").values_list("pk", flat=True).first() or 10**9

    # --- customers --------------------------------------------------------------------------------

    @rule(who=customers)
    def write(self, who: int) -> None:
        stored = inbound.receive(
            self.customers[who], text="слово", client_id=f"machine-{next(_keys):08}", now=self.tick()
        )
        self.heard[who] = self.heard.get(who, 0) + 1
        placement.route(stored.conversation_id, now=self.now)

    @rule(who=customers)
    def write_and_lose_the_nudge(self, who: int) -> None:
        inbound.receive(
            self.customers[who], text="слово", client_id=f"machine-{next(_keys):08}", now=self.tick()
        )
        self.heard[who] = self.heard.get(who, 0) + 1

    @rule(who=customers)
    def close_by_customer(self, who: int) -> None:
        self.attempt(handling.close_by_customer, self.customers[who], self.pick(who))

    @rule(who=customers, seq=st.integers(0, 50), read=st.booleans())
    def mark(self, who: int, seq: int, read: bool) -> None:
        marks.customer_received(self.customers[who], self.pick(who), seq=seq, read=read, now=self.tick())

    # --- operators --------------------------------------------------------------------------------

    @rule(who=customers, by=staff)
    def accept(self, who: int, by: int) -> None:
        self.attempt(handling.accept, self.sights[by], self.pick(who))

    @rule(who=customers, by=staff)
    def take_over(self, who: int, by: int) -> None:
        self.attempt(handling.take_over, self.sights[by], self.pick(who))

    @rule(who=customers, by=staff, line=lines)
    def transfer_to_line(self, who: int, by: int, line: int) -> None:
        target = self.lines[line].pk
        self.attempt(handling.transfer_to_line, self.sights[by], self.pick(who), target, comment="туда")

    @rule(who=customers, by=staff, to=staff)
    def transfer_to_operator(self, who: int, by: int, to: int) -> None:
        target = self.staff[to].pk
        self.attempt(handling.transfer_to_operator, self.sights[by], self.pick(who), target, comment="")

    @rule(who=customers, by=staff)
    def return_to_line(self, who: int, by: int) -> None:
        self.attempt(handling.return_to_line, self.sights[by], self.pick(who), comment="")

    @rule(who=customers, by=staff, minutes=st.sampled_from([None, 1, 30]))
    def snooze(self, who: int, by: int, minutes: int | None) -> None:
        until = self.now + timedelta(minutes=minutes) if minutes else None
        self.attempt(handling.snooze, self.sights[by], self.pick(who), until=until)

    @rule(who=customers, by=staff)
    def close(self, who: int, by: int) -> None:
        self.attempt(handling.close, self.sights[by], self.pick(who))

    @rule(who=customers, by=staff, note=st.booleans())
    def answer(self, who: int, by: int, note: bool) -> None:
        self.attempt(
            outbound.answer,
            self.sights[by],
            conversation_id=self.pick(who),
            text="ответ",
            client_id=f"machine-{next(_keys):08}",
            note=note,
        )

    # --- bots -------------------------------------------------------------------------------------

    @rule(who=customers, by=staff, to=st.integers(0, 1))
    def transfer_to_bot(self, who: int, by: int, to: int) -> None:
        target = self.bots[to].pk
        self.attempt(to_bot.transfer_to_bot, self.sights[by], self.pick(who), target, comment="")

    @rule(who=customers, by=st.integers(0, 1))
    def the_bot_answers(self, who: int, by: int) -> None:
        self.attempt(
            integration.write,
            self.applications[by],
            conversation_id=self.pick(who),
            text="ответ",
            note=False,
            reply_to=None,
            files=(),
            actor=SYSTEM,
        )

    @rule(who=customers, by=st.integers(0, 1))
    def the_bot_gives_back(self, who: int, by: int) -> None:
        self.attempt(to_bot.give_back, self.applications[by], self.pick(who), actor=SYSTEM)

    @rule(seconds=st.sampled_from([1, 40]))
    def bots_are_looked_after(self, seconds: int) -> None:
        now = self.tick(seconds=seconds)
        to_bot.take_back(now=now)
        assert not list(to_bot.stranded(now=now))

    # --- the house --------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([0.1, 1, 30, 200]))
    def time_passes_and_is_swept(self, hours: float) -> None:
        now = self.tick(hours=hours)
        sweeps.route_left_behind(now=now)
        sweeps.open_lines(now=now)
        late = Conversation.objects.filter(state=State.NEW, state_since__lte=now - sweeps.LEFT_BEHIND)
        assert not late.exists()
        assert not Conversation.objects.filter(state=State.SNOOZED, snoozed_until__lte=now).exists()

    @rule(who=staff)
    def an_operator_is_gone(self, who: int) -> None:
        sweeps.send_home(self.staff[who].pk, now=self.tick())
        assert capacity.load_of(self.staff[who].pk) == 0
        assert not Conversation.objects.filter(holder=self.staff[who].pk).exists()

    @rule(who=staff)
    def an_operator_comes(self, who: int) -> None:
        Presence.objects.filter(operator=self.staff[who]).update(state="online", cause="", gone_since=None)

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def the_state_is_told_by_entry_and_assignment(self) -> None:
        for row in Conversation.objects.all():
            entries = QueueEntry.objects.filter(conversation=row, left_at__isnull=True).count()
            held = Assignment.objects.filter(conversation=row, ended_at__isnull=True)
            assert entries == (1 if row.state in WAITING else 0), row.state
            assert [each.operator_id for each in held] == ([row.holder_id] if row.state == "assigned" else [])

    @invariant()
    def what_is_with_a_bot_is_that_bots_alone(self) -> None:
        stays = BotStay.objects.filter(ended_at__isnull=True).values_list("conversation", "account")
        parts = Participant.objects.filter(role="bot", until__isnull=True).values_list("conversation", "user")
        assert sorted(stays) == sorted(parts)
        with_bot = Conversation.objects.filter(state="bot").values_list("pk", flat=True)
        assert sorted(number for number, _account in stays) == sorted(with_bot)
        for sight in self.applications:
            seen = Conversation.objects.visible_to(sight).values_list("pk", flat=True)
            assert sorted(seen) == sorted(number for number, account in stays if account == sight.user_id)

    @invariant()
    def nobody_holds_too_many(self) -> None:
        assert all(capacity.load_of(each.pk) <= CAPACITY for each in self.staff)

    @invariant()
    def the_order_has_no_gap_and_rev_only_rises(self) -> None:
        for row in Conversation.objects.all():
            messages = Message.objects.filter(conversation=row).order_by("seq").values_list("seq", "rev")
            assert [seq for seq, _rev in messages] == list(range(1, row.seq + 1))
            revs = [rev for _seq, rev in messages]
            assert revs == sorted(set(revs))
            assert all(rev <= row.rev for rev in revs)
            assert row.rev >= self.revs.get(row.pk, 0)
            self.revs[row.pk] = row.rev
            assert row.customer_read_seq <= row.customer_delivered_seq <= row.seq

    @invariant()
    def what_a_customer_said_is_there(self) -> None:
        for number, identity in enumerate(self.customers):
            said = Message.objects.filter(identity=identity, author_kind="customer").count()
            assert said == self.heard.get(number, 0)

    @invariant()
    def one_conversation_is_open_and_what_is_unanswered_has_a_clock(self) -> None:
        for identity in self.customers:
            assert Conversation.objects.open().filter(customer=identity.customer_id).count() <= 1
        for row in Conversation.objects.open().filter(last_author="customer"):
            assert row.awaiting_since is not None

    @precondition(lambda self: self.revs)
    @invariant()
    def the_holder_alone_may_answer(self) -> None:
        for row in Conversation.objects.filter(state="assigned"):
            able = [
                sight.user_id
                for sight in self.sights
                if Conversation.objects.answerable_by(sight).filter(pk=row.pk).exists()
            ]
            assert able == [row.holder_id]


RIGHTS = (*people.OPERATOR_RIGHTS, "take_over")


@pytest.mark.django_db
def test_every_interleaving_keeps_the_invariants() -> None:
    assert connection.in_atomic_block
    assert django_settings.OPERATOR_GRACE_SECONDS > 0
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
