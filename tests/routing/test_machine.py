"""Offers, silence, breaks, overflow and lost nudges in any order keep what must always hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from apps.conversations.models import Conversation, Participant, State
from apps.operators.models import Operator, Overflow, Presence, Queue
from apps.routing.models import Assignment, Breach, ChannelLine, Decision, KindWeight, QueueEntry
from apps.routing.services import after_work, capacity, dispatch, offers, overflow, silence, sweeps
from apps.routing.watchdog import checks
from tests.conversations.test_machine import CAPACITY, House, customers, lines, staff
from tests.factories import dialogues, organisation

TERMS = (
    {"accept_seconds": 30, "idle_minutes": 15, "own_wait_seconds": 60, "prefers_last_seconds": 30},
    {"accept_seconds": 0, "idle_minutes": 0, "prefers_last_seconds": 0, "wrap_up_seconds": 20},
)
# What is so at every moment, whatever was not swept yet.
ALWAYS = (
    Breach.QUEUED_WITHOUT_ENTRY,
    Breach.ENTRY_WITHOUT_WAIT,
    Breach.STAGE_DISAGREES,
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT,
    Breach.ASSIGNMENT_WITHOUT_HOLD,
    Breach.HOLDER_NOT_PARTICIPANT,
    Breach.OVER_CAPACITY,
    Breach.IDLE_DISAGREES,
    Breach.UNANSWERED_WITHOUT_CLOCK,
)
SWEPT: tuple[Callable[..., object], ...] = (
    sweeps.route_left_behind,
    sweeps.follow_edited_hours,
    sweeps.open_lines,
    sweeps.release_of_the_absent,
    sweeps.wake_the_heard,
    silence.free_the_silent,
    offers.expire,
    overflow.overflow,
    dispatch.dispatch,
)


class Died(Exception):
    """The process was killed before its transaction ended."""


class Office(House):
    """The house with two lines that offer, one asking and one not, and everything that time does to them."""

    def __init__(self) -> None:
        super().__init__()
        for line, terms in zip(self.lines, TERMS, strict=True):
            Queue.objects.filter(pk=line.pk).update(offering="both", **terms)
        Overflow.objects.create(queue=self.lines[0], by="wait", limit=120, reserve=self.lines[1])
        first = self.customers[0].channel
        ChannelLine.objects.create(channel=first, queue=self.lines[0])
        heavy = organisation.channel(kind="app")
        ChannelLine.objects.create(channel=heavy, queue=self.lines[0])
        KindWeight.objects.create(kind="app", units=Decimal("1.5"))
        self.customers[2] = dialogues.identity(heavy)

    # --- work that is offered ---------------------------------------------------------------------

    @rule()
    def dispatch(self) -> None:
        dispatch.dispatch(now=self.tick(seconds=1))
        self.nothing_waits_for_a_free_operator()

    @rule()
    def a_dispatcher_dies_in_mid_pass(self) -> None:
        before = self.everything()
        with suppress(Died), transaction.atomic():
            dispatch.dispatch(now=self.tick(seconds=1))
            raise Died
        assert self.everything() == before

    @rule(who=customers, by=staff)
    def decline(self, who: int, by: int) -> None:
        self.attempt(offers.decline, self.staff[by].pk, self.pick(who), reason_id=None)

    @rule(by=staff)
    def accept_what_is_offered(self, by: int) -> None:
        for offer in offers.offered_to(self.staff[by].pk):
            offers.accept(self.staff[by].pk, offer.conversation_id, now=self.tick())

    @rule(who=customers)
    def the_house_hears(self, who: int) -> None:
        number = self.pick(who)
        if Conversation.objects.filter(pk=number).exists():
            silence.heard(number, now=self.tick(seconds=1))

    @rule(by=staff)
    def have_a_break(self, by: int) -> None:
        Presence.objects.filter(operator=self.staff[by]).update(state="break", since=self.tick())

    @rule(by=staff)
    def be_ready_again(self, by: int) -> None:
        after_work.finish(self.staff[by].pk, now=self.tick())

    @rule(line=lines, seconds=st.sampled_from([0, 30]))
    def a_supervisor_changes_his_mind(self, line: int, seconds: int) -> None:
        Queue.objects.filter(pk=self.lines[line].pk).update(accept_seconds=seconds)

    @rule(seconds=st.sampled_from([5, 35, 130, 1000]))
    def everything_is_swept(self, seconds: int) -> None:
        now = self.tick(seconds=seconds)
        for step in SWEPT:
            step(now=now)
        assert checks.look(now=now) == []
        self.nothing_waits_for_a_free_operator()

    # --- what always holds ------------------------------------------------------------------------

    def everything(self) -> list[object]:
        return [
            *self.rows(),
            *QueueEntry.objects.order_by("pk").values_list("pk", "stage", "left_at"),
            *Assignment.objects.order_by("pk").values_list("pk", "operator", "accepted_at", "ended_at"),
        ]

    def nothing_waits_for_a_free_operator(self) -> None:
        """Nobody who asked for nothing special waits while a member of his line is there and has room for him."""
        now = self.now
        ready = Presence.objects.filter(state="online", gone_since__isnull=True)
        ready = ready.exclude(wrap_up_until__gt=now)
        for entry in QueueEntry.objects.filter(stage="waiting", queue__in=self.lines):
            refused = Assignment.objects.filter(entry=entry, end_reason__in=("declined", "timed_out"))
            if refused.exists() or (entry.kept_until is not None and entry.kept_until > now):
                continue
            units = capacity.units_of(entry.conversation.channel.kind)
            for presence in ready:
                room = Decimal(CAPACITY) - capacity.load_of(presence.operator_id)
                assert room < units, f"№ {entry.conversation_id} could go to {presence.operator_id}"

    @invariant()
    def the_state_is_told_by_entry_and_assignment(self) -> None:
        for row in Conversation.objects.all():
            stays = list(QueueEntry.objects.filter(conversation=row, left_at__isnull=True))
            held = list(Assignment.objects.filter(conversation=row, ended_at__isnull=True))
            assert len(stays) == (1 if row.state in (State.QUEUED, State.OFFLINE) else 0)
            assert len(held) <= 1
            if row.state == State.ASSIGNED:
                [only] = held
                assert (only.operator_id, only.accepted_at is None) == (row.holder_id, False)
                assert row.idle == (only.freed_at is not None)
                taking = Participant.objects.filter(conversation=row, role="holder", until__isnull=True)
                assert [each.user_id for each in taking] == [row.holder_id]
            elif row.state == State.QUEUED:
                offered = [each for each in held if each.accepted_at is None]
                assert offered == held
                assert stays[0].stage == ("offered" if held else "waiting")
                assert stays[0].queue_id == row.line_id
            else:
                assert not held
                assert not row.idle

    @invariant()
    def every_stay_and_every_hold_is_explained(self) -> None:
        for entry in QueueEntry.objects.all():
            told = Decision.objects.filter(conversation=entry.conversation_id, queue=entry.queue_id)
            assert told.filter(at=entry.entered_at).exists(), f"nobody says why it was {entry.reason}"
        for held in Assignment.objects.all():
            told = Decision.objects.filter(conversation=held.conversation_id, kind="assignment")
            assert told.filter(at=held.started_at, operator=held.operator_id).exists(), held.reason

    @invariant()
    def nobody_holds_too_many(self) -> None:
        for each in Operator.objects.all():
            assert capacity.load_of(each.pk) <= each.capacity

    @invariant()
    def the_watchdog_finds_nothing(self) -> None:
        assert [found for code in ALWAYS for found in checks.look(now=self.now, only=code)] == []


@pytest.mark.django_db
def test_every_interleaving_of_offers_keeps_the_invariants() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
