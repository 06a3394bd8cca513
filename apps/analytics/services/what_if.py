"""Runs of what-if: asked, computed once by whoever claims them, and published from. Safe to run twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import F, Q
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
from apps.operators.models import Queue
from apps.routing.models import RuleSet
from apps.routing.ruling import frozen
from apps.routing.ruling.frozen import Content
from apps.routing.services import publishing

logger = logging.getLogger(__name__)

State, Failure = WhatIfRun.State, WhatIfRun.Failure
# Runs of all people that wait or are being computed; each holds a worker of the lane for a minute or two.
OPEN_AT_ONCE = 5
# A run that has not told of itself for so long has lost its worker.
SILENT = timedelta(minutes=10)
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
    """Write down that somebody asks; raises Invalid for a day to come, NotFound, and Conflict when too many wait."""
    require(day=day, zone=zone, now=now)
    content = content_asked(rule_set_id)
    return WhatIfRun.objects.create(
        day=day,
        zone=zone,
        rule_set_id=rule_set_id,
        content=kept(content),
        digest=frozen.digest_of(content),
        line_id=line_id,
        within_seconds=within_seconds,
        asked_by_id=actor.id if actor.kind == ActorKind.STAFF else None,
        asked_at=now,
    )


def require(*, day: date, zone: str, now: datetime) -> None:
    """Raises Invalid for a day that is not over, Conflict while too many runs wait.

    Within a transaction nobody else takes the last place after this was answered: a form that was found right is kept.
    """
    require_over(day=day, zone=zone, now=now)
    one_after_another("what-if", "ask")
    if WhatIfRun.objects.filter(state__in=[State.WAITING, State.RUNNING]).count() >= OPEN_AT_ONCE:
        raise Conflict(_("Other runs are being computed. Try again when one of them is done."))


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


def run(run_id: int, *, now: datetime) -> bool:
    """Compute a run that nobody is at, or give it up after its last try; whether this worker computed it."""
    if not _claim(run_id, now):
        _give_up(run_id, now)
        return False
    asked = WhatIfRun.objects.get(pk=run_id)
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
    return True


def left_behind(*, now: datetime) -> list[int]:
    """Runs whose nudge was lost or whose worker died."""
    return list(WhatIfRun.objects.filter(_free(now)).order_by("pk").values_list("pk", flat=True))


def _claim(run_id: int, now: datetime) -> bool:
    claimed = WhatIfRun.objects.filter(_free(now), pk=run_id, tries__lt=TRIES)
    return bool(claimed.update(state=State.RUNNING, tries=F("tries") + 1, progress=0, touched_at=Now()))


def _give_up(run_id: int, now: datetime) -> None:
    """Its worker was lost at every try."""
    tried = WhatIfRun.objects.filter(_free(now), pk=run_id, tries__gte=TRIES)
    if tried.update(state=State.FAILED, failure=Failure.LOST, finished_at=Now(), touched_at=Now()):
        logger.error("what-if %s was given up: its worker was lost %s times", run_id, TRIES)


def _free(now: datetime) -> Q:
    """Nobody is at it."""
    return Q(state=State.WAITING) | Q(state=State.RUNNING, touched_at__lt=now - SILENT)


def cancel(run_id: int) -> bool:
    """Stop a run that is not over; its worker lets go at the next step. Whether it was open."""
    open_one = WhatIfRun.objects.filter(pk=run_id, state__in=[State.WAITING, State.RUNNING])
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


def usual_zone() -> str:
    """The zone in which a bank's day begins: that of the common line's hours."""
    calendar = Queue.objects.select_related("calendar").get(is_default=True).calendar
    return calendar.time_zone if calendar else "UTC"
