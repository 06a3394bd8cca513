"""Doors of routing for Celery: by id, safe to run twice."""

from __future__ import annotations

from collections.abc import Callable

from celery import shared_task

from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.core.locks import only_one
from apps.routing.frames.pushing import tell
from apps.routing.services import (
    attendance,
    escalating,
    lead_upkeep,
    lookups,
    offers,
    outside,
    overflow,
    placement,
    publishing,
    ranking,
    reminding,
    silence,
    sweeps,
    to_bot,
    upkeep,
    waiting,
)
from apps.routing.services import dispatch as dispatching
from apps.routing.watchdog import alarm
from apps.routing.watchdog import patrol as watch


@shared_task
def route(conversation_id: int) -> None:
    """Find the place; where the bank's system is asked first, that is done in another lane than this one."""
    if lookups.is_wanted(conversation_id, now=clock.now()):
        look_up.delay(conversation_id=conversation_id)
    else:
        placement.route(conversation_id, now=clock.now())


@shared_task
def look_up(conversation_id: int) -> None:
    """Ask the bank's system who the customer is, then find the place, whatever came of it."""
    lookups.ask(conversation_id, now=clock.now())
    placement.route(conversation_id, now=clock.now())


@shared_task
def dispatch() -> None:
    """Give what can be given: somebody has room, or something waits. Outside lines wait for no dispatcher."""
    outside.hand_over(now=clock.now())
    dispatching.dispatch(now=clock.now())


@shared_task
def hear(conversation_id: int) -> None:
    """The customer wrote in a conversation that had given its place away."""
    silence.heard(conversation_id, now=clock.now())


@shared_task
def free_the_silent() -> None:
    """Answered conversations whose customers say nothing give their places away."""
    silence.free_the_silent(now=clock.now())


@shared_task
def follow_silences() -> None:
    """Customers who were answered and say nothing: remind, put aside, close, as their lines say."""
    reminding.follow_silences(now=clock.now())


@shared_task
def tell_waiting() -> None:
    """Every three seconds: who waits in the chat sees his place and his time move. One worker at a time."""
    with only_one("tell-waiting") as mine:
        if mine:
            each_alone(
                "telling a line", lambda queue: tell(waiting.news(queue, now=clock.now())), waiting.lines()
            )


@shared_task
def follow_hours(queue_id: int) -> None:
    """Batch by batch, so that a long line is never locked whole. What is left behind is found by the sweep."""
    while placement.follow_hours(queue_id, now=clock.now()) == placement.BATCH:
        pass


@shared_task
def publish_rules() -> None:
    """After a change of lines or skills, where each change is published by itself; then what fits now is given."""
    publishing.publish_if_at_once(actor=SYSTEM, now=clock.now())
    dispatching.dispatch(now=clock.now())


@shared_task
def leave(operator_id: int) -> None:
    """Somebody went on a break or home."""
    attendance.leave(operator_id, now=clock.now())


@shared_task
def attend() -> None:
    """Every ten seconds: who is silent, and whose shift is over."""
    attendance.watch(now=clock.now())


@shared_task
def rank_of_customer(customer_id: int) -> None:
    """A customer is known otherwise than before: what he waits with may matter more, or less."""
    ranking.follow_customer(customer_id, now=clock.now())


@shared_task
def rank_all() -> None:
    """Customers are sorted otherwise, or a nudge was lost: everything that waits."""
    ranking.follow_rules(now=clock.now())


@shared_task
def follow_people(customers: list[int]) -> None:
    """Customers were joined or parted: the contacts they left go with them."""
    lead_upkeep.follow_people(customers, now=clock.now())


@shared_task
def follow_late_people() -> None:
    """Every few minutes: the same for whom the nudge was lost."""
    lead_upkeep.follow_late(now=clock.now())


@shared_task
def forget_leads() -> None:
    """Nightly: contacts of people to whom somebody got back long ago are nobody's business any more."""
    lead_upkeep.forget_old(now=clock.now())


@shared_task
def sweep() -> None:
    """Every two seconds: rules whose moment has come, lost nudges, due snoozes, opened lines, the absent, offers.

    What is due by time alone (somebody is waited for no longer, a skill relaxes, after-work ends) is given here.
    A step that fails is logged and holds up none behind it: the dispatcher comes last.
    """
    clock.synchronise()
    each_alone("a step of the sweep", lambda step: step(now=clock.now()), SWEPT)


SWEPT: tuple[Callable[..., object], ...] = (
    publishing.put_into_force,
    sweeps.route_left_behind,
    sweeps.follow_edited_hours,
    sweeps.open_lines,
    sweeps.notice_the_gone,
    sweeps.release_of_the_absent,
    sweeps.wake_the_heard,
    offers.expire,
    to_bot.take_back,
    to_bot.close_left,
    overflow.overflow,
    outside.hand_over,
    dispatching.dispatch,
)


@shared_task
def patrol() -> None:
    """Every five seconds: is everything as it must be?"""
    clock.synchronise()
    watch.patrol(now=clock.now())


@shared_task
def send_alarm(violation_id: int) -> None:
    """A letter to those who may repair it."""
    alarm.send(violation_id, now=clock.now())


@shared_task
def send_lost_alarms() -> None:
    """Every minute: the same for what nobody was told of. One worker at a time, however slow the mail server is."""
    with only_one("lost-alarms") as mine:
        if mine:
            alarm.send_lost(now=clock.now())


@shared_task
def keep_promises(conversation_ids: list[int]) -> None:
    """Customers wrote or were answered, or conversations moved: their clocks follow."""
    upkeep.keep_all(conversation_ids, now=clock.now())


@shared_task
def recount_promises(queue_id: int) -> None:
    """The hours of a line were edited: what runs there is due at another moment."""
    upkeep.recount(queue_id, now=clock.now())


@shared_task
def sweep_promises() -> None:
    """Every two seconds: warnings, breaches and escalations whose moment has come.

    By the database's clock, measured now: a node whose own clock has jumped breaks nobody's promise.
    """
    clock.synchronise()
    now = clock.now()
    upkeep.act_on_due(now=now)
    escalating.listen(now=now)
    escalating.escalate(now=now)


@shared_task
def mend_promises() -> None:
    """Every half minute: clocks that do not say what the rows say."""
    clock.synchronise()
    upkeep.mend(now=clock.now())
