"""Versions of the rules: frozen, put into force at once or at a moment, taken back by one click.

Dispatch reads only what was published. Publishing is done one after another; what works now is the newest version
whose moment has come, the same for every process.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.actors import SYSTEM, Actor, ActorKind
from apps.core.errors import Conflict, Invalid
from apps.core.events import announce
from apps.core.locks import one_after_another
from apps.operators.models import Queue
from apps.operators.services import announcing
from apps.routing.events import RulesInForce
from apps.routing.models import RuleSet, RulesSetting
from apps.routing.ruling import frozen
from apps.routing.ruling.frozen import Content
from apps.routing.services import restoring


def in_force(*, now: datetime) -> RuleSet | None:
    """The version that works now; None until something was published for the first time."""
    return _standing().filter(effective_at__lte=now).first()


def scheduled(*, now: datetime) -> list[RuleSet]:
    """Versions whose moment has not come, the nearest first."""
    return list(_standing().filter(effective_at__gt=now).order_by("effective_at", "id"))


def _standing() -> QuerySet[RuleSet]:
    # What a version says is long, and parsed once (content_of).
    standing = RuleSet.objects.filter(called_off_at__isnull=True).defer("content")
    return standing.order_by("-effective_at", "-id")


def current(*, now: datetime) -> Content:
    """What dispatch reads: the version in force, or the rows themselves until a first one is published."""
    return working(now=now)[1]


def working(*, now: datetime) -> tuple[RuleSet | None, Content]:
    """The version in force, and what it says."""
    rule_set = in_force(now=now)
    return rule_set, content_of(rule_set) if rule_set else frozen.draft()


def content_of(rule_set: RuleSet) -> Content:
    """Its rules, parsed once per process: a version never changes."""
    assert rule_set.pk is not None
    return _content(rule_set.pk)


@lru_cache(maxsize=8)
def _content(rule_set_id: int) -> Content:
    return frozen.from_plain(RuleSet.objects.values_list("content", flat=True).get(pk=rule_set_id))


def publishes_at_once() -> bool:
    setting = RulesSetting.objects.first()
    return setting is None or setting.publishes_at_once


def has_unpublished_changes(*, now: datetime) -> bool:
    """Whether the rows differ from the newest version, in force or still to come."""
    last = newest()
    return last is None or last.digest != frozen.digest_of(frozen.draft())


def is_as_things_stand(rule_set: RuleSet, *, now: datetime) -> bool:
    """Whether it works now and the pages say nothing else: there is nothing to take back to it."""
    working = in_force(now=now)
    same = working is not None and working.pk == rule_set.pk
    return same and rule_set.digest == frozen.digest_of(frozen.draft())


def before(rule_set: RuleSet) -> RuleSet | None:
    """The version that worked before this one."""
    earlier = _standing().filter(effective_at__lt=rule_set.effective_at)
    return earlier.order_by("-effective_at", "-id").first()


def newest() -> RuleSet | None:
    """The version that was published last, in force or still to come."""
    return _standing().order_by("-id").first()


@transaction.atomic
def publish(
    *, actor: Actor, now: datetime, effective_at: datetime | None = None, note: str = ""
) -> RuleSet | None:
    """Freeze rules and priorities as they stand. None when the newest version says the same and works already.

    Raises Invalid for a moment in the past.
    """
    moment = effective_at or now
    if moment < now:
        raise Invalid(_("Choose a moment in the future."))
    one_after_another("rules", "publish")
    content = frozen.draft()
    digest = frozen.digest_of(content)
    last = newest()
    if last is not None and last.digest == digest and last.effective_at <= moment:
        return None
    made = RuleSet.objects.create(
        content=frozen.to_plain(content),
        digest=digest,
        effective_at=moment,
        published_at=now,
        published_by_id=actor.id if actor.kind == ActorKind.STAFF else None,
        note=note,
    )
    put_into_force(now=now)
    return made


def publish_if_at_once(*, actor: Actor, now: datetime) -> None:
    """After a change of rules or lines, where each change is published by itself."""
    if publishes_at_once():
        publish(actor=actor, now=now)


@transaction.atomic
def call_off(rule_set_id: int, *, now: datetime) -> None:
    """A scheduled version will not come into force. Raises Conflict when it already has."""
    one_after_another("rules", "publish")
    if not RuleSet.objects.filter(pk=rule_set_id, effective_at__gt=now, called_off_at__isnull=True).update(
        called_off_at=now
    ):
        raise Conflict(_("This version works already or was called off."))


@transaction.atomic
def take_back_to(rule_set_id: int, *, actor: Actor, now: datetime) -> RuleSet | None:
    """Make rules and priorities what they were in that version, and publish them at once.

    Raises Conflict for one that was called off: it never worked.
    """
    one_after_another("rules", "publish")
    version = RuleSet.objects.get(pk=rule_set_id)
    if version.called_off_at is not None:
        raise Conflict(_("This version was called off and never worked."))
    restoring.restore(content_of(version), actor=actor, now=now)
    return publish(actor=actor, now=now, note=str(_("Back to version %(number)s") % {"number": rule_set_id}))


def put_into_force(*, now: datetime) -> bool:
    """Let the order of lists follow the version that works now; whether anything changed.

    Called when something is published, and by the sweep for versions whose moment has come. Mostly nothing has
    changed: then no row is locked, since whatever joins a line waits for the row of that line.
    """
    rule_set = in_force(now=now)
    return rule_set is not None and not _is_at_work(rule_set) and _put_into_force(now)


def _is_at_work(rule_set: RuleSet) -> bool:
    return rule_set.took_effect_at is not None and not _out_of_order(rule_set).exists()


def _out_of_order(rule_set: RuleSet) -> QuerySet[Queue]:
    """Lines whose order in lists is not that of the version."""
    wrong = Q(pk__in=[])
    for line in content_of(rule_set).lines:
        wrong |= Q(pk=line.id) & ~Q(live_priority=line.priority)
    return Queue.objects.filter(wrong)


@transaction.atomic
def _put_into_force(now: datetime) -> bool:
    one_after_another("rules", "force")
    # Another version may have been published while this one waited.
    rule_set = in_force(now=now)
    assert rule_set is not None
    _tell_of(rule_set, now=now)
    wanted = {line.id: line.priority for line in content_of(rule_set).lines}
    changed = list(_out_of_order(rule_set).select_for_update(no_key=True).order_by("pk"))
    for queue in changed:
        queue.live_priority = wanted[queue.pk]
        queue.save(update_fields=["live_priority"])
        announcing.line_changed(queue.pk, fields=["live_priority"], actor=SYSTEM, now=now)
    return bool(changed)


def _tell_of(rule_set: RuleSet, *, now: datetime) -> None:
    """Announce a version the first time it is seen at work."""
    before = _standing().filter(took_effect_at__isnull=False).exclude(pk=rule_set.pk).first()
    if not RuleSet.objects.filter(pk=rule_set.pk, took_effect_at__isnull=True).update(took_effect_at=now):
        return
    was, content = content_of(before) if before else Content(), content_of(rule_set)
    categories = (was.categories, was.segments) != (content.categories, content.segments)
    announce(RulesInForce(rules=rule_set.pk, categories=categories), actor=SYSTEM, now=now)
