"""Rules and their conditions, written and published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.core.actors import SYSTEM
from apps.operators.models import Queue
from apps.routing.models import Condition, Rule, RuleSet
from apps.routing.services import publishing
from tests.factories.people import NOW


def rule(queue: Queue, *conditions: dict[str, Any], **values: Any) -> Rule:
    """A rule of a line; each condition as its columns, "is one of" in the group "all" unless told otherwise."""
    made = Rule.objects.create(**{"name": f"to {queue}", "queue": queue, **values})
    for each in conditions:
        Condition.objects.create(**{"rule": made, "group": "all", "comparison": "is", **each})
    return made


def publish(*, now: datetime = NOW, **values: Any) -> RuleSet:
    made = publishing.publish(actor=SYSTEM, now=now, **values)
    assert made is not None
    return made
