"""Whether operators are really there: who is silent is warned and set away, whose shift is over is taken home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import DateTimeField, Max, Min, OuterRef, QuerySet, Subquery

from apps.conversations.models import AuthorKind, Conversation
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.operators.models import Operator, Presence, WorkSetting
from apps.operators.services import attendance, presence
from apps.operators.shifts import DAY, Plan, plans
from apps.routing.models import Assignment
from apps.routing.services import offers

State = Presence.State


def watch(*, now: datetime) -> None:
    """Everything that time alone brings about; safe to run anywhere, any time.

    A step, or one person in it, that fails is logged and holds up none behind.
    """
    setting = WorkSetting.current()
    list_everybody()
    steps = (warn_the_silent, set_the_silent_away, follow_shifts)
    each_alone("a step of attendance", lambda step: step(setting, now=now), steps)


def list_everybody() -> int:
    """Who never came to work has a presence as well, so that it is seen who is missing."""
    unknown = Operator.objects.filter(is_active=True, presence=None).values_list("pk", "user__date_joined")
    rows = [Presence(operator_id=pk, since=since) for pk, since in unknown]
    return len(Presence.objects.bulk_create(rows, ignore_conflicts=True))


def leave(operator_id: int, *, now: datetime) -> int:
    """He is not at work any more: what he was offered goes back at once."""
    if Presence.objects.filter(operator=operator_id, state=State.ONLINE).exists():
        return 0
    asked = [each.conversation_id for each in offers.offered_to(operator_id)]
    return sum(offers.withdraw_from(operator_id, number, now=now) for number in asked)


# --- signs of life --------------------------------------------------------------------------------------


def warn_the_silent(setting: WorkSetting, *, now: datetime) -> int:
    """Tell who has shown no sign of life for too long; returns how many were told."""
    if not setting.away_minutes:
        return 0
    limit = now - timedelta(minutes=setting.away_minutes) + presence.WARNING
    quiet = _quiet_since(setting, Presence.objects.filter(away_at__isnull=True))
    due = [(pk, since) for pk, since in quiet.items() if since <= limit]
    return sum(
        each_alone(
            "warning the silent", lambda each: presence.warn(each[0], silent_since=each[1], now=now), due
        )
    )


def set_the_silent_away(setting: WorkSetting, *, now: datetime) -> int:
    """Who was told and did not show himself; a warning without a ground any more is taken back."""
    warned = Presence.objects.filter(state=State.ONLINE, away_at__isnull=False)
    numbers = set(warned.values_list("pk", flat=True))
    if not numbers:
        return 0
    grounded = set(_quiet_since(setting, warned)) if setting.away_minutes else set()
    each_alone(
        "taking back a warning", partial(presence.take_back_warning, now=now), sorted(numbers - grounded)
    )
    return sum(each_alone("setting away", partial(presence.set_away, now=now), sorted(grounded)))


def _quiet_since(setting: WorkSetting, found: QuerySet[Presence]) -> dict[int, datetime]:
    """Of these, who is at work and whose silence counts, with the moment since when nothing was heard of him.

    A sign of life is any input in the workspace or words to a customer. Silence counts only from the moment when
    there was something to do, unless the rules say otherwise.
    """
    held = Assignment.objects.filter(operator=OuterRef("pk"), ended_at__isnull=True, freed_at__isnull=True)
    said = Conversation.objects.filter(holder=OuterRef("pk"), last_author=AuthorKind.OPERATOR)
    rows = found.filter(state=State.ONLINE, gone_since__isnull=True).values_list(
        "pk",
        "since",
        "active_at",
        _of_each(said, "holder", Max("last_at")),
        _of_each(held, "operator", Min("started_at")),
    )
    silent = {}
    for pk, *signs, busy_since in rows:
        if busy_since is None and not setting.away_without_work:
            continue
        if not setting.away_without_work:
            signs.append(busy_since)
        silent[pk] = max(sign for sign in signs if sign is not None)
    return silent


def _of_each(rows: QuerySet[Assignment] | QuerySet[Conversation], owner: str, value: Min | Max) -> Subquery:
    grouped = rows.order_by().values(owner).annotate(value=value).values("value")
    return Subquery(grouped, output_field=DateTimeField())


# --- shifts ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """Somebody at work, and his shifts; without a plan he is bound by none."""

    number: int
    plan: Plan | None


def follow_shifts(setting: WorkSetting, *, now: datetime) -> int:
    """Note whose shift ends when; returns how many were taken home because theirs is over."""
    follow = partial(_follow, setting=setting, now=now)
    return sum(each_alone("following a shift", follow, _bound(setting, now)))


def _bound(setting: WorkSetting, now: datetime) -> Iterable[Bound]:
    """Those at work whom shifts bind, and those whom they did bind a moment ago."""
    here = Presence.objects.exclude(state=State.OFFLINE)
    if setting.works_outside_shift:
        here = here.filter(shift_ends_at__isnull=False)
        return [Bound(pk, None) for pk in here.values_list("pk", flat=True)]
    rows = dict(here.values_list("pk", "shift_ends_at"))
    found = plans(rows, now, now + DAY)
    return [Bound(pk, found.get(pk)) for pk, ends in rows.items() if pk in found or ends is not None]


@transaction.atomic
def _follow(bound: Bound, setting: WorkSetting, now: datetime) -> bool:
    Operator.objects.select_for_update(no_key=True).filter(pk=bound.number).first()
    row = (
        Presence.objects.select_for_update(no_key=True)
        .exclude(state=State.OFFLINE)
        .filter(pk=bound.number)
        .first()
    )
    if row is None:
        return False
    span = attendance.running(bound.plan, setting, now) if bound.plan else None
    if bound.plan is None or span is not None:
        changed = attendance.follow(row, span, setting)
    else:
        changed = attendance.end(row, now=now)
    if changed:
        row.save(update_fields=["shift_ends_at", "offers_until"])
        presence.note(row, actor=SYSTEM, now=now)
    over = bound.plan is not None and span is None
    return over and _take_home(row, now)


def _take_home(row: Presence, now: datetime) -> bool:
    """When he holds nothing and is offered nothing; his row is locked, so nothing can come in between."""
    if Assignment.objects.filter(operator=row.pk, ended_at__isnull=True).exists():
        return False
    presence.set_presence(row.pk, state=State.OFFLINE, cause=Presence.Cause.SHIFT_OVER, actor=SYSTEM, now=now)
    return True
