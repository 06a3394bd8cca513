"""A version of the rules written back into the rows that the back office edits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

from apps.core.actors import Actor
from apps.core.models import User
from apps.operators.models import LineSkill, Overflow, Queue, Skill
from apps.operators.services import announcing
from apps.routing.models import Category, Condition, Rule, RuleSkill, Segment
from apps.routing.ruling.frozen import Content, FrozenCategory, FrozenLine, FrozenRule, FrozenSegment, Need


def restore(content: Content, *, actor: Actor, now: datetime) -> None:
    """Rules, categories, segments, priorities and terms of lines as they were.

    Lines and skills that are gone meanwhile are left out; rules and categories that came later are switched off,
    since a decision may name them.
    """
    for segment in content.segments:
        _segment(segment)
    present = {queue.pk: queue for queue in Queue.objects.select_for_update(no_key=True).order_by("pk")}
    kept: set[int] = set()
    for line in content.lines:
        if queue := present.get(line.id):
            _line(queue, line, present, actor=actor, now=now)
            kept |= {_rule(rule, queue) for rule in line.rules}
    _switch_off(Rule, kept)
    _switch_off(Category, {_category(each) for each in content.categories})


def _switch_off(model: type[Rule] | type[Category], kept: set[int]) -> None:
    for row in model.objects.filter(is_active=True).exclude(pk__in=kept):
        row.is_active = False
        row.save(update_fields=["is_active"])


def _line(queue: Queue, line: FrozenLine, present: dict[int, Queue], *, actor: Actor, now: datetime) -> None:
    wanted: dict[str, Any] = {"priority": line.priority}
    wanted |= {name: getattr(line.terms, name) for name in line.terms.__struct_fields__}
    if not User.objects.filter(pk__in=[line.terms.outside_id or 0]).exists():
        wanted["outside_id"] = None
    changed = [name for name, value in wanted.items() if getattr(queue, name) != value]
    for name in changed:
        setattr(queue, name, wanted[name])
    if changed:
        queue.save(update_fields=changed)
    _needs(LineSkill, {"queue": queue}, line.needs)
    _overflows(queue, line, present)
    announcing.line_changed(queue.pk, fields=changed or ["rules"], actor=actor, now=now)


def _overflows(queue: Queue, line: FrozenLine, present: dict[int, Queue]) -> None:
    wanted = {(each.by, each.reserve): each.limit for each in line.overflows if each.reserve in present}
    for row in queue.overflows.all():
        if (row.by, row.reserve_id) not in wanted:
            row.delete()
    for (by, reserve), limit in wanted.items():
        Overflow.objects.update_or_create(queue=queue, by=by, reserve_id=reserve, defaults={"limit": limit})


def _needs(model: type[LineSkill] | type[RuleSkill], owner: dict[str, Any], needs: Iterable[Need]) -> None:
    known = set(Skill.objects.values_list("pk", flat=True))
    wanted = {need.skill: need for need in needs if need.skill in known}
    model.objects.filter(**owner).exclude(skill__in=wanted).delete()
    for need in wanted.values():
        values = {"level": need.level, "relax_seconds": need.relax}
        model.objects.update_or_create(**owner, skill_id=need.skill, defaults=values)


def _rule(rule: FrozenRule, queue: Queue) -> int:
    values = {"name": rule.name, "queue": queue, "beats_choice": rule.beats_choice, "is_active": True}
    row, _made = Rule.objects.update_or_create(pk=rule.id, defaults=values)
    _conditions(row, rule)
    _needs(RuleSkill, {"rule": row}, rule.needs)
    return row.pk


def _segment(segment: FrozenSegment) -> None:
    row, _made = Segment.objects.update_or_create(pk=segment.id, defaults={"name": segment.name})
    _conditions(row, segment)


def _category(category: FrozenCategory) -> int:
    values = {"name": category.name, "code": category.code, "rank": category.rank, "is_active": True}
    row, _made = Category.objects.update_or_create(pk=category.id, defaults=values)
    _conditions(row, category)
    return row.pk


def _conditions(row: Rule | Segment | Category, was: FrozenRule | FrozenSegment | FrozenCategory) -> None:
    owner: dict[str, Model] = {row._meta.model_name or "": row}
    row.conditions.exclude(pk__in=[each.id for each in was.conditions]).delete()
    for each in was.conditions:
        Condition.objects.update_or_create(
            pk=each.id,
            defaults={
                **owner,
                "group": each.group,
                "kind": each.kind,
                "name": each.name,
                "comparison": each.comparison,
                "values": list(each.values),
            },
        )
