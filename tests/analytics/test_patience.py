"""Who gives up, and how much longer those who were served would have waited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.analytics.history import reading
from apps.analytics.history.patience import Patience
from apps.analytics.staffing import history
from apps.operators.models import Operator, Queue
from apps.routing.services import handling, publishing
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

DAY = NOW - timedelta(hours=9)


def test_whoever_was_served_would_have_waited_longer_by_the_patience_of_his_line() -> None:
    found = Patience([(1, 100.0, False), (1, 50.0, True), (2, 70.0, False)])
    longer = [found.of_served(number, 1, 100.0) or 0.0 for number in range(4000)]
    assert min(longer) >= 100.0
    assert sum(longer) / len(longer) - 100.0 == pytest.approx(150.0, rel=0.05)
    assert longer[:5] == [found.of_served(number, 1, 100.0) for number in range(5)]


def test_where_nobody_gave_up_nobody_does() -> None:
    assert Patience([(2, 70.0, False)]).of_served(1, 2, 70.0) is None


@pytest.fixture
def line() -> Queue:
    return organisation.common_line()


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=9)


@pytest.mark.django_db
def test_a_customer_who_closes_while_he_waits_gave_up_and_what_staff_close_did_not(
    line: Queue, anna: Operator
) -> None:
    left, spam = dialogues.conversation(line=line, now=NOW), dialogues.conversation(line=line, now=NOW)
    handling.close_by_customer(left.identity, left.pk, now=NOW + timedelta(seconds=60))
    handling.close(people.sight(anna), spam.pk, now=NOW + timedelta(seconds=20))
    past = reading.read(DAY, DAY + timedelta(days=1), [publishing.current(now=NOW)])
    gave_up = {each.number: each.gave_up for each in past.happened}
    patience = {each.number: each.handling.patience for each in past.day.arrivals}
    assert sorted(str(each) for each in gave_up.values()) == sorted(["None", str(NOW + timedelta(minutes=1))])
    assert sorted(map(str, patience.values())) == ["60.0", "None"]
    measured = history.measured(line.pk, since=DAY, until=DAY + timedelta(days=1))
    assert measured.patience == 80.0
