"""A look at everything: findings become violations, violations that are no longer found are over."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.core.actors import SYSTEM, Actor
from apps.core.events import announce_all
from apps.core.locks import only_one
from apps.routing.events import ViolationEnded, ViolationFound
from apps.routing.models import Breach, Patrol, Violation
from apps.routing.watchdog import checks
from apps.routing.watchdog.checks import Finding

HOLDING = (Violation.State.SUSPECTED, Violation.State.OPEN)
# A place is filled a moment after it became free, a line is emptied a moment after it opened, and a bot's turn ends a
# moment after its time.
PATIENCE = {
    Breach.LEFT_WAITING: timedelta(seconds=checks.LATE),
    Breach.BOT_GONE: timedelta(seconds=checks.LATE),
    Breach.OFFLINE_THOUGH_OPEN: timedelta(seconds=checks.LATE),
}
NONE = timedelta(0)


def patrol(*, now: datetime) -> int | None:
    """Look once; how many violations hold now. None while another process looks."""
    with only_one("watchdog") as alone:
        if not alone:
            return None
        began = time.monotonic()
        found = checks.look(now=now)
        holding = _take_up(found, now=now)
        took = round((time.monotonic() - began) * 1000)
        Patrol.objects.update_or_create(pk=1, defaults={"at": now, "milliseconds": took})
        return holding


@transaction.atomic
def _take_up(found: Sequence[Finding], *, now: datetime) -> int:
    holding = Violation.objects.filter(state__in=HOLDING).order_by("pk")
    known = {_key(row): row for row in holding.select_for_update(no_key=True)}
    seen = {finding.key: finding for finding in found}
    confirmed = [row for key, row in known.items() if key in seen and _see_again(row, seen[key], now)]
    made = [_begin(finding, now) for key, finding in seen.items() if key not in known]
    Violation.objects.bulk_update([known[key] for key in known.keys() & seen.keys()], SEEN)
    Violation.objects.bulk_create(made)
    _tell([*confirmed, *(row for row in made if row.state == Violation.State.OPEN)], now)
    for key in known.keys() - seen.keys():
        end(known[key], Violation.State.GONE, actor=SYSTEM, now=now)
    return Violation.objects.filter(state=Violation.State.OPEN).count()


SEEN = ["state", "last_seen", "details", "operator", "queue"]


def _key(row: Violation) -> tuple[str, int | None, int | None]:
    return (row.code, row.conversation_id, None if row.conversation_id else row.operator_id)


def _begin(finding: Finding, now: datetime) -> Violation:
    waits = PATIENCE.get(Breach(finding.code), NONE)
    return Violation(
        code=finding.code,
        state=Violation.State.SUSPECTED if waits else Violation.State.OPEN,
        conversation_id=finding.conversation,
        operator_id=finding.operator,
        queue_id=finding.line,
        details=finding.seen,
        first_seen=now,
        last_seen=now,
    )


def _see_again(row: Violation, finding: Finding, now: datetime) -> bool:
    """Whether it is confirmed by this look."""
    row.last_seen, row.details = now, finding.seen
    row.operator_id, row.queue_id = finding.operator, finding.line
    waits = PATIENCE.get(Breach(row.code), NONE)
    if row.state == Violation.State.SUSPECTED and now - row.first_seen >= waits:
        row.state = Violation.State.OPEN
        return True
    return False


def _tell(rows: Sequence[Violation], now: datetime) -> None:
    if not rows:
        return
    told = [
        ViolationFound(
            violation=row.pk,
            code=row.code,
            conversation=row.conversation_id,
            operator=row.operator_id,
            line=row.queue_id,
        )
        for row in rows
    ]
    announce_all(told, actor=SYSTEM, now=now)


def end(row: Violation, state: str, *, actor: Actor, now: datetime) -> None:
    """It holds no longer. A suspicion that came to nothing is forgotten."""
    if row.state == Violation.State.SUSPECTED and state == Violation.State.GONE:
        row.delete()
        return
    row.state, row.ended_at = state, now
    row.repaired_by_id = actor.id if state == Violation.State.REPAIRED else None
    row.save(update_fields=["state", "ended_at", "repaired_by"])
    told = ViolationEnded(
        violation=row.pk,
        code=row.code,
        conversation=row.conversation_id,
        operator=row.operator_id,
        line=row.queue_id,
        state=state,
    )
    announce_all([told], actor=actor, now=now)
