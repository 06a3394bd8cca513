"""A rule once more, to be changed: the copy is off until somebody switches it on."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.routing.models import Condition, Rule, RuleSkill


@transaction.atomic
def copy_rule(rule_id: int) -> Rule:
    """Name, line, conditions and skills of a rule in a new one."""
    rule = Rule.objects.prefetch_related("conditions", "skill_needs").get(pk=rule_id)
    name = (_("%(name)s (copy)") % {"name": rule.name})[:120]
    made = Rule.objects.create(
        name=name, queue_id=rule.queue_id, beats_choice=rule.beats_choice, is_active=False
    )
    copied = ("group", "kind", "name", "comparison", "values")
    for row in sorted(rule.conditions.all(), key=lambda each: each.pk):
        Condition.objects.create(rule=made, **{field: getattr(row, field) for field in copied})
    for need in rule.skill_needs.all():
        RuleSkill.objects.create(
            rule=made, skill_id=need.skill_id, level=need.level, relax_seconds=need.relax_seconds
        )
    return made
