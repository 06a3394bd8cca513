"""Runs of what-if: asked, computed once by whoever claims them, and published from. Safe to run twice."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.analytics.history import reading
from apps.analytics.history.notes import NO_VERSION, RULES_CHANGED, Note
from apps.analytics.models import WhatIfRun
from apps.analytics.whatif.day import Day
from apps.analytics.whatif.figures import figures, to_plain
from apps.analytics.whatif.simulator import Simulation
from apps.core.actors import Actor, ActorKind
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.locks import one_after_another
from apps.routing.models import RuleSet
from apps.routing.ruling import frozen
from apps.routing.ruling.frozen import Content
from apps.routing.services import publishing

logger = logging.getLogger(__name__)

State, Failure = WhatIfRun.State, WhatIfRun.Failure
# Runs of one person that wait or are being computed. Of each person one is computed at a time, and everybody's first
# one comes before anybody's second: each holds a worker of the lane for a minute or two.
OPEN_EACH = 3
# A run that has not told of itself for so long has lost its worker.
SILENT = timedelta(minutes=10)
NEVER = datetime.min.replace(tzinfo=UTC)
# How often a run is begun: one that takes its worker with it would do so for ever.
TRIES = 2


class CalledOff(Exception):
    """Nobody waits for this run any more."""


class DraftChanged(Conflict):
    """The rules are not those that were asked any more."""

    code = "draft_changed"


@transaction.atomic
def ask(
    *,
    day: date,
    zone: str,
    actor: Actor,
    now: datetime,
    rule_set_id: int | None = None,
    line_id: int | None = None,
    within_seconds: int = 60,
) -> WhatIfRun:
    """Write down that somebody asks; raises Invalid for a day to come, NotFound, Conflict when too many of his wait."""
    asked_by = actor.id if actor.kind == ActorKind.STAFF else None
    require(day=day, zone=zone, asked_by=asked_by, now=now)
    content = content_asked(rule_set_id)
    return WhatIfRun.objects.create(
        day=day,
        zone=zone,
        rule_set_id=rule_set_id,
        content=kept(content),
        digest=frozen.digest_of(content),
        line_id=line_id,
        within_seconds=within_seconds,
        asked_by_id=asked_by,
        asked_at=now,
    )


def require(*, day: date, zone: str, asked_by: int | None, now: datetime) -> None:
    """Raises Invalid for a day that is not over, Conflict while too many runs of this person wait.

    Within a transaction no other page of his takes the last place after this was answered: a form that was found
    right is kept.
    """
    require_over(day=day, zone=zone, now=now)
    one_after_another("what-if ask", str(asked_by))
    if _open().filter(asked_by=asked_by).count() >= OPEN_EACH:
        raise Conflict(
            _("Three of your runs wait or are being computed. Call one off, or wait until one is done.")
        )


def require_over(*, day: date, zone: str, now: datetime) -> None:
    """Raises Invalid for a day that is not over."""
    _begins, ends = bounds(day, zone)
    if ends > now:
        raise Invalid(_("Choose a day that is over."))


def content_asked(rule_set_id: int | None) -> Content:
    """A version, or (None) the draft: rules and lines as they stand; raises NotFound."""
    if rule_set_id is None:
        return frozen.draft()
    rule_set = RuleSet.objects.filter(pk=rule_set_id).first()
    if rule_set is None:
        raise NotFound(_("There is no such version."))
    return publishing.content_of(rule_set)


def kept(content: Content) -> dict[str, Any]:
    """A version as a run keeps it."""
    return frozen.to_plain(content)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first moment of the day and of the next one, where the zone's clocks show them."""
    where = ZoneInfo(zone)
    return (
        datetime.combine(day, time.min, where),
        datetime.combine(day + timedelta(days=1), time.min, where),
    )


def run_next(*, now: datetime) -> int | None:
    """Compute the run whose turn it is, and return its number; None when nobody's may begin."""
    run_id = _claim_next(now)
    if run_id is not None:
        _compute(WhatIfRun.objects.get(pk=run_id))
    return run_id


