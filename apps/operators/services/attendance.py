"""Shifts at work: who may come now, until when he is offered something, and when he is taken home."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.core.errors import Conflict
from apps.operators.models import Presence, WorkSetting
from apps.operators.shifts import Plan, Span, plan_of


class OffShift(Conflict):
    """His shift is not now, and the rules let nobody work outside it."""

    code = "off_shift"


def begin(presence: Presence, *, now: datetime) -> None:
    """He comes to work: note his shift, or raise OffShift. The presence is not saved here."""
    setting = WorkSetting.current()
    plan = None if setting.works_outside_shift else plan_of(presence.pk, now=now)
    if plan is None:
        presence.shift_ends_at = presence.offers_until = None
        return
    span = running(plan, setting, now)
    if span is None:
        raise OffShift(_refusal(plan, now))
    follow(presence, span, setting)


def running(plan: Plan, setting: WorkSetting, now: datetime) -> Span | None:
    """The shift that goes on now, or is about to begin and may be come to."""
    return plan.at(now) or plan.at(now + timedelta(minutes=setting.early_minutes))


def follow(presence: Presence, span: Span | None, setting: WorkSetting) -> bool:
    """Note when the shift of this moment ends; returns whether that changed. The presence is not saved here."""
    ends = span.ends if span else None
    until = ends - timedelta(minutes=setting.last_minutes) if ends else None
    changed = (presence.shift_ends_at, presence.offers_until) != (ends, until)
    presence.shift_ends_at, presence.offers_until = ends, until
    return changed


def end(presence: Presence, *, now: datetime) -> bool:
    """His shift is over, or was taken away; returns whether that is new. The presence is not saved here."""
    ends, until = presence.shift_ends_at, presence.offers_until
    presence.shift_ends_at = min(ends, now) if ends else now
    presence.offers_until = min(until, now) if until else now
    return (ends, until) != (presence.shift_ends_at, presence.offers_until)


def _refusal(plan: Plan, now: datetime) -> str:
    following = plan.next(now)
    if following is None:
        return _("You have no shift now, and none is planned. Ask your supervisor.")
    moment = date_format(localtime(following.begins, plan.zone), "SHORT_DATETIME_FORMAT")
    return _("You have no shift now. The next one begins on %(moment)s.") % {"moment": moment}


def lateness(
    span: Span | None, presence: Presence | None, setting: WorkSetting, now: datetime
) -> timedelta | None:
    """How late he is for the shift that goes on now; None when he is at work, or not late yet.

    On a break he has come: only who is offline, or was never here, is late.
    """
    if span is None or (presence is not None and presence.state != Presence.State.OFFLINE):
        return None
    if presence is not None and presence.since >= span.begins:
        return None  # he came and left again, which his state tells
    late = now - span.begins
    return late if late >= timedelta(minutes=setting.late_minutes) else None
