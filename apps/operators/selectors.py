"""Reads about the organisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from apps.core.models import Brand
from apps.operators.calendar import is_open, production_days
from apps.operators.models import (
    BreakReason,
    DeclineReason,
    Presence,
    Queue,
    QueueMembership,
    ReplyTemplate,
    Tag,
    WorkSetting,
)
from apps.operators.payloads import BrandView, LineView, PresenceNotes, ReasonView, TagView, TemplateView


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What rarely changes and every workspace needs."""

    lines: list[LineView]
    tags: list[TagView]
    templates: list[TemplateView]
    reasons: list[ReasonView]
    decline_reasons: list[ReasonView]
    brand: BrandView


def catalogue(user_id: int, *, language: str, now: datetime) -> Catalogue:
    """Lines by priority, tags, the templates this operator may use, reasons, the bank's look: ten queries."""
    mine = set(QueueMembership.objects.filter(operator_id=user_id).values_list("queue_id", flat=True))
    return Catalogue(
        lines=lines(mine, now=now),
        tags=[TagView(id=t.pk, name=t.name, colour=t.colour, active=t.is_active) for t in Tag.objects.all()],
        templates=templates(user_id, mine),
        reasons=reasons(BreakReason, language),
        decline_reasons=reasons(DeclineReason, language),
        brand=brand(language),
    )


def serves(operator_id: int, line_id: int) -> bool:
    """Whether the operator is a member of the line now."""
    return QueueMembership.objects.filter(operator=operator_id, queue=line_id).exists()


def reasons(model: type[BreakReason | DeclineReason], language: str) -> list[ReasonView]:
    """Those that may be chosen, in the reader's language."""
    rows = model._default_manager.filter(is_active=True)
    return [
        ReasonView(
            id=row.pk,
            name=row.name(language),
            minutes=row.minutes if isinstance(row, BreakReason) else None,
        )
        for row in rows
    ]


def brand(language: str) -> BrandView:
    """How the bank looks."""
    found = Brand.objects.first() or Brand()
    logo = str(found.logo_id) if found.logo_id else None
    return BrandView(name=found.called(language), colour=found.accent, logo=logo)


def lines(mine: set[int], *, now: datetime) -> list[LineView]:
    """Every line, the most important first; names of lines are no secret among staff, their contents are."""
    queues = Queue.objects.select_related("calendar").prefetch_related(
        "calendar__intervals", "calendar__exceptions"
    )
    production = production_days()
    return [
        LineView(
            id=queue.pk,
            name=queue.name,
            priority=queue.live_priority,
            common=queue.is_default,
            mine=queue.pk in mine,
            open=is_open(queue.calendar, now, production),
            active=queue.is_active,
            outside=queue.outside_id is not None,
        )
        for queue in queues
    ]


def templates(user_id: int, lines_of_user: set[int]) -> list[TemplateView]:
    """Common templates, those of the user's lines and his own."""
    usable = Q(queue=None) | Q(queue__in=lines_of_user), Q(owner=None) | Q(owner=user_id)
    found = ReplyTemplate.objects.filter(*usable, is_active=True).select_related("folder")
    return [
        TemplateView(
            id=each.pk,
            shortcut=each.shortcut,
            title=each.title,
            text=each.text,
            language=each.language,
            folder=each.folder.name if each.folder else "",
            line=each.queue_id,
            personal=each.owner_id is not None,
        )
        for each in found
    ]


def presence_notes(presence: Presence | None) -> PresenceNotes:
    """What the operator's own screens show beside his state; one query, two when somebody sent him."""
    if presence is None:
        return PresenceNotes()
    setting = WorkSetting.current()
    ends = presence.shift_ends_at
    return PresenceNotes(
        cause=presence.cause,
        sent_by=str(presence.sent_by) if presence.sent_by else "",
        away_at=presence.away_at,
        missed=presence.missed,
        missed_limit=setting.missed_offers,
        shift_told_at=ends - timedelta(minutes=setting.ending_minutes) if ends else None,
        shift_ends_at=ends,
        offers_until=presence.offers_until,
    )
