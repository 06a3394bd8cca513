"""Whose lines, capacity and skills a past day is played with: those of that day, where the history knows them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import models

from apps.analytics.history import configured, shifts
from apps.analytics.whatif.day import Abilities
from apps.core.history import DELETE, INSERT, UPDATE, event_model
from apps.operators.models import (
    Operator,
    Queue,
    QueueMembership,
    Shift,
    Skill,
    SkillLevel,
    WorkSetting,
)
from apps.routing.matching.pool import UNIT
from apps.routing.models import ServicePolicy
from tests.factories import organisation, people

pytestmark = pytest.mark.django_db

# Later than any clock that wrote the rows of these tests; their history is then put into the days before.
BEGINS = datetime(2090, 5, 10, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=1)
BEFORE = BEGINS - timedelta(days=3)


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты")


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=3)


def wrote(model: type[models.Model], row: int, label: str, at: datetime, **values: object) -> None:
    """The database wrote down this change at that moment."""
    kept = event_model(model)
    assert kept is not None
    moment = kept._meta.get_field("pgh_created_at")
    moment.auto_now_add = False
    try:
        kept.objects.create(pgh_obj_id=row, pgh_label=label, pgh_created_at=at, **values)
    finally:
        moment.auto_now_add = True


def of(anna: Operator) -> list[tuple[datetime, Abilities]]:
    return configured.abilities([anna.pk], BEGINS, ENDS).of[anna.pk]


def test_what_was_changed_since_does_not_count(line: Queue, anna: Operator) -> None:
    other = organisation.line("Кредиты")
    wrote(QueueMembership, 900, INSERT, ENDS, id=900, operator_id=anna.pk, queue_id=other.pk)
    assert of(anna) == [(BEGINS, Abilities(lines=frozenset({line.pk}), capacity=3 * UNIT))]


def test_changes_of_that_day_count_from_their_moments(line: Queue, anna: Operator) -> None:
    kept = event_model(Operator)
    assert kept is not None
    row = kept.objects.filter(pgh_obj_id=anna.pk).latest("pgh_id")
    skill = Skill.objects.create(name="Ипотека")
    wrote(SkillLevel, 900, INSERT, BEFORE, id=900, operator_id=anna.pk, skill_id=skill.pk, level=2)
    noon, evening = BEGINS + timedelta(hours=12), BEGINS + timedelta(hours=18)
    membership = QueueMembership.objects.get()
    of_hers = {"id": membership.pk, "operator_id": anna.pk, "queue_id": line.pk}
    wrote(QueueMembership, membership.pk, DELETE, evening, **of_hers)
    same = {each.attname: getattr(row, each.attname) for each in Operator._meta.fields}
    wrote(Operator, anna.pk, UPDATE, noon, **{**same, "capacity": 7})
    assert [(at, each.capacity // UNIT, set(each.lines), each.skills) for at, each in of(anna)] == [
        (BEGINS, 3, {line.pk}, {skill.pk: 2}),
        (noon, 7, {line.pk}, {skill.pk: 2}),
        # Nobody else serves it, but somebody did that day: nobody of now stands in.
        (evening, 7, set(), {skill.pk: 2}),
    ]


def test_members_of_now_stand_in_for_a_line_that_had_none_that_day(line: Queue, anna: Operator) -> None:
    membership = QueueMembership.objects.get()
    of_hers = {"id": membership.pk, "operator_id": anna.pk, "queue_id": line.pk}
    wrote(QueueMembership, membership.pk, DELETE, BEFORE, **of_hers)
    found = configured.abilities([anna.pk], BEGINS, ENDS)
    assert (found.known, found.new_lines) == (True, {line.pk})
    assert found.of[anna.pk][0][1].lines == {line.pk}


def test_a_day_before_the_history_is_played_with_what_is_set_now(line: Queue, anna: Operator) -> None:
    long_ago = datetime(1990, 1, 1, tzinfo=UTC)
    found = configured.abilities([anna.pk], long_ago, long_ago + timedelta(days=1))
    assert not found.known
    assert found.of[anna.pk] == [(long_ago, Abilities(lines=frozenset({line.pk}), capacity=3 * UNIT))]


def test_policies_are_those_of_that_day(anna: Operator) -> None:
    policy = ServicePolicy.objects.create(name="Быстро", first_seconds=60, since=BEFORE)
    row = {each.attname: getattr(policy, each.attname) for each in ServicePolicy._meta.fields}
    wrote(ServicePolicy, policy.pk, UPDATE, BEFORE, **{**row, "first_seconds": 90})
    wrote(ServicePolicy, policy.pk, UPDATE, ENDS, **{**row, "first_seconds": 30})
    assert [each.first_seconds for each in configured.as_of(ServicePolicy, BEGINS)] == [90]
    assert [
        each.first_seconds for each in configured.as_of(ServicePolicy, datetime(1990, 1, 1, tzinfo=UTC))
    ] == [60]


def test_shifts_of_a_past_day_are_those_that_stood_then(anna: Operator) -> None:
    """Moved to another day since, and still bound by the rules of the house of that day."""
    day = BEGINS.date()
    both = {"operator_id": anna.pk, "begins": time(9), "ends": time(18), "note": ""}
    wrote(Shift, 900, INSERT, BEFORE, id=900, date=day, **both)
    wrote(Shift, 900, UPDATE, ENDS, id=900, date=day + timedelta(days=40), **both)
    house = {each.attname: each.get_default() for each in WorkSetting._meta.fields if not each.primary_key}
    wrote(WorkSetting, 1, INSERT, BEFORE, id=1, **{**house, "works_outside_shift": False})
    (bound,) = shifts.bounds([anna.pk], BEGINS, ENDS, moment=BEGINS)[anna.pk]
    zone = ZoneInfo(anna.user.time_zone)
    assert bound.begins == datetime.combine(day, time(8, 45), zone)
    assert bound.until == datetime.combine(day, time(17, 55), zone)
    assert bound.ends == datetime.combine(day, time(18), zone)
    assert shifts.bounds([anna.pk], BEGINS, ENDS, moment=None) == {}