def _compute(asked: WhatIfRun) -> None:
    run_id = asked.pk
    try:
        result = compare(asked, tell=lambda done: _tell(run_id, done))
    except reading.NothingCame:
        _finish(run_id, state=State.FAILED, failure=Failure.EMPTY)
    except reading.TooLarge:
        _finish(run_id, state=State.FAILED, failure=Failure.TOO_LARGE)
    except CalledOff:
        logger.info("what-if %s was called off", run_id)
    except Exception:
        logger.exception("what-if %s failed", run_id)
        _finish(run_id, state=State.FAILED, failure=Failure.BROKEN)
    else:
        _finish(run_id, state=State.DONE, progress=100, result=result)


# --- whose turn it is ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A run that waits. ``may_begin``: no other one of the same person is being computed."""

    run: int
    may_begin: bool


def turns(*, now: datetime) -> list[Turn]:
    """Runs that wait, in the order in which they are computed: everybody's next one before anybody's second.

    Of those who are level first comes whose last one was computed the longest time ago.
    """
    rows = list(_open().order_by("pk").values_list("pk", "asked_by", "state", "touched_at"))
    computed = Counter(
        who for _pk, who, state, touched in rows if state == State.RUNNING and not _is_silent(touched, now)
    )
    before, served = computed.copy(), _served({who for _pk, who, *_rest in rows})
    waiting: list[tuple[int, datetime, int, bool]] = []
    for pk, who, state, touched in rows:
        if state == State.WAITING or _is_silent(touched, now):
            waiting.append((before[who], served.get(who, NEVER), pk, not computed[who]))
            before[who] += 1
    return [Turn(pk, may_begin) for *_order, pk, may_begin in sorted(waiting)]


def _served(people: Collection[int | None]) -> dict[int | None, datetime]:
    """When the last run of each of these people was computed."""
    begun = WhatIfRun.objects.exclude(state=State.WAITING).filter(Q(asked_by__in=people) | Q(asked_by=None))
    last = begun.order_by().values_list("asked_by").annotate(last=Max("touched_at"))
    return {who: at for who, at in last if at is not None}


@dataclass(frozen=True, slots=True)
class Place:
    """How many runs are computed before one that waits, and whether another one of the same person is computed now."""

    ahead: int
    is_held_up: bool


def place_of(run_id: int, *, now: datetime) -> Place | None:
    """Where a run stands; None when it does not wait."""
    waiting = enumerate(turns(now=now))
    return next((Place(ahead, not each.may_begin) for ahead, each in waiting if each.run == run_id), None)


def left_behind(*, now: datetime) -> int:
    """How many could be computed at once: nudges were lost, or workers died."""
    return sum(each.may_begin for each in turns(now=now))


@transaction.atomic
def _claim_next(now: datetime) -> int | None:
    """The run whose turn it is becomes this worker's. One after another, so that of each person one is computed."""
    one_after_another("what-if", "turn")
    _give_up(now)
    found = next((each.run for each in turns(now=now) if each.may_begin), None)
    # Only whoever is called off meanwhile is lost to this worker; the next nudge looks again.
    if found is None:
        return None
    values = {"state": State.RUNNING, "progress": 0, "touched_at": Now()}
    return found if _open().filter(pk=found).update(tries=F("tries") + 1, **values) else None


def _give_up(now: datetime) -> None:
    """Runs whose workers were lost at every try."""
    lost = WhatIfRun.objects.filter(state=State.RUNNING, touched_at__lt=now - SILENT, tries__gte=TRIES)
    for run_id in lost.values_list("pk", flat=True):
        _finish(run_id, state=State.FAILED, failure=Failure.LOST)
        logger.error("what-if %s was given up: its worker was lost %s times", run_id, TRIES)


def _is_silent(touched: datetime | None, now: datetime) -> bool:
    """Whether its worker has not told of itself for too long."""
    return touched is not None and touched < now - SILENT


