"""Two administrators ask for the last place among the runs of what-if at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.analytics import tasks
from apps.analytics.models import WhatIfRun
from apps.analytics.services import what_if
from apps.core import clock
from apps.core.actors import SYSTEM
from tests.factories import organisation, roles
from tests.factories.people import NOW
from tests.races.crew import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AFTER = NOW + timedelta(days=2)
REFUSAL = "Вычисляются другие расчёты. Повторите, когда один из них будет готов."


def asks() -> Callable[[], tuple[int, str]]:
    """Somebody with the filled in page before him."""
    client = roles.browser(roles.staff("administrator"))
    values = {"day": NOW.date().isoformat(), "within_seconds": "60", "rule_set": "", "line": ""}

    def post() -> tuple[int, str]:
        answer = client.post("/admin/analytics/whatifrun/add/", values)
        return answer.status_code, answer.content.decode()

    return post


def test_who_comes_second_for_the_last_place_is_told_so_on_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation.common_line()
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    monkeypatch.setattr(tasks.run_what_if, "delay", lambda run_id: None)
    for _each in range(what_if.OPEN_AT_ONCE - 1):
        what_if.ask(day=NOW.date(), zone="UTC", actor=SYSTEM, now=AFTER)
    answers = at_once(asks(), asks(), asks())
    assert sorted(status for status, _page in answers) == [200, 200, 302]
    refused = [page for status, page in answers if status == 200]
    assert [REFUSAL in page for page in refused] == [True, True]
    assert WhatIfRun.objects.count() == what_if.OPEN_AT_ONCE
