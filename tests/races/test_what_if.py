"""One administrator asks in several windows at the same moment; several workers look for what comes next."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from apps.analytics import tasks
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.core import clock
from apps.core.actors import Actor
from apps.core.models import User
from tests.factories import organisation, roles
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AFTER = NOW + timedelta(days=2)


def asks(administrator: User) -> Callable[[], tuple[int, str]]:
    """The same person in one more window, with the filled in page before him."""
    client = roles.browser(administrator)
    values = {"day": NOW.date().isoformat(), "within_seconds": "60", "rule_set": "", "line": ""}

    def post() -> tuple[int, str]:
        answer = client.post("/admin/analytics/whatifrun/add/", values)
        return answer.status_code, answer.content.decode()

    return post


def test_who_comes_second_for_his_last_place_is_told_so_on_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation.common_line()
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    monkeypatch.setattr(tasks.run_what_if, "delay", lambda: None)
    admin = roles.staff("administrator")
    for _each in range(what_if.OPEN_EACH - 1):
        what_if.ask(day=NOW.date(), zone="UTC", actor=Actor.staff(admin.pk), now=AFTER)
    answers = at_once(asks(admin), asks(admin), asks(admin))
    assert sorted(status for status, _page in answers) == [200, 200, 302]
    refused = [page for status, page in answers if status == 200]
    assert ["errorlist" in page for page in refused] == [True, True]
    assert WhatIfRun.objects.count() == what_if.OPEN_EACH


def test_workers_that_look_at_once_compute_one_run_of_each_person(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation.common_line()

    def take_a_while(*_asked: object, **_told: object) -> dict[str, object]:
        time.sleep(0.3)  # as long as the others need to look
        return {}

    monkeypatch.setattr(what_if, "compare", take_a_while)
    hers, his = (Actor.staff(roles.staff("administrator").pk) for _each in range(2))
    asked = [
        what_if.ask(day=NOW.date(), zone="UTC", actor=actor, now=AFTER).pk
        for actor in (hers, hers, hers, his)
    ]
    begun = at_once(*(partial(what_if.run_next, now=AFTER) for _each in range(4)))
    assert sorted(filter(None, begun)) == [asked[0], asked[3]]
    assert sorted(WhatIfRun.objects.values_list("state", flat=True)) == ["done", "done", "waiting", "waiting"]
