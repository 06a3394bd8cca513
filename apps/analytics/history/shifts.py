"""When shifts let operators be offered something: those of a past day, or those of now, played over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from apps.analytics.history.configured import as_of
from apps.analytics.whatif.day import Bound
from apps.core.models import User
from apps.operators.models import Shift, WeeklyShift, WorkSetting
from apps.operators.shifts import DAY, Plan, plans


def bounds(
    operators: Collection[int], begins: datetime, ends: datetime, *, moment: datetime | None
) -> dict[int, tuple[Bound, ...]]:
    """Of those whom shifts bind, as rules and shifts stood at a moment; None: as they stand now."""
    setting = WorkSetting.current() if moment is None else _setting(moment)
    if setting.works_outside_shift:
        return {}
    found = plans(operators, begins, ends) if moment is None else _plans(operators, begins, ends, moment)
    return {pk: tuple(_bounds(plan, setting, begins, ends)) for pk, plan in found.items()}


def _setting(moment: datetime) -> WorkSetting:
    return next(iter(as_of(WorkSetting, moment)), WorkSetting(pk=1))


def _plans(operators: Collection[int], begins: datetime, ends: datetime, moment: datetime) -> dict[int, Plan]:
    """As ``operators.shifts.plans``, of the history. Who has shifts on later dates only is bound as well."""
    first, last = (begins - 2 * DAY).date(), (ends + 2 * DAY).date()
    weekly: defaultdict[int, list[WeeklyShift]] = defaultdict(list)
    for row in as_of(WeeklyShift, moment):
        if row.valid_to is None or row.valid_to >= first:
            weekly[row.operator_id].append(row)
    dated: defaultdict[int, list[Shift]] = defaultdict(list)
    for shift in as_of(Shift, moment, among=Q(date__gte=first)):
        if shift.begins is not None or first <= shift.date <= last:
            dated[shift.operator_id].append(shift)
    bound = (weekly.keys() | dated.keys()) & set(operators)
    zones = User.objects.filter(pk__in=bound).values_list("pk", "time_zone")
    return {pk: Plan(zone, weekly[pk], dated[pk]) for pk, zone in zones}


def _bounds(plan: Plan, setting: WorkSetting, begins: datetime, ends: datetime) -> Iterator[Bound]:
    early, last = timedelta(minutes=setting.early_minutes), timedelta(minutes=setting.last_minutes)
    for span in plan.between(begins, ends + early):
        yield Bound(begins=span.begins - early, until=span.ends - last, ends=span.ends)
