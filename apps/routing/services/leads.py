"""What staff and the bank's systems do with a lead: whose it is, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.conversations.access import Area, Sight, sight_of
from apps.conversations.models import Right
from apps.conversations.services.words import prepare
from apps.core.actors import Actor
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound
from apps.core.events import announce
from apps.core.models import User
from apps.routing.events import LeadChanged
from apps.routing.models import Lead, LeadState

REASON = 200  # characters
LEGAL: dict[str, frozenset[str]] = {
    LeadState.NEW: frozenset({LeadState.IN_WORK, LeadState.DONE, LeadState.FAILED}),
    LeadState.IN_WORK: frozenset({LeadState.NEW, LeadState.DONE, LeadState.FAILED}),
    LeadState.DONE: frozenset({LeadState.IN_WORK}),
    LeadState.FAILED: frozenset({LeadState.IN_WORK}),
    LeadState.JOINED: frozenset(),
}
FINAL = (LeadState.DONE, LeadState.FAILED)


def visible_to(sight: Sight, right: str = Right.METADATA) -> QuerySet[Lead]:
    """Leads of the lines and channels over which somebody has the right."""
    condition = Q(pk__in=[])
    for area in sight.areas.get(right, ()):
        condition |= _of_area(area)
    return Lead.objects.filter(condition)


def _of_area(area: Area) -> Q:
    line = Q(pk__isnull=False) if area.line_id is None else Q(queue_id=area.line_id)
    return line if area.channel_id is None else line & Q(channel_id=area.channel_id)


def may(sight: Sight, right: str, lead: Lead) -> bool:
    """Whether somebody has the right over this lead's line and channel."""
    return sight.covers(right, line_id=lead.queue_id, channel_id=lead.channel_id)


def shown_to(sight: Sight, lead: Lead) -> Lead:
    """The lead with name, phone and e-mail as this reader may see them: None without the right."""
    personal = may(sight, Right.PERSONAL, lead)
    for name in ("name", "phone", "email"):
        setattr(lead, f"shown_{name}", getattr(lead, name) if personal else None)
    return lead


@transaction.atomic
def change(sight: Sight, lead_id: int, *, values: Mapping[str, Any], actor: Actor, now: datetime) -> Lead:
    """Owner and state at once, all or nothing; ``values`` may hold ``owner``, ``state`` and ``reason``."""
    lead = _locked(sight, lead_id)
    if "owner" in values:
        lead = give(sight, lead_id, values["owner"], actor=actor, now=now)
    if "state" in values:
        reason = values.get("reason", "")
        lead = move(sight, lead_id, to=values["state"], reason=reason, actor=actor, now=now)
    return lead


@transaction.atomic
def move(sight: Sight, lead_id: int, *, to: str, actor: Actor, now: datetime, reason: str = "") -> Lead:
    """Bring a lead to another state; the same one again changes nothing. Whoever begins with an unowned one owns it.

    Raises NotFound, Forbidden, Invalid (a failure without reason), Conflict (an impossible step, or another lead of
    the same contact is open meanwhile).
    """
    lead = _locked(sight, lead_id)
    if lead.state == to:
        return lead
    if to not in LEGAL[lead.state]:
        raise Conflict(_("This lead cannot become that now."), code="illegal_move")
    reason = prepare(reason, limit=REASON, may_be_empty=True)
    if to == LeadState.FAILED and not reason:
        raise Invalid(_("Say why it failed."), code="reason_missing")
    lead.state, lead.changed_at = to, now
    lead.reason = reason if to == LeadState.FAILED else ""
    lead.closed_at = now if to in FINAL else None
    if to == LeadState.IN_WORK and lead.owner_id is None and actor.kind == "staff":
        lead.owner_id = sight.user_id
    _save(lead)
    _announce(lead, "state", actor, now)
    return lead


@transaction.atomic
def give(sight: Sight, lead_id: int, owner_id: int | None, *, actor: Actor, now: datetime) -> Lead:
    """Make somebody its owner, or nobody; raises NotFound, Forbidden, Invalid for who may not read it."""
    lead = _locked(sight, lead_id)
    if lead.owner_id == owner_id:
        return lead
    if owner_id is not None:
        user = User.objects.filter(pk=owner_id, is_active=True, is_service=False).first()
        if user is None or not may(sight_of(user), Right.TEXT, lead):
            raise Invalid(_("This person may not read leads of the line."), code="not_his_line")
    lead.owner_id, lead.changed_at = owner_id, now
    lead.save(update_fields=["owner", "changed_at"])
    _announce(lead, "owner", actor, now)
    return lead


def _locked(sight: Sight, lead_id: int) -> Lead:
    """A lead that somebody may work on: who reads the line's conversations and answers in it."""
    found = visible_to(sight).select_for_update(no_key=True, of=("self",)).filter(pk=lead_id).first()
    if found is None:
        raise NotFound(_("There is no such lead."))
    if not may(sight, Right.ANSWER, found):
        raise Forbidden(_("You do not have the right to do this in this line."))
    return found


def _save(lead: Lead) -> None:
    try:
        with transaction.atomic():
            lead.save(update_fields=["state", "reason", "closed_at", "owner", "changed_at"])
    except IntegrityError as error:
        raise Conflict(_("Another lead of this contact is open."), code="another_open") from error


def _announce(lead: Lead, change: str, actor: Actor, now: datetime) -> None:
    event = LeadChanged(
        lead=lead.pk, change=change, line=lead.queue_id, state=lead.state, owner=lead.owner_id
    )
    announce(event, actor=actor, now=now)