def _open() -> QuerySet[WhatIfRun]:
    return WhatIfRun.objects.filter(state__in=[State.WAITING, State.RUNNING])


def cancel(run_id: int) -> bool:
    """Stop a run that is not over; its worker lets go at the next step. Whether it was open."""
    open_one = _open().filter(pk=run_id)
    values = {"state": State.FAILED, "failure": Failure.CANCELLED}
    return bool(open_one.update(finished_at=Now(), touched_at=Now(), **values))


def _tell(run_id: int, done: float) -> None:
    """How far it is; raises CalledOff."""
    running = WhatIfRun.objects.filter(pk=run_id, state=State.RUNNING)
    if not running.update(progress=round(100 * done), touched_at=Now()):
        raise CalledOff


def _finish(run_id: int, **values: Any) -> None:
    running = WhatIfRun.objects.filter(pk=run_id, state=State.RUNNING)
    running.update(finished_at=Now(), touched_at=Now(), **values)


def compare(asked: WhatIfRun, *, tell: Callable[[float], None]) -> dict[str, Any]:
    """What happened, what the version of that day would have done, and what the version asked would have done."""
    begins, ends = bounds(asked.day, asked.zone)
    in_force, told = _version_of(begins, ends)
    before = publishing.content_of(in_force) if in_force else frozen.draft()
    content = frozen.from_plain(asked.content)
    past = reading.read(begins, ends, [before, content])
    within, of_now = float(asked.within_seconds), reading.as_set_now(past.day)
    return {
        "in_force_version": in_force.pk if in_force else None,
        "notes": msgspec.to_builtins([*told, *past.notes]),
        "happened": to_plain(figures(past.happened, past.works, within=within, until=ends)),
        "in_force": _played(past.day, before, within, lambda done: tell(0.1 + 0.45 * done)),
        "asked": _played(of_now, content, within, lambda done: tell(0.55 + 0.45 * done)),
    }


def _version_of(begins: datetime, ends: datetime) -> tuple[RuleSet | None, list[Note]]:
    """The version with which the day began, else the first that came into force in it."""
    during = RuleSet.objects.filter(called_off_at=None, effective_at__gt=begins, effective_at__lt=ends)
    came = list(during.defer("content").order_by("effective_at", "id")[:2])
    first = publishing.in_force(now=begins)
    found = first or (came[0] if came else None)
    if found is None:
        return None, [Note(NO_VERSION)]
    return found, [Note(RULES_CHANGED)] if any(each != found for each in came) else []


def _played(day: Day, content: Content, within: float, tell: Callable[[float], None]) -> dict[str, Any]:
    simulation = Simulation(day, content, estimates=True)
    simulation.play(tell)
    return to_plain(simulation.figures(within=within))


@transaction.atomic
def publish(run_id: int, *, actor: Actor, now: datetime) -> RuleSet | None:
    """Put what was asked into force; raises DraftChanged when rules or lines were edited since.

    None when it works already.
    """
    asked = WhatIfRun.objects.get(pk=run_id)
    if asked.state != State.DONE:
        raise Conflict(_("Wait until the result is there."))
    if asked.rule_set_id is not None:
        return publishing.take_back_to(asked.rule_set_id, actor=actor, now=now)
    if frozen.digest_of(frozen.draft()) != asked.digest:
        raise DraftChanged(_("Rules or lines were changed since. Ask again with those of now."))
    return publishing.publish(
        actor=actor, now=now, note=str(_("After what-if No. %(number)s") % {"number": run_id})
    )


def why_not_publish(run: WhatIfRun, *, now: datetime) -> str:
    """Words for who would publish what was asked and cannot; empty when he can."""
    working = publishing.in_force(now=now)
    if working is not None and working.digest == run.digest:
        return str(_("These rules work now."))
    if run.rule_set_id is None and frozen.digest_of(frozen.draft()) != run.digest:
        return str(_("Rules or lines were changed since. Ask again with those of now."))
    return ""
